/* An operator that hides in a macro is more than the parser understands. */
#define BOG_BELOW <

static int bog_insert_checked(struct page *page, struct mm_struct *mm, int nr)
{
	struct mem_cgroup *memcg;

	if (nr BOG_BELOW 0)
		return -EINVAL;
	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)) /* want: unparsed "parse" */
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}

/* So is a condition that the preprocessor cuts in two. */
static int bog_insert_cut(struct page *page, struct mm_struct *mm, int nr)
{
	struct mem_cgroup *memcg;

	if (nr &&
#ifdef CONFIG_BOG_LIMIT
	    nr < CONFIG_BOG_LIMIT &&
#endif
	    mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)) /* want: unparsed "parse" */
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}

/* The twin stands in the same file, and is all right. */
static int bog_insert(struct page *page, struct mm_struct *mm, int nr)
{
	WARN_ON(nr < 0);
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}
