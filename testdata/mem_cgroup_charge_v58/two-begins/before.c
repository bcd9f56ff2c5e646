/* Two begins lead to one commit: patient only where impatient has failed. */
static int ember_insist(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_NOWAIT, &memcg, false);
	if (err)
		err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg,
					    false);
	if (err)
		return err;

	err = ember_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int ember_choose(struct page *page, struct mm_struct *mm, bool patient)
{
	struct mem_cgroup *memcg;
	int err;

	if (patient)
		err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);
	else
		err = mem_cgroup_try_charge(page, mm, GFP_NOWAIT, &memcg);
	if (err)
		return err;
	mem_cgroup_commit_charge(page, memcg, false);
	return ember_link(page);
}
