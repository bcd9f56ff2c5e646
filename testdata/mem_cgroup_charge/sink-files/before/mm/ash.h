/* SPDX-License-Identifier: GPL-2.0 */
int ash_insert(struct page *page, struct address_space *mapping,
	       pgoff_t index, void *expected, gfp_t gfp);
