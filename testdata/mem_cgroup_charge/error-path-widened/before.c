/* The label cleans up for one error, and now it does so for another. */
static int loam_replace(struct address_space *mapping, struct page *page,
			struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false); /* want: error-path-widened "delete_from_swap_cache" */
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = loam_swap_entry(mapping, page);
	if (err)
		goto failed;

	mem_cgroup_commit_charge(page, memcg, true, false);
	return 0;
failed:
	/* Only a slot that is gone brings us here. */
	delete_from_swap_cache(page);
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
}

/* The twin: a label behind that cleanup is in use as well. */
static int loam_replace_late(struct address_space *mapping, struct page *page,
			     struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = loam_check_entry(mapping, page);
	if (err)
		goto undo;

	err = loam_swap_entry(mapping, page);
	if (err)
		goto failed;

	mem_cgroup_commit_charge(page, memcg, true, false);
	return 0;
failed:
	delete_from_swap_cache(page);
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
}
