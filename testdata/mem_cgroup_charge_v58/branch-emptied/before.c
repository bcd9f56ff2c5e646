/* The first branch becomes empty: the condition is turned round. */
static int fen_settle(struct page *page, struct mm_struct *mm, pte_t *ptep,
		      pte_t orig)
{
	struct mem_cgroup *memcg;
	int ret = 0;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (pte_same(*ptep, orig)) {
		mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		ret = -EAGAIN;
	}
	return ret;
}

/* Both become empty: the whole statement goes. */
static void fen_settle_either(struct page *page, struct mm_struct *mm,
			      bool wanted)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return;

	if (wanted)
		mem_cgroup_commit_charge(page, memcg, false, false);
	else
		mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
}

/* Both keep one statement: no braces any more. */
static int fen_settle_both(struct page *page, struct mm_struct *mm, bool wanted)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	if (wanted) {
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_anon(page);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
	return 0;
}
