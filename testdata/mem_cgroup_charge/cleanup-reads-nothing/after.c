/* The cleanup gives up what is come by behind the place of the call. */
static int reed_add_beside(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	struct page *beside;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: no-cleanup "the cleanup reads beside, which holds nothing yet where the call would stand" */
	if (err)
		goto put;

	page->mapping = mapping;
	beside = reed_beside(mapping);
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(beside);
put:
	put_page(page);
	return err;
}

/* With a label of its own it does no harm. */
static int reed_add_beside_apart(struct address_space *mapping,
				 struct page *page, gfp_t gfp)
{
	struct page *beside;
	int err;

	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	beside = reed_beside(mapping);
	if (!beside) {
		err = -ENOMEM;
		goto undo;
	}

	err = reed_insert(mapping, page);
	if (err)
		goto put_beside;

	return 0;

put_beside:
	put_page(beside);
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
