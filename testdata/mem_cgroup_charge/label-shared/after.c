/* The plainest form: one label, one variable, everything is undone there. */
static int reed_add_plain(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
