/* A lock that is taken and given up between the begin and the setup is one difference, not two. */
static int heron_add_counted(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: setup-not-undone "`heron_lock(mapping)` and `heron_unlock(mapping)` now run", setup-not-undone "heron_count" */
	if (err)
		goto out;
	heron_lock(mapping);
	heron_count(mapping);
	heron_unlock(mapping);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
out:
	put_page(page);
	return err;
}

/* The twin: two locks. */
static int heron_add_locked(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: setup-not-undone "`heron_lock(mapping)` now runs", setup-not-undone "`heron_unlock(page->mapping)` now runs" */
	if (err)
		goto out;
	heron_lock(mapping);
	heron_unlock(page->mapping);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
out:
	put_page(page);
	return err;
}
