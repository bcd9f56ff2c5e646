/* The reference that the old failure gave up is not the one that the setup takes: both are given up. */
static int heron_add_owned(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err) {
		put_page(page);
		goto undo;
	}

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* The twin: the one reference of the caller. */
static int heron_add_lent(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int err;

	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* And here a label that all failures come to runs once more: that is said. */
static int heron_add_noted(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	heron_note(page);
	heron_note(page);
	put_page(page);
	return err;
}

/* What the inline cleanup gives up as well is not given up a third time. */
static int heron_add_held(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto error;

	err = heron_insert(mapping, page);
	if (err)
		goto error;
	return 0;
error:
	page->mapping = NULL;
	put_page(page);
	put_page(page);
	return err;
}
