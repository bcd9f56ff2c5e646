// SPDX-License-Identifier: GPL-2.0
#include "ash.h"

static int ash_swap_in(struct inode *inode, pgoff_t index, swp_entry_t swap,
		       struct page *page, gfp_t gfp)
{
	struct address_space *mapping = inode->i_mapping;
	struct mm_struct *charge_mm = current->mm;
	int error;

	error = ash_insert(page, mapping, index, swp_to_radix_entry(swap), gfp,
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

static int ash_fault(struct inode *inode, pgoff_t index, gfp_t gfp)
{
	struct mm_struct *charge_mm = current->mm;
	struct page *page;
	int error;

	page = ash_alloc(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	error = ash_insert(page, inode->i_mapping, index, NULL,
			   gfp & GFP_RECLAIM_MASK, charge_mm);
	if (error)
		goto free;
	lru_cache_add_anon(page);
	return 0;

free:
	put_page(page);
	return error;
}

static int ash_copy(struct mm_struct *dst_mm, struct inode *inode,
		    struct page *page, pgoff_t index, gfp_t gfp)
{
	int ret;

	ret = ash_insert(page, inode->i_mapping, index, NULL, gfp, dst_mm);
	if (ret)
		goto out_release;

	return 0;

out_release:
	put_page(page);
	return ret;
}
