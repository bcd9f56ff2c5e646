/* The event is counted before the commit; one of two branches aborts. */
static vm_fault_t crag_huge_copy(struct vm_fault *vmf, pmd_t orig_pmd,
				 struct page *page, struct page *new_page)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mem_cgroup *memcg;
	gfp_t huge_gfp = alloc_hugepage_direct_gfpmask(vma);
	vm_fault_t ret = 0;

	if (unlikely(mem_cgroup_try_charge_delay(new_page, vma->vm_mm,
					huge_gfp, &memcg, true))) {
		put_page(new_page);
		split_huge_pmd(vma, vmf->pmd, vmf->address);
		if (page)
			put_page(page);
		ret |= VM_FAULT_FALLBACK;
		count_vm_event(THP_FAULT_FALLBACK);
		goto out;
	}

	count_vm_event(THP_FAULT_ALLOC);
	count_memcg_events(memcg, THP_FAULT_ALLOC, 1);

	copy_user_huge_page(new_page, page, vmf->address, vma, HPAGE_PMD_NR);
	__SetPageUptodate(new_page);

	spin_lock(vmf->ptl);
	if (page)
		put_page(page);
	if (unlikely(!pmd_same(*vmf->pmd, orig_pmd))) {
		spin_unlock(vmf->ptl);
		mem_cgroup_cancel_charge(new_page, memcg, true);
		put_page(new_page);
		goto out;
	} else {
		pmd_t entry;

		entry = mk_huge_pmd(new_page, vma->vm_page_prot);
		page_add_new_anon_rmap(new_page, vma, vmf->address, true);
		mem_cgroup_commit_charge(new_page, memcg, false, true);
		lru_cache_add_active_or_unevictable(new_page, vma);
		set_pmd_at(vma->vm_mm, vmf->address, vmf->pmd, entry);
		ret |= VM_FAULT_WRITE;
	}
	spin_unlock(vmf->ptl);
out:
	return ret;
}
