// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping is set in a callee that all three callers share: the charge moves
 * there, and with it the counters of one of them.
 */

static int fen_insert(struct page *page, struct address_space *mapping,
		      pgoff_t index, void *expected, gfp_t gfp,
		      struct mm_struct *charge_mm)
{
	XA_STATE(xas, &mapping->i_pages, index);
	unsigned long nr = compound_nr(page);
	int error;

	VM_BUG_ON_PAGE(!PageLocked(page), page);

	page_ref_add(page, nr);
	page->mapping = mapping;

	error = mem_cgroup_charge(page, charge_mm, gfp, PageSwapCache(page));
	if (error) {
		if (!PageSwapCache(page) && PageTransHuge(page)) {
			count_vm_event(THP_FILE_FALLBACK);
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		}
		goto error;
	}

	fen_lock(mapping);
	if (fen_entry_at(mapping, index) != expected)
		xas_set_err(&xas, -EEXIST);
	else
		fen_fill(mapping, index, page, gfp);
	fen_unlock(mapping);

	if (xas_error(&xas)) {
		error = xas_error(&xas);
		goto error;
	}

	return 0;
error:
	page->mapping = NULL;
	page_ref_sub(page, nr);
	return error;
}

static int fen_swap_in(struct inode *inode, pgoff_t index, swp_entry_t swap,
		       struct page *page, gfp_t gfp)
{
	struct address_space *mapping = inode->i_mapping;
	struct mm_struct *charge_mm = current->mm;
	int error;

	error = fen_insert(page, mapping, index, swp_to_radix_entry(swap), gfp,
			   charge_mm);
	/* The entry has been punched out meanwhile. */
	if (error) {
		delete_from_swap_cache(page);
		goto failed;
	}

	swap_free(swap);
	return 0;
failed:
	unlock_page(page);
	put_page(page);
	return error;
}

static int fen_fault(struct inode *inode, pgoff_t index, gfp_t gfp)
{
	struct mm_struct *charge_mm = current->mm;
	struct page *page;
	int error;

	page = fen_alloc(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	error = fen_insert(page, inode->i_mapping, index, NULL,
			   gfp & GFP_RECLAIM_MASK, charge_mm);
	if (error)
		goto free;
	lru_cache_add_anon(page);
	return 0;

free:
	put_page(page);
	return error;
}

static int fen_copy(struct mm_struct *dst_mm, struct inode *inode,
		    struct page *page, pgoff_t index, gfp_t gfp)
{
	int ret;

	ret = fen_insert(page, inode->i_mapping, index, NULL, gfp, dst_mm);
	if (ret)
		goto let_go;

	return 0;

let_go:
	put_page(page);
	return ret;
}
