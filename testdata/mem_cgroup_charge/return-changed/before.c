/* The label makes another code of -ENOMEM, and now of the charge's too. */
static int moor_add_again(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: return-changed "-EAGAIN" */
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	if (err == -ENOMEM)
		err = -EAGAIN;
	return err;
}

/* The twin: it is another code that is changed there. */
static int moor_add_mapped(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = moor_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	if (err == -EEXIST)
		err = -EAGAIN;
	return err;
}
