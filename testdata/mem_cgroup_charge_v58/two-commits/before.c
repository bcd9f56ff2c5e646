/* Two commits differ in lrucare: a page of the swap cache is on the LRU. */
static vm_fault_t marsh_map_swapped(struct vm_fault *vmf, struct page *page,
				    struct page *swapcache)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mem_cgroup *memcg;
	vm_fault_t ret = 0;

	if (mem_cgroup_try_charge_delay(page, vma->vm_mm, GFP_KERNEL,
					&memcg, false)) {
		ret = VM_FAULT_OOM;
		goto out_page;
	}

	/*
	 * Somebody else may have been faster.
	 */
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address,
			&vmf->ptl);
	if (unlikely(!pte_same(*vmf->pte, vmf->orig_pte)))
		goto out_nomap;

	if (unlikely(!PageUptodate(page))) {
		ret = VM_FAULT_SIGBUS;
		goto out_nomap;
	}

	if (unlikely(page != swapcache && swapcache)) {
		page_add_new_anon_rmap(page, vma, vmf->address, false);
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_active_or_unevictable(page, vma);
	} else {
		do_page_add_anon_rmap(page, vma, vmf->address, 0);
		mem_cgroup_commit_charge(page, memcg, true, false); /* want: argument-dropped "lrucare" */
		activate_page(page);
	}

	unlock_page(page);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
out_nomap:
	mem_cgroup_cancel_charge(page, memcg, false);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
out_page:
	unlock_page(page);
	put_page(page);
	return ret;
}
