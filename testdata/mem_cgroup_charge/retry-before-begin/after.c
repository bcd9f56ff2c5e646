/* What leads to the begin or to the new call is compared up to there: tests that go round to it, a retry. */
static int heron_add_waiting(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

again:
	if (heron_is_busy(page)) {
		heron_wait(page);
		goto again;
	}

	get_page(page);
	page->index = 3;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	heron_note(page);
	put_page(page);
	return err;
}

static int heron_add_retrying(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	int err;

retry:
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = heron_insert(mapping, page);
	if (err == -EAGAIN) {
		page->mapping = NULL;
		put_page(page);
		goto retry;
	}
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

/* The branch that goes on to the setup comes to the charge as before. */
static int heron_add_clean(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	if (heron_is_dirty(page)) {
		heron_clean(page);
		goto add;
	}
	heron_note(page);
add:
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
