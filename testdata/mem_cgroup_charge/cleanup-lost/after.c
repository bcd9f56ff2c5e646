/* The old failure had a label of its own, and that counted it. */
static int moor_add_counted(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	int err;

	err = moor_check(mapping);
	if (err)
		goto count;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: cleanup-lost "moor_count_failure" */
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
count:
	moor_count_failure(mapping);
	return err;
}

/* The twin: what stands in the branch itself moves along. */
static int moor_add_counting(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err) {
		moor_count_failure(mapping);
		goto undo;
	}

	err = moor_insert(mapping, page);
	if (err)
		goto undo;

	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
