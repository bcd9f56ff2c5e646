/* Conditions that are turned round when their branch becomes empty. */
static void fen_keep_new(struct page *page, struct mm_struct *mm, bool old)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return;
	if (!old) {
		mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
}

static void fen_keep_few(struct page *page, struct mm_struct *mm, int nr)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return;
	if (likely(nr < 2)) {
		mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		fen_blame(page);
		put_page(page);
	}
}

static void fen_keep_some(struct page *page, struct mm_struct *mm, int nr,
			  bool old)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return;
	if (old && nr > 4)
		mem_cgroup_commit_charge(page, memcg, false, false);
	else {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
}
