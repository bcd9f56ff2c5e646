/* Two ifs on one condition meet where the commit was. */
static int heath_map_fresh(struct vm_area_struct *vma, unsigned long addr,
			   struct page *page, bool fresh)
{
	if (mem_cgroup_charge(page, vma->vm_mm, GFP_KERNEL))
		return -ENOMEM;

	if (fresh) {
		page_add_new_anon_rmap(page, vma, addr, false);
		lru_cache_add_active_or_unevictable(page, vma);
	}
	return 0;
}

/* Twins: neighbours before, a condition that changes, a different one. */
static int heath_map_stale(struct vm_area_struct *vma, unsigned long addr,
			   struct page *page, bool fresh)
{
	if (mem_cgroup_charge(page, vma->vm_mm, GFP_KERNEL))
		return -ENOMEM;

	if (fresh)
		fresh = heath_claim(page);
	if (fresh)
		page_add_new_anon_rmap(page, vma, addr, false);
	if (fresh)
		lru_cache_add_active_or_unevictable(page, vma);
	return 0;
}

static int heath_map_other(struct vm_area_struct *vma, unsigned long addr,
			   struct page *page, bool fresh)
{
	if (mem_cgroup_charge(page, vma->vm_mm, GFP_KERNEL))
		return -ENOMEM;

	if (fresh)
		page_add_new_anon_rmap(page, vma, addr, false);
	if (!fresh)
		activate_page(page);
	return 0;
}
