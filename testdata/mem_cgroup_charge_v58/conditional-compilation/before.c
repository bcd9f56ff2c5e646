/* One end of the transaction is there in some configurations only. */
static int bog_defer_or_link(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false); /* want: conditional-compilation "mem_cgroup_cancel_charge" */
	if (err)
		return err;
#ifdef CONFIG_BOG_LAZY
	if (bog_defer(page)) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return 0;
	}
#endif
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* The twins: a region that has nothing to do with it, and one around all. */
static int bog_check_and_link(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;
#ifdef CONFIG_BOG_DEBUG
	bog_check(page);
#endif
	mem_cgroup_commit_charge(page, memcg, false, false);
	return bog_link(page);
}

#ifdef CONFIG_BOG_LAZY
static int bog_link_lazily(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return bog_defer(page);
}
#endif
