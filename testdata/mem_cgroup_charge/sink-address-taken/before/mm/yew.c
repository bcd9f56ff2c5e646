// SPDX-License-Identifier: GPL-2.0
/* The address of the callee is taken: not all its callers are known. */

static int yew_place(struct page *page, struct address_space *mapping,
		       struct mm_struct *mm, gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = yew_reserve(mapping, gfp);
	if (err) {
		page->mapping = NULL;
		put_page(page);
		return err;
	}
	return 0;
}

int yew_grow(struct address_space *mapping, struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = yew_page(mapping);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false); /* want: setup-in-callee "the address of yew_place() is taken here, so not all its callers are k" */
	if (err)
		goto drop;

	err = yew_place(page, mapping, mm, gfp);
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

const struct yew_methods yew_methods = {
	.place = yew_place,
};
