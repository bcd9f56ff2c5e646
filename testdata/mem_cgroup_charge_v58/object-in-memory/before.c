/* A callee gets the structure that the page hangs on, and may hang another page on it. */
static int moor_fill(struct moor_fault *fault, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(fault->page, mm, GFP_KERNEL, &memcg, false)) /* want: object-changes "fault->page" */
		return -ENOMEM;
	if (moor_enter(fault)) {
		mem_cgroup_cancel_charge(fault->page, memcg, false);
		put_page(fault->page);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(fault->page, memcg, false, false);
	return 0;
}

/* The twin: nobody gets it. */
static int moor_fill_alone(struct moor_fault *fault, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(fault->page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (moor_enter_page(mm)) {
		mem_cgroup_cancel_charge(fault->page, memcg, false);
		put_page(fault->page);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(fault->page, memcg, false, false);
	return 0;
}

/* Another twin: the page is another one by then. */
static int moor_fill_swapped(struct page **pages, int i, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(pages[i], mm, GFP_KERNEL, &memcg, false)) /* want: object-changes "different objects" */
		return -ENOMEM;
	pages[0] = moor_next();
	mem_cgroup_commit_charge(pages[i], memcg, false, false);
	return 0;
}
