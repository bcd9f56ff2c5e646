/* A comment to the end of the line cannot stand inside code that goes on one line. */
static int heron_add_remarked(struct address_space *mapping, struct page *page,
			      gfp_t gfp, bool huge)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	if (!huge) {
		err = mem_cgroup_charge(page, current->mm, gfp, false);
		if (err) {
			heron_note(page); // for the log
			goto undo;
		}
	}

	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}

static int heron_add_explained(struct address_space *mapping,
			       struct page *page, gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err;

	if (!huge && // small ones only
	    gfp) {
		err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
		if (err)
			return err;
	}

	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	if (!huge && gfp)
		mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	if (!huge && gfp)
		mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
