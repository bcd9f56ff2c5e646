/* Conditions that are turned round when their branch becomes empty. */
static void fen_keep_new(struct page *page, struct mm_struct *mm, bool old)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return;
	if (old)
		put_page(page);
}

static void fen_keep_few(struct page *page, struct mm_struct *mm, int nr)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return;
	if (unlikely(nr >= 2)) {
		fen_blame(page);
		put_page(page);
	}
}

static void fen_keep_some(struct page *page, struct mm_struct *mm, int nr,
			  bool old)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return;
	if (!(old && nr > 4))
		put_page(page);
}
