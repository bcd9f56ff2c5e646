/* The begin is the second half of a condition, and on a line of its own. */
static int moss_fetch(struct vm_area_struct *vma, unsigned long addr,
		      struct page **pagep)
{
	struct page *page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, addr);
	struct mem_cgroup *memcg;

	if (unlikely(!page ||
		     mem_cgroup_try_charge_delay(page, vma->vm_mm, GFP_KERNEL,
						 &memcg, false))) {
		if (page)
			put_page(page);
		return -ENOMEM;
	}
	if (moss_link(page)) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	*pagep = page;
	return 0;
}

static int moss_refetch(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (!page || mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
