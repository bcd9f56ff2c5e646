/* The flags are narrowed between the old place and the new one. */
static int tarn_add_narrow(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	gfp &= ~__GFP_HIGHMEM;
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "gfp" */
	if (err)
		goto undo;

	err = tarn_insert(mapping, page, gfp);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* The twin: they are narrowed behind it. */
static int tarn_add_wide(struct address_space *mapping, struct page *page,
			 gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	gfp &= ~__GFP_HIGHMEM;
	err = tarn_insert(mapping, page, gfp);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
