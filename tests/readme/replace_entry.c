// SPDX-License-Identifier: GPL-2.0-only
/* The example of README.md: a page takes the place of an entry of the swap cache. */

int example_replace_entry(struct page *page, struct address_space *mapping,
			  pgoff_t index, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge(page, mm, gfp, &memcg);
	if (error)
		return error;

	get_page(page);
	page->mapping = mapping;

	error = example_swap_in_entry(mapping, index, page);
	if (error)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	/* The entry is gone, and what it stood for with it. */
	delete_from_swap_cache(page);
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return error;
}
