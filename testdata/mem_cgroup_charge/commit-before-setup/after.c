/* It is committed by the time the mapping is set. */
static int moss_promote(struct page *page, struct address_space *mapping)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: commit-before-setup "mapping" */
	if (err)
		return err;

	mem_cgroup_commit_charge(page, memcg, false);
	get_page(page);
	page->mapping = mapping;

	err = moss_register(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
