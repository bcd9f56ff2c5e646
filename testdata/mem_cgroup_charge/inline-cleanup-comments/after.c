/* Comments in a cleanup go where its statements go. */
static int reed_add_explained(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto error;

	err = reed_insert(mapping, page);
	if (err)
		goto error;

	return 0;
error:
	/* Nobody may find it through the mapping. */
	page->mapping = NULL;
	put_page(page); /* that of the tree */
	return err;
}
