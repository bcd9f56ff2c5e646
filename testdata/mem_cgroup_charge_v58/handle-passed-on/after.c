/* The handle is given away: to a call, to a field, by its address. */
static int crag_call(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: handle-escapes "memcg" */
		return -ENOMEM;
	crag_trace(page, memcg);
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int crag_field(struct page *page, struct crag_charge *charge)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, charge->mm, GFP_KERNEL, &memcg, false)) /* want: handle-escapes "memcg" */
		return -ENOMEM;
	charge->memcg = memcg;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int crag_address(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: handle-escapes "memcg" */
		return -ENOMEM;
	crag_choose(&memcg);
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* An event that is counted more than once has no new form. */
static int crag_count_many(struct page *page, struct mm_struct *mm, int nr)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: handle-escapes "memcg" */
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	count_memcg_events(memcg, THP_FAULT_ALLOC, nr);
	return 0;
}

/* The twin: one that is counted once has. */
static int crag_count_one(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	count_memcg_page_event(page, THP_FAULT_ALLOC);
	return 0;
}
