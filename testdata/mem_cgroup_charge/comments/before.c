/* What is said about the call moves with it. */
static int reed_add_described(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg; /* who pays */
	int err;

	reed_show(page);

	/* Charge it as long as we may sleep. */
	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err; /* nothing has happened so far */

	/* From here on the tree holds a reference. */
	get_page(page);
	page->mapping = mapping;

	/* The order of the pages is looked after by the tree. */
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	/* The charge is for good now. */
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

	/* Take it all back. */
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg); /* gives the charge back */
	put_page(page);
	return err;
}
