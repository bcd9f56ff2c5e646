/* Lines end in CR LF, the new ones too. */
static int sedge_load(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	cgroup_throttle_swaprate(page, gfp);

	err = sedge_record(page);
	if (err)
		goto out;

	sedge_expose(page);
	return 0;
out:
	put_page(page);
	return err;
}
