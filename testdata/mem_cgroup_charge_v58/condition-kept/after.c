/* What a condition does is still to be done when nothing hangs on it any more. */
static int fen_settle(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	fen_claim(page);
	put_page(page);
	return 0;
}

/* At the end of a switch something has to stand behind the label. */
static int fen_choose(struct page *page, struct mm_struct *mm, int kind)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	switch (kind) {
	case 1:
		break;
	default:
		break;
	}
	put_page(page);
	return 0;
}
