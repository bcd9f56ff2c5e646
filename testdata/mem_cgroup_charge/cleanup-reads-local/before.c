/* A cleanup that runs as before, but for what a variable holds by then. */
static int reed_add_pair(struct address_space *mapping, struct page **pair,
			 gfp_t gfp)
{
	struct page *page = pair[0];
	struct mem_cgroup *memcg;
	int held = 0;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: argument-drift "`unlock_page(pair[held])` runs when the charge fails, as before, but held is set at line 14 by then" */
	if (err)
		goto unlock;

	held = 1;
	get_page(page);
	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
unlock:
	unlock_page(pair[held]);
	return err;
}

/* What is set on the way is not read by what runs anyway. */
static int reed_add_counted(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int held = 0;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		goto unlock;

	held = 1;
	get_page(page);
	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return held;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
unlock:
	unlock_page(page);
	return err;
}
