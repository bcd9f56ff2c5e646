/* A block is needed where the throttling makes two statements out of one. */
static int sedge_insert_locked(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (!err) {
		cgroup_throttle_swaprate(page, gfp);
		sedge_touch(page);
	}
	if (err)
		goto out;

	err = sedge_record(page);
	if (err)
		goto out;
	return 0;
out:
	put_page(page);
	return err;
}

/* Its twin: without the delay there is nothing to add. */
static int sedge_insert_at_once(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (!err)
		sedge_touch(page);
	if (err)
		goto out;

	return 0;
out:
	put_page(page);
	return err;
}
