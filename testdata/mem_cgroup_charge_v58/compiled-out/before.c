/* Code in #if 0 is none, and fields and labels of an old name are something else. */
static int heron_disabled(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
#if 0
	mem_cgroup_cancel_charge(page, memcg, false);
#else
	heron_note(page);
#endif
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int heron_hooked(struct heron_operations *operations)
{
	if (!operations->mem_cgroup_try_charge)
		goto mem_cgroup_cancel_charge;
	heron_note(NULL);
mem_cgroup_cancel_charge:
	return 0;
}
