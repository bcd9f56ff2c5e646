// SPDX-License-Identifier: GPL-2.0
/* The callee is given nothing that the charge was made with. */

static int fir_place(struct page *page, struct address_space *mapping,
		       struct mm_struct *mm, gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = fir_reserve(mapping, gfp);
	if (err) {
		page->mapping = NULL;
		put_page(page);
		return err;
	}
	return 0;
}

int fir_grow(struct address_space *mapping, struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = fir_page(mapping);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false); /* want: setup-in-callee "fir_place() is not given the gfp of the charge (`gfp`), and the patter" */
	if (err)
		goto drop;

	err = fir_place(page, mapping, mm, GFP_NOFS);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto drop;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

drop:
	put_page(page);
	return err;
}
