/* The begin initialises a local. */
int moss_adopt(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err = mem_cgroup_try_charge_delay(page, mm, GFP_KERNEL, &memcg,
					      false);

	if (err)
		return err;

	if (!moss_claim(page)) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return -EBUSY;
	}

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
