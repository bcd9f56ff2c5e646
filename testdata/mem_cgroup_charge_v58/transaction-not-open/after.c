/* The abort also runs when nothing has been begun, or when that failed. */
static int bog_reenter(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: transaction-not-open "begin failed" */
	if (err)
		goto out;
	err = bog_link(page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
out:
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
}

static int bog_reenter_early(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = bog_link(page);
	if (err)
		goto cancel;
	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: transaction-not-open "nothing was begun" */
	if (err)
		goto out;
	err = bog_link(page);
	if (err)
		goto cancel;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg, false);
out:
	put_page(page);
	return err;
}

/* The twin: each failure has its own label. */
static int bog_reenter_apart(struct page *page, struct mm_struct *mm)
{
	int err;

	err = bog_link(page);
	if (err)
		goto out;
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
