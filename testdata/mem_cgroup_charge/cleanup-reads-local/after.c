/* A cleanup that runs as before, but for what a variable holds by then. */
static int reed_add_pair(struct address_space *mapping, struct page **pair,
			 gfp_t gfp)
{
	struct page *page = pair[0];
	int held = 0;
	int err;

	held = 1;
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "`unlock_page(pair[held])` runs when the charge fails, as before, but held is set at line 14 by then" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	unlock_page(pair[held]);
	return err;
}

/* What is set on the way is not read by what runs anyway. */
static int reed_add_counted(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	int held = 0;
	int err;

	held = 1;
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return held;

undo:
	page->mapping = NULL;
	put_page(page);
	unlock_page(page);
	return err;
}
