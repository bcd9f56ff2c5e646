// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping is set in a callee that all three callers share: the charge moves
 * there, and with it the counters of one of them.
 */

static int fen_insert(struct page *page, struct address_space *mapping,
		      pgoff_t index, void *expected, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	unsigned long nr = compound_nr(page);

	VM_BUG_ON_PAGE(!PageLocked(page), page);

	page_ref_add(page, nr);
	page->mapping = mapping;

	fen_lock(mapping);
	if (fen_entry_at(mapping, index) != expected)
		xas_set_err(&xas, -EEXIST);
	else
		fen_fill(mapping, index, page, gfp);
	fen_unlock(mapping);

	if (xas_error(&xas)) {
		page->mapping = NULL;
		page_ref_sub(page, nr);
		return xas_error(&xas);
	}

	return 0;
}

static int fen_swap_in(struct inode *inode, pgoff_t index, swp_entry_t swap,
		       struct page *page, gfp_t gfp)
{
	struct address_space *mapping = inode->i_mapping;
	struct mm_struct *charge_mm = current->mm;
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg, false); /* want: setup-in-callee "in fen_insert() `PageSwapCache(page)` decides, for all callers alike" */ /* want: setup-in-callee "when the charge fails, fen_insert() asks `if (!PageSwapCache(page) && PageTransHuge(page))`" */ /* want: error-path-widened "(-ENOMEM or -EINTR); until now only when the rest of `fen_insert()` failed (-EEXIST)" */
	if (!error) {
		error = fen_insert(page, mapping, index, swp_to_radix_entry(swap), gfp);
		/* The entry has been punched out meanwhile. */
		if (error) {
			mem_cgroup_cancel_charge(page, memcg, false);
			delete_from_swap_cache(page);
		}
	}
	if (error)
		goto failed;

	mem_cgroup_commit_charge(page, memcg, true, false);

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
	struct mem_cgroup *memcg;
	struct page *page;
	int error;

	page = fen_alloc(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg, /* want: argument-drift "the charge was made with gfp `gfp`; fen_insert() charges with what it is given, `gfp & GFP_RECLAIM_MASK`" */
				      PageTransHuge(page));
	if (error) {
		if (PageTransHuge(page)) {
			count_vm_event(THP_FILE_FALLBACK);
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		}
		goto free;
	}
	error = fen_insert(page, inode->i_mapping, index, NULL,
			   gfp & GFP_RECLAIM_MASK);
	if (error) {
		mem_cgroup_cancel_charge(page, memcg, PageTransHuge(page));
		goto free;
	}
	mem_cgroup_commit_charge(page, memcg, false, PageTransHuge(page));
	lru_cache_add_anon(page);
	return 0;

free:
	put_page(page);
	return error;
}

static int fen_copy(struct mm_struct *dst_mm, struct inode *inode,
		    struct page *page, pgoff_t index, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int ret;

	ret = mem_cgroup_try_charge(page, dst_mm, gfp, &memcg, false); /* want: setup-in-callee "when the charge fails, fen_insert() asks `if (!PageSwapCache(page) && PageTransHuge(page))`" */
	if (ret)
		goto let_go;

	ret = fen_insert(page, inode->i_mapping, index, NULL, gfp);
	if (ret)
		goto take_back;

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

take_back:
	mem_cgroup_cancel_charge(page, memcg, false);
let_go:
	put_page(page);
	return ret;
}
