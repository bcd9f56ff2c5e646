/* An if that is left empty becomes what its condition does. */
static int heron_charge_once(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	return err;
}

static int heron_charge_or_note(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	int err;

	if ((err = mem_cgroup_charge(page, mm, gfp)) != 0)
		heron_note(page);
	return err;
}

static void heron_charge_at_will(struct page *page, struct mm_struct *mm,
				 gfp_t gfp)
{
	mem_cgroup_charge(page, mm, gfp);
}

/* The twin: more than the call would have to be kept. */
static int heron_charge_if(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err = 0;

	if (mm && !(err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false)))
		mem_cgroup_commit_charge(page, memcg, false, false);
	return err;
}
