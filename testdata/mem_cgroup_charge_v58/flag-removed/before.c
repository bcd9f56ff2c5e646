/* A flag that only the guards of the old calls asked goes with what sets it. */
static int heron_flagged(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg = NULL;
	bool charged = false, linked = false;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto out;
	charged = true;
	err = heron_attach(page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false, false);
	charged = false;
	linked = true;
out:
	if (charged)
		mem_cgroup_cancel_charge(page, memcg, false);
	if (!linked)
		put_page(page);
	return err;
}

/* Twins: somebody else asks it, or it is set by a call. */
static int heron_flagged_and_noted(struct page *page, struct mm_struct *mm,
				   gfp_t gfp)
{
	struct mem_cgroup *memcg = NULL;
	bool charged = false;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto out;
	charged = true;
	err = heron_attach(page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false, false);
	charged = false;
out:
	if (charged)
		mem_cgroup_cancel_charge(page, memcg, false);
	heron_trace(charged);
	put_page(page);
	return err;
}

static int heron_flag_of_a_call(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	struct mem_cgroup *memcg;
	bool quiet;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
	quiet = heron_prepare(page);
	if (quiet)
		mem_cgroup_commit_charge(page, memcg, false, false);
	else
		mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

#define HERON_TRACE() heron_trace(counted)

/* And a macro reads this one, where no tree shows it. */
static int heron_flag_in_a_macro(struct page *page, struct mm_struct *mm,
				 gfp_t gfp)
{
	struct mem_cgroup *memcg = NULL;
	bool counted = false;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto out;
	counted = true;
	err = heron_attach(page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false, false);
	counted = false;
out:
	if (counted)
		mem_cgroup_cancel_charge(page, memcg, false);
	HERON_TRACE();
	put_page(page);
	return err;
}
