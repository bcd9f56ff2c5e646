/* What is said about the call moves with it. */
static int reed_add_described(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	int err;

	reed_show(page);

	/* From here on the tree holds a reference. */
	get_page(page);
	page->mapping = mapping;

	/* Charge it as long as we may sleep. */
	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	/* The order of the pages is looked after by the tree. */
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

	/* Take it all back. */
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
