/* The mapping is never set here. */
static int moss_share(struct page *page, struct address_space *mapping)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: no-setup "mapping" */
	if (err)
		return err;

	page->index = 0;
	err = moss_register(mapping, page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}

/* That of another page is, and that of this one is only cleared. */
static int moss_share_pair(struct page *page, struct page *other,
			   struct address_space *mapping)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: no-setup "mapping" */
	if (err)
		return err;

	other->mapping = mapping;
	page->mapping = NULL;
	err = moss_register(mapping, other);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	other->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
