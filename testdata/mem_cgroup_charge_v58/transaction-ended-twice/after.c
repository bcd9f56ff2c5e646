/* An abort too many is gone with the rest; that it was there is said. */
static int bog_leave(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto out;
	err = bog_link(page);
	if (err)
		goto out;
	return 0;
out:
	put_page(page);
	return err;
}

/* What was committed is aborted when the page cannot be entered. */
static int bog_leave_late(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto out;
	err = bog_link(page);
	if (err)
		goto out;
	err = bog_enter_page(page);
	if (err)
		goto out;
	return 0;
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
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	bog_link(page);
	return 0;
}
