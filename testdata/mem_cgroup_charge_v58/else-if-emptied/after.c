/* A branch in the middle of a chain, and one at its end. */
static int fen_sort(struct page *page, struct mm_struct *mm, int verdict)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (verdict > 0)
		lru_cache_add_anon(page);
	else if (verdict != 0)
		put_page(page);
	return verdict;
}

static int fen_sort_late(struct page *page, struct mm_struct *mm, int verdict)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (verdict > 0) {
		fen_expose(page);
		lru_cache_add_anon(page);
	} else if (verdict == 0) {
		put_page(page);
	}
	return verdict;
}
