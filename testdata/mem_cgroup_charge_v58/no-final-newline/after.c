/* The file ends without a newline. */
static int sedge_unload(struct page *page, struct mm_struct *mm)
{
	int err = -EBUSY;

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	if (sedge_record(page))
		goto drop;
	return 0;

drop:
	put_page(page);
	return err;
}