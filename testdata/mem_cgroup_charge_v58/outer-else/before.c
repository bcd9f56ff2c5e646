/* An if that loses its else must not take that of the if around it. */
static int fen_sort(struct page *page, struct mm_struct *mm, int old, int big)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (old)
		if (big)
			fen_keep(page);
		else
			mem_cgroup_cancel_charge(page, memcg, false);
	else
		fen_drop(page);
	if (!old || big)
		mem_cgroup_commit_charge(page, memcg, false, false);
	put_page(page);
	return 0;
}
