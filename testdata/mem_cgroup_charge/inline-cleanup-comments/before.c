/* Comments in a cleanup go where its statements go. */
static int reed_add_explained(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = reed_insert(mapping, page);
	if (err) {
		/* Nobody may find it through the mapping. */
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page); /* that of the tree */
		return err;
	}

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
