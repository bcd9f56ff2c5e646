/* Only the failed charge is counted; the function starts over on huge pages. */
static int loam_get_page(struct inode *inode, pgoff_t index,
			 struct vm_area_struct *vma, struct page **pagep)
{
	gfp_t gfp = mapping_gfp_mask(inode->i_mapping);
	struct mm_struct *charge_mm;
	struct page *page;
	bool huge = true;
	int err;

	charge_mm = vma ? vma->vm_mm : current->mm;
again:
	page = loam_alloc_page(inode, index, huge);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		page = NULL;
		goto unlock;
	}

	err = mem_cgroup_charge(page, charge_mm, gfp);
	if (err) {
		if (PageTransHuge(page)) {
			count_vm_event(THP_FILE_FALLBACK);
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		}
		goto unacct;
	}
	cgroup_throttle_swaprate(page, gfp);
	err = loam_insert(page, inode->i_mapping, index, gfp);
	if (err)
		goto unacct;
	lru_cache_add_anon(page);

	*pagep = page;
	return 0;

	/* What is left to take back. */
unacct:
	loam_unacct_blocks(inode, 1);

	if (PageTransHuge(page)) {
		unlock_page(page);
		put_page(page);
		huge = false;
		goto again;
	}
unlock:
	if (page) {
		unlock_page(page);
		put_page(page);
	}
	return err;
}
