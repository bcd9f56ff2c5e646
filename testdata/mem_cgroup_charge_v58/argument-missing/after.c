/* A call without one of its arguments is no call. */
static int heron_mistyped(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, , gfp, &memcg, false);
	if (err)
		return err;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
