// SPDX-License-Identifier: GPL-2.0
/* One caller of the callee is no transaction: nothing moves. */

static int elm_place(struct page *page, struct address_space *mapping,
		       struct mm_struct *mm, gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = elm_reserve(mapping, gfp);
	if (err) {
		page->mapping = NULL;
		put_page(page);
		return err;
	}
	return 0;
}

int elm_grow(struct address_space *mapping, struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = elm_page(mapping);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto drop;

	err = elm_place(page, mapping, mm, gfp);
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

int elm_plain(struct page *page, struct address_space *mapping)
{
	return elm_place(page, mapping, NULL, GFP_KERNEL);
}
