/* Twins: the index is left as it is, or taken back at the label. */
static int moor_add(struct address_space *mapping, struct page *page,
		    pgoff_t index, gfp_t gfp)
{
	int err;

	get_page(page);
	page->index = index;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: setup-not-undone "index" */
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

static int moor_add_neatly(struct address_space *mapping, struct page *page,
			   pgoff_t index, gfp_t gfp)
{
	int err;

	get_page(page);
	page->index = index;
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
	page->index = 0;
	put_page(page);
	return err;
}
