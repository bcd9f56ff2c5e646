/* The lines that move end in CR LF as well. */
static int reed_add_elsewhere(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	bool huge = PageHuge(page);
	int err;

	get_page(page);
	page->mapping = mapping;

	if (!huge) {
		err = mem_cgroup_charge(page, current->mm, gfp, false);
		if (err)
			goto error;
	}

	err = reed_insert(mapping, page);
	if (err)
		goto error;

	return 0;
error:
	page->mapping = NULL;
	put_page(page);
	return err;
}
