/* Two commits do not agree on lrucare, and the new call takes it once. */
static int marsh_add(struct address_space *mapping, struct page *page,
		     bool known)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: commit-arguments-differ "lrucare" */
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = marsh_insert(mapping, page);
	if (err)
		goto undo;
	if (known) {
		mem_cgroup_commit_charge(page, memcg, true);
		activate_page(page);
	} else {
		mem_cgroup_commit_charge(page, memcg, false);
		lru_cache_add_file(page);
	}
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

/* The twin: they agree. */
static int marsh_add_known(struct address_space *mapping, struct page *page,
			   bool active)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = marsh_insert(mapping, page);
	if (err)
		goto undo;
	if (active) {
		mem_cgroup_commit_charge(page, memcg, true);
		activate_page(page);
	} else {
		mem_cgroup_commit_charge(page, memcg, true);
	}
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
