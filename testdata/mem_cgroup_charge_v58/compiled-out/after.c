/* Code in #if 0 is none, and fields and labels of an old name are something else. */
static int heron_disabled(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
#if 0
	mem_cgroup_cancel_charge(page, memcg, false);
#else
	heron_note(page);
#endif
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

/* It is not ours to delete with the guard around it. */
static int heron_half_disabled(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	int state = 0;
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	state = 1;
	err = heron_attach(page);
	if (err)
		goto out;
	state = 2;
out:
	if (state == 1) {
#if 0
		heron_trace(state);
#endif
	}
	put_page(page);
	return err;
}

#if 0
static int heron_gone(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, gfp, &memcg, false))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
#endif
