// SPDX-License-Identifier: GPL-2.0
/* The callee has a prototype, and its caller is in another file. */

int ash_place(struct page *page, struct address_space *mapping,
	      gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = ash_reserve(mapping, gfp);
	if (err) {
		page->mapping = NULL;
		put_page(page);
		return err;
	}
	return 0;
}
