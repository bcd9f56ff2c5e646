// SPDX-License-Identifier: GPL-2.0
#include "ash.h"

static int ash_swap_in(struct inode *inode, pgoff_t index, swp_entry_t swap,
		       struct page *page, gfp_t gfp)
{
	struct address_space *mapping = inode->i_mapping;
	struct mm_struct *charge_mm = current->mm;
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg, false); /* want: error-path-widened "`delete_from_swap_cache(page)` now also runs when the charge fails (-E" */ /* want: setup-in-callee "in ash_insert() `PageSwapCache(page)` decides, for all callers alike" */ /* want: setup-in-callee "when the charge fails, ash_insert() asks `if (!PageSwapCache(page) && " */
	if (!error) {
		error = ash_insert(page, mapping, index, swp_to_radix_entry(swap), gfp);
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

static int ash_fault(struct inode *inode, pgoff_t index, gfp_t gfp)
{
	struct mm_struct *charge_mm = current->mm;
	struct mem_cgroup *memcg;
	struct page *page;
	int error;

	page = ash_alloc(inode, index, gfp);
	if (!page)
		return -ENOMEM;

	error = mem_cgroup_try_charge(page, charge_mm, gfp, &memcg, /* want: argument-drift "the charge was made with gfp `gfp`; ash_insert() charges with what it " */
				      PageTransHuge(page));
	if (error) {
		if (PageTransHuge(page)) {
			count_vm_event(THP_FILE_FALLBACK);
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		}
		goto free;
	}
	error = ash_insert(page, inode->i_mapping, index, NULL,
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

static int ash_copy(struct mm_struct *dst_mm, struct inode *inode,
		    struct page *page, pgoff_t index, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int ret;

	ret = mem_cgroup_try_charge(page, dst_mm, gfp, &memcg, false); /* want: setup-in-callee "when the charge fails, ash_insert() asks `if (!PageSwapCache(page) && " */
	if (ret)
		goto out_release;

	ret = ash_insert(page, inode->i_mapping, index, NULL, gfp);
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
