/* A flag says whether the object is charged: the failure of the begin does not pass by the setup, and the flag goes. */
static int heron_add_flagged(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto out;

	err = heron_insert(mapping, page);
	if (err)
		goto out;
	return 0;
out:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* The twin: something does pass by it. */
static int heron_add_checked(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	err = heron_check(page);
	if (err)
		goto out;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto out;

	err = heron_insert(mapping, page);
	if (err)
		goto out;
	return 0;
out:
	page->mapping = NULL;
	put_page(page);
	return err;
}
