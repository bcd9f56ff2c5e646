/* What becomes of the result is not understood. */
static void bog_ignore(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: unknown-shape "mem_cgroup_try_charge" */
	mem_cgroup_commit_charge(page, memcg, false, false);
}

static int bog_hand_on(struct page *page, struct mm_struct *mm, gfp_t gfp,
		       bool quick)
{
	struct mem_cgroup *memcg;

	if (quick)
		return mem_cgroup_try_charge(page, mm, gfp, &memcg, false); /* want: unknown-shape "mem_cgroup_try_charge" */
	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int bog_translate(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = bog_errno(mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, /* want: unknown-shape "mem_cgroup_try_charge" */
					      false));
	if (err)
		return err;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* The twin. */
static int bog_understand(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return bog_errno(err);
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
