// SPDX-License-Identifier: GPL-2.0
/*
 * The callee has a prototype, and callers in another file.
 */

int ash_insert(struct page *page, struct address_space *mapping,
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
