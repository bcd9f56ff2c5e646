/* The first branch becomes empty: the condition is turned round. */
static int fen_settle(struct page *page, struct mm_struct *mm, pte_t *ptep,
		      pte_t orig)
{
	int ret = 0;

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (!pte_same(*ptep, orig)) {
		put_page(page);
		ret = -EAGAIN;
	}
	return ret;
}

/* Both become empty: the whole statement goes. */
static void fen_settle_either(struct page *page, struct mm_struct *mm,
			      bool wanted)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return;

	put_page(page);
}

/* Both keep one statement: no braces any more. */
static int fen_settle_both(struct page *page, struct mm_struct *mm, bool wanted)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;

	if (wanted)
		lru_cache_add_anon(page);
	else
		put_page(page);
	return 0;
}
