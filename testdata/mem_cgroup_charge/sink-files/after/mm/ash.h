/* SPDX-License-Identifier: GPL-2.0 */
int ash_place(struct page *page, struct address_space *mapping,
	      gfp_t gfp, struct mm_struct *charge_mm);
