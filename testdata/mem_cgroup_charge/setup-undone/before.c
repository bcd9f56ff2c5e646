/* Twins: the index is left as it is, or taken back at the label. */
static int moor_add(struct address_space *mapping, struct page *page,
		    pgoff_t index, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: setup-not-undone "index" */
	if (err)
		return err;

	get_page(page);
	page->index = index;
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

static int moor_add_neatly(struct address_space *mapping, struct page *page,
			   pgoff_t index, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->index = index;
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	page->index = 0;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
