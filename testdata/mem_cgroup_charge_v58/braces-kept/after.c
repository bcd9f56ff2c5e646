/* Braces that stay: another branch has them, or a comment is left inside. */
static int fen_decide(struct page *page, struct mm_struct *mm, int verdict)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (verdict > 0) {
		lru_cache_add_anon(page);
	} else if (verdict == 0) {
		put_page(page);
	} else {
		fen_blame(page);
		put_page(page);
	}
	return 0;
}

static int fen_decide_late(struct page *page, struct mm_struct *mm, bool late)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (late) {
		/* The other one has its own reference. */
		goto drop;
	}
	if (mm) {
		if (fen_link(page))
			goto drop;
	}
	return 0;
drop:
	put_page(page);
	return -EAGAIN;
}
