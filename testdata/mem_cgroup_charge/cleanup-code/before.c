/* Who jumps to a later label, or comes from above, leaves by the same return: the code is set there, too. */
static int reed_add_fixed(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (reed_full(mapping))
		goto put;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: error-path-widened "`put_page(page)` now also runs when the charge fails (-ENOMEM or -EINTR); until now only" */
		return -ENOMEM;

	page->mapping = mapping;
	if (reed_prepare(page))
		goto undo;
	if (reed_insert(mapping, page))
		goto forget;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

forget:
	reed_forget(page);
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return -EIO;
}

/* The usual name of the variable is a function's. */
static int reed_add_loudly(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: error-path-widened "`put_page(page)` now also runs when the charge fails (-ENOMEM or -EINTR); until now only" */ /* want: error-path-widened "`error(\"no room\")` now also runs when the charge fails (-ENOMEM or -EINTR); until now" */
		return -ENOMEM;

	page->mapping = mapping;
	if (reed_insert(mapping, page))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	error("no room");
	return -EIO;
}

/* The code for a failing charge is in place before the begin, and gone where the call comes to stand. */
static struct page *reed_take(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err = -ENOMEM;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: failure-order-changed "reed_prepare(page) can fail at line 66 and now comes before the charge: where both would" */ /* want: setup-not-undone "`reed_prepare(page)` now runs before the charge and is not undone when the charge fails" */
		goto put;

	err = reed_prepare(page);
	if (err)
		goto cancel;

	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return page;

undo:
	page->mapping = NULL;
cancel:
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return ERR_PTR(err);
}

/* The old branch returned a code of its own: so does the shared return. */
static int reed_add_own_code(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg, false);
	if (err)
		return -EFAULT;

	get_page(page);
	page->mapping = mapping;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
}
