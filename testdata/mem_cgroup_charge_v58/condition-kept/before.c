/* What a condition does is still to be done when nothing hangs on it any more. */
static int fen_settle(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (fen_claim(page))
		mem_cgroup_commit_charge(page, memcg, false, false);
	else
		mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return 0;
}

/* At the end of a switch something has to stand behind the label. */
static int fen_choose(struct page *page, struct mm_struct *mm, int kind)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	switch (kind) {
	case 1:
		mem_cgroup_commit_charge(page, memcg, false, false);
		break;
	default:
		mem_cgroup_cancel_charge(page, memcg, false);
	}
	put_page(page);
	return 0;
}
