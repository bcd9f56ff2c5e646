/* A function in the same file sets the mapping. */
static int loam_put_in(struct page *page, struct address_space *mapping)
{
	int err;

	get_page(page);
	page->mapping = mapping;
	err = loam_store(mapping, page);
	if (err) {
		page->mapping = NULL;
		put_page(page);
	}
	return err;
}

static int loam_fill(struct page *page, struct address_space *mapping)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: setup-in-callee "loam_put_in" */
	if (err)
		goto out;

	err = loam_put_in(page, mapping);
	if (err)
		goto cancel;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg);
out:
	put_page(page);
	return err;
}
