/* The second transaction stays, and with it the handle that both use. */
static int ridge_append(struct mm_struct *mm, struct page *first,
			struct page *second)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_charge(first, mm, GFP_KERNEL);
	if (err)
		return err;

	err = mem_cgroup_try_charge(second, mm, GFP_KERNEL, &memcg); /* want: transaction-left-open "second" */
	if (err)
		return err;
	if (ridge_full(mm))
		return -ENOSPC;
	mem_cgroup_commit_charge(second, memcg, false);
	return 0;
}
