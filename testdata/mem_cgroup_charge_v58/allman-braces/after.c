/* Braces on lines of their own, and several statements on one line. */
static int heron_allman(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	if (mem_cgroup_charge(page, mm, gfp))
	{
		return -ENOMEM;
	}
	if (heron_attach(page))
		put_page(page);
	else
		heron_note(page);
	return 0;
}

static int heron_allman_turned(struct page *page, struct mm_struct *mm,
			       gfp_t gfp, bool linked)
{
	if (mem_cgroup_charge(page, mm, gfp))
		return -ENOMEM;
	if (!linked)
		put_page(page);
	return 0;
}

static int heron_one_line(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = 0; if (mem_cgroup_charge(page, mm, gfp))
		return err;
	cgroup_throttle_swaprate(page, gfp);
	if (mm) return 1;
	if (gfp) put_page(page);
	return 0;
}
