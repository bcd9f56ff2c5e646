/* What can fail as well comes first now; the abort on its exit just goes. */
static int moor_add_prepared(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	err = moor_prepare(mapping);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: failure-order-changed "moor_prepare" */ /* want: setup-not-undone "moor_prepare" */
	if (err)
		goto undo;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* The twin: it comes first as it is. */
static int moor_prepare_and_add(struct address_space *mapping,
				struct page *page, gfp_t gfp)
{
	int err;

	err = moor_prepare(mapping);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
