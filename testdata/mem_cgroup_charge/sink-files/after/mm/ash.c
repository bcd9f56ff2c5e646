// SPDX-License-Identifier: GPL-2.0
/*
 * The callee has a prototype, and callers in another file.
 */

int ash_insert(struct page *page, struct address_space *mapping,
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

	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas) != expected)
			xas_set_err(&xas, -EEXIST);
		xas_store(&xas, page);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

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
