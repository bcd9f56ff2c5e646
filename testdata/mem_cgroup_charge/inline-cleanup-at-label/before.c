/* The inline cleanup stands at a label too, to the letter: the charge uses the label. */
static int heron_add_both(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;
	get_page(page);
	page->mapping = mapping;
	if (heron_exists(mapping, page)) {
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return -EEXIST;
	}
	err = heron_insert(mapping, page);
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

/* The twin: the label does more. */
static int heron_add_twice(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;
	get_page(page);
	page->mapping = mapping;
	if (heron_link(mapping, page)) {
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return -EEXIST;
	}
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	heron_unlink(mapping, page);
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
