/* A branch in the middle of a chain, and one at its end. */
static int fen_sort(struct page *page, struct mm_struct *mm, int verdict)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (verdict > 0) {
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_anon(page);
	} else if (verdict == 0) {
		mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
	return verdict;
}

static int fen_sort_late(struct page *page, struct mm_struct *mm, int verdict)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (verdict > 0) {
		mem_cgroup_commit_charge(page, memcg, false, false);
		fen_expose(page);
		lru_cache_add_anon(page);
	} else if (verdict == 0) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	} else {
		/* Charged, and not on any list. */
		mem_cgroup_commit_charge(page, memcg, false, false);
	}
	return verdict;
}
