/* The page is a parameter, and whoever passed it in releases it. */
static void burrow_insert_page(struct vm_area_struct *vma, unsigned long addr,
			       struct page *page, unsigned long *src,
			       pmd_t *pmdp)
{
	struct mm_struct *mm = vma->vm_mm;
	struct mem_cgroup *memcg;
	spinlock_t *ptl;
	pte_t entry;
	pte_t *ptep;

	if (!vma_is_anonymous(vma))
		goto abort;
	if (unlikely(anon_vma_prepare(vma)))
		goto abort;
	if (mem_cgroup_try_charge(page, vma->vm_mm, GFP_KERNEL, &memcg, false))
		goto abort;

	__SetPageUptodate(page);
	entry = mk_pte(page, vma->vm_page_prot);

	ptep = pte_offset_map_lock(mm, pmdp, addr, &ptl);
	if (check_stable_address_space(mm))
		goto unlock_abort;
	if (!pte_none(*ptep))
		goto unlock_abort;

	page_add_new_anon_rmap(page, vma, addr, false);
	mem_cgroup_commit_charge(page, memcg, false, false);
	if (!is_zone_device_page(page))
		lru_cache_add_active_or_unevictable(page, vma);
	get_page(page);
	set_pte_at(mm, addr, ptep, entry);
	pte_unmap_unlock(ptep, ptl);
	*src = MIGRATE_PFN_MIGRATE;
	return;

unlock_abort:
	pte_unmap_unlock(ptep, ptl);
	mem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "page" */
abort:
	*src &= ~MIGRATE_PFN_MIGRATE;
}
