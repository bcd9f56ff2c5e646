/* An exit without a commit or an abort. */
static int bog_enter(struct page *page, struct mm_struct *mm, bool full)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: transaction-left-open "page" */
	if (err)
		return err;
	if (full)
		return -ENOSPC;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* The guards differ. */
static int bog_enter_guarded(struct page *page, struct mm_struct *mm, bool huge,
			     bool full)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: transaction-left-open "page" */
	if (err)
		return err;
	if (!full)
		mem_cgroup_commit_charge(page, memcg, false, false);
	else if (huge)
		mem_cgroup_cancel_charge(page, memcg, false);
	return 0;
}

/* The twin: every exit ends it. */
static int bog_enter_closed(struct page *page, struct mm_struct *mm, bool full)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;
	if (full) {
		put_page(page);
		return -ENOSPC;
	}
	return 0;
}
