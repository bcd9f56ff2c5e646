/* A flag that only the guards of the old calls asked goes with what sets it. */
static int heron_flagged(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	bool linked = false;
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	err = heron_attach(page);
	if (err)
		goto out;
	linked = true;
out:
	if (!linked)
		put_page(page);
	return err;
}

/* Twins: somebody else asks it, or it is set by a call. */
static int heron_flagged_and_noted(struct page *page, struct mm_struct *mm,
				   gfp_t gfp)
{
	bool charged = false;
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	charged = true;
	err = heron_attach(page);
	if (err)
		goto out;
	charged = false;
out:
	heron_trace(charged);
	put_page(page);
	return err;
}

static int heron_flag_of_a_call(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	bool quiet;
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	quiet = heron_prepare(page);
	return 0;
}

#define HERON_TRACE() heron_trace(counted)

/* And a macro reads this one, where no tree shows it. */
static int heron_flag_in_a_macro(struct page *page, struct mm_struct *mm,
				 gfp_t gfp)
{
	bool counted = false;
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	counted = true;
	err = heron_attach(page);
	if (err)
		goto out;
	counted = false;
out:
	HERON_TRACE();
	put_page(page);
	return err;
}
