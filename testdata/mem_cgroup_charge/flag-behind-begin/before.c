/* A flag says whether the object is charged: the failure of the begin does not pass by the setup, and the flag goes. */
static int heron_add_flagged(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg = NULL;
	bool charged = false;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		goto out;
	charged = true;
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
out:
	page->mapping = NULL;
	if (charged)
		mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

/* The twin: something does pass by it. */
static int heron_add_checked(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg = NULL;
	bool charged = false;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: failure-order-changed "heron_check(page) can fail at line 39", setup-not-undone "heron_check" */
	if (err)
		goto out;
	charged = true;
	err = heron_check(page);
	if (err)
		goto out;
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
out:
	page->mapping = NULL;
	if (charged)
		mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
