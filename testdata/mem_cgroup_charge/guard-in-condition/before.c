/* What is tested before the begin in one condition goes with it. */
static int heron_add_small(struct address_space *mapping, struct page *page,
			   gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err = -ENOMEM;

	if (!huge && mem_cgroup_try_charge(page, current->mm, gfp, &memcg))
		return err;

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

static int heron_add_assigned(struct address_space *mapping,
			      struct page *page, gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err;

	if (mapping && !huge &&
	    (err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg)))
		return err;

	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	if (mapping && !huge)
		mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	if (mapping && !huge)
		mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

static int heron_add_delayed(struct address_space *mapping, struct page *page,
			     gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err;

	if (!huge &&
	    mem_cgroup_try_charge_delay(page, current->mm, gfp, &memcg))
		return -ENOMEM;

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

/* Twins: with an else, and with a test that does something itself. */
static int heron_add_or_note(struct address_space *mapping, struct page *page,
			     gfp_t gfp, bool huge)
{
	struct mem_cgroup *memcg;
	int err;

	if (!huge && mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: unknown-shape "else branch" */
		return -ENOMEM;
	else
		heron_note(page);

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

static int heron_add_tried(struct address_space *mapping, struct page *page,
			   gfp_t gfp, int tries)
{
	struct mem_cgroup *memcg;
	int err;

	if ((tries = 1) &&
	    mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: guard-changes "may have an effect" */
		return -ENOMEM;

	get_page(page);
	page->mapping = mapping;
	err = heron_insert(mapping, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return tries;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
