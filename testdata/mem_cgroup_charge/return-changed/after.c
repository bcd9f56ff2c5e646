/* The label makes another code of -ENOMEM, and now of the charge's too. */
static int moor_add_again(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: return-changed "-EAGAIN" */
	if (err)
		goto undo;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;

	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	if (err == -ENOMEM)
		err = -EAGAIN;
	return err;
}

/* The twin: it is another code that is changed there. */
static int moor_add_mapped(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

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
	if (err == -EEXIST)
		err = -EAGAIN;
	return err;
}
