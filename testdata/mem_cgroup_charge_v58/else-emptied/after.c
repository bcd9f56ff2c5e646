/* The abort is all there is in the else branch. */
static vm_fault_t quarry_cow(struct vm_fault *vmf, struct page *old_page,
			     struct page *new_page)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	int copied = 0;

	if (unlikely(anon_vma_prepare(vma)))
		goto oom;

	if (mem_cgroup_charge(new_page, mm, GFP_KERNEL))
		goto oom;
	cgroup_throttle_swaprate(new_page, GFP_KERNEL);

	__SetPageUptodate(new_page);

	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (likely(pte_same(*vmf->pte, vmf->orig_pte))) {
		ptep_clear_flush_notify(vma, vmf->address, vmf->pte);
		page_add_new_anon_rmap(new_page, vma, vmf->address, false);
		lru_cache_add_active_or_unevictable(new_page, vma);

		/* From here on the old page is the one to let go. */
		new_page = old_page;
		copied = 1;
	}

	if (new_page)
		put_page(new_page);

	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return copied ? VM_FAULT_WRITE : 0;
oom:
	put_page(new_page);
	return VM_FAULT_OOM;
}
