/* A block is needed where the throttling makes two statements out of one. */
static int sedge_insert_locked(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false);
	if (!err)
		sedge_touch(page);
	if (err)
		goto out;

	err = sedge_record(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto out;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
out:
	put_page(page);
	return err;
}

/* Its twin: without the delay there is nothing to add. */
static int sedge_insert_at_once(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (!err)
		sedge_touch(page);
	if (err)
		goto out;

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
out:
	put_page(page);
	return err;
}
