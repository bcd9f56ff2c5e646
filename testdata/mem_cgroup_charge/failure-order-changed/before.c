/* What can fail as well comes first now; the abort on its exit just goes. */
static int moor_add_prepared(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: failure-order-changed "moor_prepare" */ /* want: setup-not-undone "moor_prepare" */
	if (err)
		return err;

	err = moor_prepare(mapping);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg);
		return err;
	}

	get_page(page);
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

/* The twin: it comes first as it is. */
static int moor_prepare_and_add(struct address_space *mapping,
				struct page *page, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = moor_prepare(mapping);
	if (err)
		return err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
