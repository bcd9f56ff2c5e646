/* A local that only the old calls read goes with them. */
static int hollow_store_huge(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	if (hollow_link(page)) {
		put_page(page);
		return -EEXIST;
	}
	return 0;
}

/* Its twin: somebody else reads it. */
static int hollow_store_any(struct page *page, struct mm_struct *mm)
{
	bool compound = PageTransHuge(page);

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	hollow_count(compound);
	return 0;
}
