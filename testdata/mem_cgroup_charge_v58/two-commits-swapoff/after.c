/* Two commits again; after the abort only a copy is released. */
static int marsh_unuse(struct vm_area_struct *vma, pmd_t *pmd,
		       unsigned long addr, swp_entry_t entry, struct page *page)
{
	struct page *swapcache;
	spinlock_t *ptl;
	pte_t *pte;
	int ret = 1;

	swapcache = page;
	page = ksm_might_need_to_copy(page, vma, addr);
	if (unlikely(!page))
		return -ENOMEM;

	if (mem_cgroup_charge(page, vma->vm_mm, GFP_KERNEL)) {
		ret = -ENOMEM;
		goto out_nolock;
	}

	pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	if (unlikely(!pte_same_as_swp(*pte, swp_entry_to_pte(entry)))) {
		ret = 0;
		goto out;
	}

	get_page(page);
	if (page == swapcache) {
		page_add_anon_rmap(page, vma, addr, false);
	} else { /* a copy, and a new page altogether */
		page_add_new_anon_rmap(page, vma, addr, false);
		lru_cache_add_active_or_unevictable(page, vma);
	}
	swap_free(entry);
	activate_page(page);
out:
	pte_unmap_unlock(pte, ptl);
out_nolock:
	if (page != swapcache) {
		unlock_page(page);
		put_page(page);
	}
	return ret;
}
