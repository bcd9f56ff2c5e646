/* A lock that is taken and given up between the begin and the setup is one difference, not two. */
static int heron_add_counted(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	heron_lock(mapping);
	heron_count(mapping);
	heron_unlock(mapping);
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

/* The twin: two locks. */
static int heron_add_locked(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	int err;

	heron_lock(mapping);
	heron_unlock(page->mapping);
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
