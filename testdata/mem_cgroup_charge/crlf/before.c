/* The lines that move end in CR LF as well. */
static int reed_add_elsewhere(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	bool huge = PageHuge(page);
	int err;

	if (!huge) {
		err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
		if (err)
			return err;
	}

	get_page(page);
	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err) {
		page->mapping = NULL;
		if (!huge)
			mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}

	if (!huge)
		mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
