// SPDX-License-Identifier: GPL-2.0
/* The callee has a prototype, and its caller is in another file. */

int ash_place(struct page *page, struct address_space *mapping,
	      gfp_t gfp, struct mm_struct *charge_mm)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, charge_mm, gfp, false);
	if (err)
		goto error;

	err = ash_reserve(mapping, gfp);
	if (err)
		goto error;
	return 0;
error:
	page->mapping = NULL;
	put_page(page);
	return err;
}
