/* The mapping is set by then: nothing has to move. */
static int reed_add_prepared(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		goto out;

	err = reed_insert(mapping, page);
	if (err)
		goto out_cancel;

	mem_cgroup_commit_charge(page, memcg, true);
	return 0;
out_cancel:
	mem_cgroup_cancel_charge(page, memcg);
out:
	page->mapping = NULL;
	put_page(page);
	return err;
}
