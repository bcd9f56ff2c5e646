/* The begin initialises a local. */
int moss_adopt(struct page *page, struct mm_struct *mm)
{
	int err = mem_cgroup_charge(page, mm, GFP_KERNEL);

	if (err)
		return err;
	cgroup_throttle_swaprate(page, GFP_KERNEL);

	if (!moss_claim(page)) {
		put_page(page);
		return -EBUSY;
	}

	return 0;
}
