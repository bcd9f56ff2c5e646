/* The begin is the second half of a condition, and on a line of its own. */
static int moss_fetch(struct vm_area_struct *vma, unsigned long addr,
		      struct page **pagep)
{
	struct page *page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, addr);

	if (unlikely(!page ||
		     mem_cgroup_charge(page, vma->vm_mm, GFP_KERNEL))) {
		if (page)
			put_page(page);
		return -ENOMEM;
	}
	cgroup_throttle_swaprate(page, GFP_KERNEL);
	if (moss_link(page)) {
		put_page(page);
		return -EEXIST;
	}
	*pagep = page;
	return 0;
}

static int moss_refetch(struct page *page, struct mm_struct *mm)
{
	if (!page || mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}
