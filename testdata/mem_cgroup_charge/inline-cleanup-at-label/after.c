/* The inline cleanup stands at a label too, to the letter: the charge uses the label. */
static int heron_add_both(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	if (heron_exists(mapping, page)) {
		page->mapping = NULL;
		put_page(page);
		return -EEXIST;
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

/* The twin: the label does more. */
static int heron_add_twice(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto error;

	if (heron_link(mapping, page)) {
		err = -EEXIST;
		goto error;
	}
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	heron_unlink(mapping, page);
	page->mapping = NULL;
	put_page(page);
	return err;
error:
	page->mapping = NULL;
	put_page(page);
	return err;
}
