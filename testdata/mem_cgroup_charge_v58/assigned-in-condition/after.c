/* The result is assigned and tested in one condition. */
int moss_track(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	if ((err = mem_cgroup_charge(page, mm, gfp)))
		goto out_free;

	err = moss_link(page);
	if (err)
		goto out_free;
	return 0;
out_free:
	put_page(page);
	return err;
}

int moss_track_slowly(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	if ((err = mem_cgroup_charge(page, mm, gfp)) != 0)
		goto out_free;
	cgroup_throttle_swaprate(page, gfp);

	err = moss_link(page);
	if (err)
		goto out_free;
	return 0;
out_free:
	put_page(page);
	return err;
}
