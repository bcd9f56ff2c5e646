/* The plainest form: one label, one variable, everything is undone there. */
static int reed_add_plain(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg, false);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
}
