/* The flags are narrowed between the old place and the new one. */
static int tarn_add_narrow(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: argument-drift "gfp" */
	if (err)
		return err;

	gfp &= ~__GFP_HIGHMEM;
	get_page(page);
	page->mapping = mapping;

	err = tarn_insert(mapping, page, gfp);
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

/* The twin: they are narrowed behind it. */
static int tarn_add_wide(struct address_space *mapping, struct page *page,
			 gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	gfp &= ~__GFP_HIGHMEM;
	err = tarn_insert(mapping, page, gfp);
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
