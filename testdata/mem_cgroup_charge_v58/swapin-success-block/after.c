/* The success path is a block of its own; the page is on the LRU already. */
static int loam_swapin(struct inode *inode, pgoff_t index, struct mm_struct *mm,
		       gfp_t gfp, struct page **pagep)
{
	struct address_space *mapping = inode->i_mapping;
	struct page *page;
	int err;

	page = loam_read_swap(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	lock_page(page);
	err = mem_cgroup_charge(page, mm, gfp);
	if (!err) {
		cgroup_throttle_swaprate(page, gfp);
		err = loam_insert(page, mapping, index, gfp);
		/*
		 * The slot can have been freed since: then the copy in the
		 * swap cache belongs to nobody.
		 */
		if (err)
			delete_from_swap_cache(page);
	}
	if (err)
		goto failed;

	loam_forget_slot(inode, index);
	set_page_dirty(page);
	*pagep = page;
	return 0;
failed:
	unlock_page(page);
	put_page(page);
	return err;
}
