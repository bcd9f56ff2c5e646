/* What leads to the begin or to the new call is compared up to there: tests that go round to it, a retry. */
static int heron_add_waiting(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

again:
	if (heron_is_busy(page)) {
		heron_wait(page);
		goto again;
	}
	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: setup-not-undone "index", error-path-widened "heron_note" */
	if (err)
		return err;

	get_page(page);
	page->index = 3;
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
	put_page(page);
	return err;
}

static int heron_add_retrying(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

retry:
	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err == -EAGAIN) {
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		goto retry;
	}
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

/* The branch that goes on to the setup comes to the charge as before. */
static int heron_add_clean(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: setup-not-undone "heron_is_dirty", setup-not-undone "heron_clean", setup-not-undone "heron_note" */
	if (err)
		return err;
	if (heron_is_dirty(page)) {
		heron_clean(page);
		goto add;
	}
	heron_note(page);
add:
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
