/* Braces on lines of their own, and several statements on one line. */
static int heron_allman(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, gfp, &memcg, false))
	{
		return -ENOMEM;
	}
	if (heron_attach(page))
	{
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
	else
	{
		mem_cgroup_commit_charge(page, memcg, false, false);
		heron_note(page);
	}
	return 0;
}

static int heron_allman_turned(struct page *page, struct mm_struct *mm,
			       gfp_t gfp, bool linked)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, gfp, &memcg, false))
		return -ENOMEM;
	if (linked)
	{
		mem_cgroup_commit_charge(page, memcg, false, false);
	}
	else
	{
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
	}
	return 0;
}

static int heron_one_line(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = 0; if (mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false))
		return err;
	if (mm) { mem_cgroup_commit_charge(page, memcg, false, false); return 1; }
	if (gfp) { mem_cgroup_cancel_charge(page, memcg, false); put_page(page); } else { mem_cgroup_commit_charge(page, memcg, false, false); }
	return 0;
}
