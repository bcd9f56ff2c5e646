/* Directives in cleanup that moves stay in the first column. */
static int heron_add_traced(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: error-path-widened "heron_note" */
	if (err)
		return err;
	get_page(page);
	page->mapping = mapping;
	if (heron_insert(mapping, page)) {
		page->mapping = NULL;
#ifdef CONFIG_HERON
		heron_note(page);
#endif
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}

/* A label must not be left with gotos in an #if region alone. */
static int heron_add_optional(struct address_space *mapping,
			      struct page *page, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

#ifdef CONFIG_HERON
	if (heron_is_busy(page)) {
		err = -EBUSY;
		goto out;
	}
#endif
	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: unknown-shape "the label out would be used inside of #if regions only" */
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
	mem_cgroup_cancel_charge(page, memcg);
out:
	put_page(page);
	return err;
}
