/* The old failure had a label of its own, and that counted it. */
static int moor_add_counted(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = moor_check(mapping);
	if (err)
		goto count;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: cleanup-lost "moor_count_failure" */
	if (err)
		goto count;

	get_page(page);
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
count:
	moor_count_failure(mapping);
	return err;
}

/* The twin: what stands in the branch itself moves along. */
static int moor_add_counting(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		moor_count_failure(mapping);
		return err;
	}

	get_page(page);
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
