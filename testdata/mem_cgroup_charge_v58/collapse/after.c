/* Four aborts, and the page is kept for the next attempt after each. */
static int glade_collapse_range(struct mm_struct *mm, unsigned long address,
				struct page **hpage, int node)
{
	struct vm_area_struct *vma;
	struct page *new_page;
	int result = 0;
	pmd_t *pmd;
	gfp_t gfp;

	gfp = GFP_TRANSHUGE | __GFP_THISNODE;

	up_read(&mm->mmap_sem);
	new_page = glade_take_page(hpage, gfp, node);
	if (!new_page) {
		result = SCAN_ALLOC_HUGE_PAGE_FAIL;
		goto out_nolock;
	}

	if (unlikely(mem_cgroup_charge(new_page, mm, gfp))) {
		result = SCAN_CGROUP_CHARGE_FAIL;
		goto out_nolock;
	}

	down_read(&mm->mmap_sem);
	result = hugepage_vma_revalidate(mm, address, &vma);
	if (result) {
		up_read(&mm->mmap_sem);
		goto out_nolock;
	}

	pmd = mm_find_pmd(mm, address);
	if (!pmd) {
		result = SCAN_PMD_NULL;
		up_read(&mm->mmap_sem);
		goto out_nolock;
	}

	/* It comes back without the lock when it fails. */
	if (!glade_swapin(mm, vma, address, pmd))
		goto out_nolock;

	up_read(&mm->mmap_sem);
	down_write(&mm->mmap_sem);
	result = hugepage_vma_revalidate(mm, address, &vma);
	if (result)
		goto out_up_write;
	if (mm_find_pmd(mm, address) != pmd)
		goto out_up_write;

	spin_lock(&mm->page_table_lock);
	page_add_new_anon_rmap(new_page, vma, address, true);
	count_memcg_page_event(new_page, THP_COLLAPSE_ALLOC);
	lru_cache_add_active_or_unevictable(new_page, vma);
	spin_unlock(&mm->page_table_lock);

	*hpage = NULL;
	result = SCAN_SUCCEED;
out_up_write:
	up_write(&mm->mmap_sem);
out_nolock:
	return result;
}
