// SPDX-License-Identifier: GPL-2.0
/*
 * The address of the callee is taken: not all its callers are known.
 */

static int yew_insert(struct page *page, struct address_space *mapping,
		      pgoff_t index, void *expected, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	unsigned long nr = compound_nr(page);

	VM_BUG_ON_PAGE(!PageLocked(page), page);

	page_ref_add(page, nr);
	page->mapping = mapping;

	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas) != expected)
			xas_set_err(&xas, -EEXIST);
		xas_store(&xas, page);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	if (xas_error(&xas)) {
		page->mapping = NULL;
		page_ref_sub(page, nr);
		return xas_error(&xas);
	}

	return 0;
}

static int yew_swap_in(struct inode *inode, pgoff_t index, swp_entry_t swap,
		       struct page *page, gfp_t gfp)
{
	struct address_space *mapping = inode->i_mapping;
	struct mm_struct *charge_mm = current->mm;
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg, false);
	if (!error) {
		error = yew_insert(page, mapping, index, swp_to_radix_entry(swap), gfp);
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

static int yew_fault(struct inode *inode, pgoff_t index, gfp_t gfp)
{
	struct mm_struct *charge_mm = current->mm;
	struct mem_cgroup *memcg;
	struct page *page;
	int error;

	page = yew_alloc(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg,
				      PageTransHuge(page));
	if (error) {
		if (PageTransHuge(page)) {
			count_vm_event(THP_FILE_FALLBACK);
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		}
		goto free;
	}
	error = yew_insert(page, inode->i_mapping, index, NULL,
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

static int yew_copy(struct mm_struct *dst_mm, struct inode *inode,
		    struct page *page, pgoff_t index, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int ret;

	ret = mem_cgroup_try_charge(page, dst_mm, gfp, &memcg, false);
	if (ret)
		goto out_release;

	ret = yew_insert(page, inode->i_mapping, index, NULL, gfp);
	if (ret)
		goto out_release_uncharge;

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

out_release_uncharge:
	mem_cgroup_cancel_charge(page, memcg, false);
out_release:
	put_page(page);
	return ret;
}

static const struct yew_operations yew_ops = {
	.insert = yew_insert,
};
