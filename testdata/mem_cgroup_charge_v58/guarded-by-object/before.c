/* There may be no page at all; the caller releases the one there is. */
static int ferry_swap_page(struct vm_area_struct *vma, unsigned long addr,
			   struct page *old_page, struct page *new_page)
{
	struct mm_struct *mm = vma->vm_mm;
	struct page_vma_mapped_walk pvmw = {
		.page = old_page,
		.vma = vma,
		.address = addr,
	};
	int err;
	struct mem_cgroup *memcg;

	if (new_page) {
		err = mem_cgroup_try_charge(new_page, vma->vm_mm, GFP_KERNEL,
					    &memcg, false);
		if (err)
			return err;
	}

	lock_page(old_page);

	err = -EAGAIN;
	if (!page_vma_mapped_walk(&pvmw)) {
		if (new_page)
			mem_cgroup_cancel_charge(new_page, memcg, false); /* want: charge-outlives-abort "new_page" */
		goto unlock;
	}

	if (new_page) {
		get_page(new_page);
		page_add_new_anon_rmap(new_page, vma, addr, false);
		mem_cgroup_commit_charge(new_page, memcg, false, false);
		lru_cache_add_active_or_unevictable(new_page, vma);
	} else
		/* one page less, and nothing in its place */
		dec_mm_counter(mm, MM_ANONPAGES);

	page_remove_rmap(old_page, false);
	page_vma_mapped_walk_done(&pvmw);
	put_page(old_page);

	err = 0;
 unlock:
	unlock_page(old_page);
	return err;
}
