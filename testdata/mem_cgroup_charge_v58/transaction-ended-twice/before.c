/* An abort too many is gone with the rest; that it was there is said. */
static int bog_leave(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		goto out;
	err = bog_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto cancel;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg, false); /* want: transaction-ended-twice "page" */
out:
	put_page(page);
	return err;
}

/* What was committed is aborted when the page cannot be entered. */
static int bog_leave_late(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		goto out;
	err = bog_link(page);
	if (err)
		goto cancel;
	mem_cgroup_commit_charge(page, memcg, false, false);
	err = bog_enter_page(page);
	if (err)
		goto cancel;
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg, false); /* want: transaction-ended-twice "page" */
out:
	put_page(page);
	return err;
}

/* A commit too many: nobody knows which of them was meant. */
static int bog_leave_again(struct page *page, struct mm_struct *mm, bool early)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: transaction-ended-twice "page" */
		return -ENOMEM;
	if (early)
		mem_cgroup_commit_charge(page, memcg, false, false);
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* The twin: one or the other. */
static int bog_leave_once(struct page *page, struct mm_struct *mm, bool early)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (early)
		mem_cgroup_commit_charge(page, memcg, false, false);
	bog_link(page);
	if (!early)
		mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
