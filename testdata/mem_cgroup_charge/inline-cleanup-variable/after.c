/* Inline cleanup again, and the variable is there already. */
static int reed_add_locked(struct address_space *mapping, struct page *page,
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

	reed_show(page);
	return 0;
error:
	page->mapping = NULL;
	put_page(page);
	return err;
}
