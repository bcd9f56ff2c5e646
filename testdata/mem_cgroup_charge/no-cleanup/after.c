/* Nothing can fail any more once the mapping is set. */
static int moor_claim(struct address_space *mapping, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: no-cleanup "mapping" */
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}

/* Something can, but its cleanup leaves the mapping as it is. */
static int moor_claim_marked(struct address_space *mapping, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: no-cleanup "mapping" */
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
out:
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
