/* Four aborts, and the page is kept for the next attempt after each. */
static int glade_collapse_range(struct mm_struct *mm, unsigned long address,
				struct page **hpage, int node)
{
	struct vm_area_struct *vma;
	struct page *new_page;
	struct mem_cgroup *memcg;
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

	if (unlikely(mem_cgroup_try_charge(new_page, mm, gfp, &memcg, true))) {
		result = SCAN_CGROUP_CHARGE_FAIL;
		goto out_nolock;
	}

	down_read(&mm->mmap_sem);
	result = hugepage_vma_revalidate(mm, address, &vma);
	if (result) {
		mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
		up_read(&mm->mmap_sem);
		goto out_nolock;
	}

	pmd = mm_find_pmd(mm, address);
	if (!pmd) {
		result = SCAN_PMD_NULL;
		mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
		up_read(&mm->mmap_sem);
		goto out_nolock;
	}

	/* It comes back without the lock when it fails. */
	if (!glade_swapin(mm, vma, address, pmd)) {
		mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
		goto out_nolock;
	}

	up_read(&mm->mmap_sem);
	down_write(&mm->mmap_sem);
	result = hugepage_vma_revalidate(mm, address, &vma);
	if (result)
		goto out;
	if (mm_find_pmd(mm, address) != pmd)
		goto out;

	spin_lock(&mm->page_table_lock);
	page_add_new_anon_rmap(new_page, vma, address, true);
	mem_cgroup_commit_charge(new_page, memcg, false, true);
	count_memcg_events(memcg, THP_COLLAPSE_ALLOC, 1);
	lru_cache_add_active_or_unevictable(new_page, vma);
	spin_unlock(&mm->page_table_lock);

	*hpage = NULL;
	result = SCAN_SUCCEED;
out_up_write:
	up_write(&mm->mmap_sem);
out_nolock:
	return result;
out:
	mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
	goto out_up_write;
}
