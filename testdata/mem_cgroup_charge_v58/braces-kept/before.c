/* Braces that stay: another branch has them, or a comment is left inside. */
static int fen_decide(struct page *page, struct mm_struct *mm, int verdict)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (verdict > 0) {
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_anon(page);
	} else if (verdict == 0) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
		fen_blame(page);
		put_page(page);
	}
	return 0;
}

static int fen_decide_late(struct page *page, struct mm_struct *mm, bool late)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (late) {
		mem_cgroup_cancel_charge(page, memcg, false);
		/* The other one has its own reference. */
		goto drop;
	}
	if (mm) {
		if (fen_link(page)) {
			mem_cgroup_cancel_charge(page, memcg, false);
			goto drop;
		}
		mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_commit_charge(page, memcg, false, false);
	}
	return 0;
drop:
	put_page(page);
	return -EAGAIN;
}
