/* The handle travels in a member and a parameter; another function commits. */

/**
 * tarn_map - enter a page into the tables
 * @fault: the fault that asks for it
 * @memcg: who pays, for private mappings only
 * @page: the page
 *
 * Return: 0, or the fault that it led to.
 */
int tarn_map(struct tarn_fault *fault, struct mem_cgroup *memcg,
	     struct page *page)
{
	struct vm_area_struct *vma = fault->vma;

	if (tarn_is_huge(page)) {
		/* nobody charges these */
		VM_BUG_ON_PAGE(memcg, page);

		return tarn_map_huge(fault, page);
	}
	if (!tarn_is_empty(fault))
		return VM_FAULT_NOPAGE;

	if (fault->flags & TARN_WRITE) {
		page_add_new_anon_rmap(page, vma, false);
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_active_or_unevictable(page, vma);
	} else {
		page_add_file_rmap(page, false);
	}
	return 0;
}

int tarn_finish(struct tarn_fault *fault)
{
	return tarn_map(fault, fault->memcg, fault->cow_page);
}

static int tarn_private_fault(struct tarn_fault *fault)
{
	struct vm_area_struct *vma = fault->vma;
	int ret;

	fault->cow_page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma);
	if (!fault->cow_page)
		return VM_FAULT_OOM;

	if (mem_cgroup_try_charge_delay(fault->cow_page, vma->vm_mm, GFP_KERNEL,
				&fault->memcg, false)) {
		put_page(fault->cow_page);
		return VM_FAULT_OOM;
	}

	ret = tarn_read(fault);
	if (ret & VM_FAULT_ERROR)
		goto uncharge_out;
	ret |= tarn_finish(fault);
	if (ret & VM_FAULT_ERROR)
		goto uncharge_out;
	return ret;
uncharge_out:
	mem_cgroup_cancel_charge(fault->cow_page, fault->memcg, false);
	put_page(fault->cow_page);
	return ret;
}
