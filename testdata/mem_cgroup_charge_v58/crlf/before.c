/* Lines end in CR LF, the new ones too. */
static int sedge_load(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge_delay(page, mm, gfp,
					  &memcg, false);
	if (err)
		goto out;

	err = sedge_record(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto out;
	}

	mem_cgroup_commit_charge(page, memcg, false, false);
	sedge_expose(page);
	return 0;
out:
	put_page(page);
	return err;
}
