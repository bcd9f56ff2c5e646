/* Without a value to return, and with an end that has no return. */
static void reed_add_silently(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	get_page(page);
	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, false))
		goto error;

	if (reed_insert(mapping, page))
		goto error;

	reed_show(page);
	return;
error:
	page->mapping = NULL;
	put_page(page);
}
