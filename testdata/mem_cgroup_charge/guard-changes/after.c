/* What guards the begin is not what it was when the mapping is set. */
static int tarn_add_guarded(struct address_space *mapping, struct page *page,
			    bool huge, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	bool charged = false;
	int err;

	if (!huge) {
		err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: guard-changes "huge" */
		if (err)
			return err;
		charged = true;
	}

	huge = tarn_is_huge(mapping);
	get_page(page);
	page->mapping = mapping;

	err = tarn_insert(mapping, page, gfp);
	if (err)
		goto undo;
	if (charged)
		mem_cgroup_commit_charge(page, memcg, false);
	return huge;
undo:
	page->mapping = NULL;
	if (charged)
		mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

/* The twin: it is, and changes only when all is over. */
static int tarn_add_steady(struct address_space *mapping, struct page *page,
			   bool huge)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	if (!huge) {
		err = mem_cgroup_charge(page, current->mm, GFP_KERNEL, false);
		if (err)
			goto undo;
	}

	err = tarn_insert(mapping, page, GFP_KERNEL);
	if (err)
		goto undo;
	huge = tarn_is_huge(mapping);
	return huge;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
