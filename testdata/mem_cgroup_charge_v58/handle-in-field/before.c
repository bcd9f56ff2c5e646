/* The handle travels in a field; another function commits. */
vm_fault_t crag_map_page(struct vm_fault *vmf, struct mem_cgroup *memcg,
			 struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;

	if (unlikely(!pte_none(*vmf->pte)))
		return VM_FAULT_NOPAGE;

	if (vmf->flags & FAULT_FLAG_WRITE) {
		page_add_new_anon_rmap(page, vma, vmf->address, false);
		mem_cgroup_commit_charge(page, memcg, false, false); /* want: commit-elsewhere "memcg" */
		lru_cache_add_active_or_unevictable(page, vma);
	} else {
		page_add_file_rmap(page, false);
	}
	return 0;
}

static vm_fault_t crag_private_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	vmf->cow_page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, vmf->address);
	if (!vmf->cow_page)
		return VM_FAULT_OOM;

	if (mem_cgroup_try_charge_delay(vmf->cow_page, vma->vm_mm, GFP_KERNEL, /* want: commit-elsewhere "memcg" */
					&vmf->memcg, false)) {
		put_page(vmf->cow_page);
		return VM_FAULT_OOM;
	}

	ret = crag_finish(vmf);
	if (unlikely(ret & VM_FAULT_ERROR))
		goto uncharge_out;
	return ret;
uncharge_out:
	mem_cgroup_cancel_charge(vmf->cow_page, vmf->memcg, false);
	put_page(vmf->cow_page);
	return ret;
}
