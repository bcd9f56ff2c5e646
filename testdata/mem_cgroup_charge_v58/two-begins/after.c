/* Two begins lead to one commit: patient only where impatient has failed. */
static int ember_insist(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_NOWAIT);
	if (err)
		err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;

	err = ember_link(page);
	if (err) {
		put_page(page);
		return err;
	}
	return 0;
}

static int ember_choose(struct page *page, struct mm_struct *mm, bool patient)
{
	int err;

	if (patient)
		err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	else
		err = mem_cgroup_charge(page, mm, GFP_NOWAIT);
	if (err)
		return err;
	return ember_link(page);
}
