/* A local that only the old calls read goes with them. */
static int hollow_store_huge(struct page *page, struct mm_struct *mm)
{
	bool compound = PageTransHuge(page);
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, compound))
		return -ENOMEM;
	if (hollow_link(page)) {
		mem_cgroup_cancel_charge(page, memcg, compound);
		put_page(page);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(page, memcg, false, compound);
	return 0;
}

/* Its twin: somebody else reads it. */
static int hollow_store_any(struct page *page, struct mm_struct *mm)
{
	bool compound = PageTransHuge(page);
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, compound))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, compound);
	hollow_count(compound);
	return 0;
}
