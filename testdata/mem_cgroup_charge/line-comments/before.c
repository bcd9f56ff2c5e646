/* A comment to the end of the line cannot stand inside code that goes on one line. */
static int heron_add_remarked(struct address_space *mapping, struct page *page,
			      gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err;

	if (!huge) {
		err = mem_cgroup_try_charge(page, current->mm, // ours
					    gfp, &memcg);
		if (err) {
			heron_note(page); // for the log
			return err;
		}
	}

	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	if (!huge)
		mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	if (!huge)
		mem_cgroup_cancel_charge(page, memcg);
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
		err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: unknown-shape "a // comment stands inside" */
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
