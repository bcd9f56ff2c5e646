// SPDX-License-Identifier: GPL-2.0
#include "ash.h"

int ash_grow(struct address_space *mapping, struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = ash_page(mapping);
	int err;

	err = ash_place(page, mapping, gfp, mm);
	if (err)
		goto drop;
	return 0;

drop:
	put_page(page);
	return err;
}
