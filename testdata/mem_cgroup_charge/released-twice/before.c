/* The reference that the old failure gave up is not the one that the setup takes: both are given up. */
static int heron_add_owned(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		put_page(page);
		return err;
	}
	get_page(page);
	page->mapping = mapping;
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

/* The twin: the one reference of the caller. */
static int heron_add_lent(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		put_page(page);
		return err;
	}
	page->mapping = mapping;
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

/* And here a label that all failures come to runs once more: that is said. */
static int heron_add_noted(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: error-path-widened "`heron_note(page)` ran when the charge failed and now may run once more" */
	if (err)
		goto out;
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	heron_note(page);
	mem_cgroup_cancel_charge(page, memcg);
out:
	heron_note(page);
	put_page(page);
	return err;
}

/* What the inline cleanup gives up as well is not given up a third time. */
static int heron_add_held(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		put_page(page);
		return err;
	}
	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err) {
		page->mapping = NULL;
		put_page(page);
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
