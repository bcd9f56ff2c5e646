/* The mapping is set by then: nothing has to move. */
static int reed_add_prepared(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, true);
	if (err)
		goto out;

	err = reed_insert(mapping, page);
	if (err)
		goto out;

	return 0;
out:
	page->mapping = NULL;
	put_page(page);
	return err;
}
