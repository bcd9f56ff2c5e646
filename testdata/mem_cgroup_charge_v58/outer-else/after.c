/* An if that loses its else must not take that of the if around it. */
static int fen_sort(struct page *page, struct mm_struct *mm, int old, int big)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	if (old) {
		if (big)
			fen_keep(page);
	} else
		fen_drop(page);
	put_page(page);
	return 0;
}
