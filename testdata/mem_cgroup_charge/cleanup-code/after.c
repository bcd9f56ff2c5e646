/* Who jumps to a later label, or comes from above, leaves by the same return: the code is set there, too. */
static int reed_add_fixed(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	int error;

	if (reed_full(mapping)) {
		error = -EIO;
		goto put;
	}

	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, false)) { /* want: error-path-widened "`put_page(page)` now also runs when the charge fails (-ENOMEM or -EINTR); until now only" */
		error = -ENOMEM;
		goto undo;
	}

	if (reed_prepare(page)) {
		error = -EIO;
		goto undo;
	}
	if (reed_insert(mapping, page))
		goto forget;

	return 0;

forget:
	reed_forget(page);
	error = -EIO;
undo:
	page->mapping = NULL;
put:
	put_page(page);
	return error;
}

/* The usual name of the variable is a function's. */
static int reed_add_loudly(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	int err;

	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, false)) { /* want: error-path-widened "`put_page(page)` now also runs when the charge fails (-ENOMEM or -EINTR); until now only" */ /* want: error-path-widened "`error(\"no room\")` now also runs when the charge fails (-ENOMEM or -EINTR); until now" */
		err = -ENOMEM;
		goto undo;
	}

	if (reed_insert(mapping, page)) {
		err = -EIO;
		goto undo;
	}

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	error("no room");
	return err;
}

/* The code for a failing charge is in place before the begin, and gone where the call comes to stand. */
static struct page *reed_take(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	int err = -ENOMEM;

	err = reed_prepare(page);
	if (err)
		goto put;

	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, false)) { /* want: failure-order-changed "reed_prepare(page) can fail at line 66 and now comes before the charge: where both would" */ /* want: setup-not-undone "`reed_prepare(page)` now runs before the charge and is not undone when the charge fails" */
		err = -ENOMEM;
		goto undo;
	}

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return page;

undo:
	page->mapping = NULL;
put:
	put_page(page);
	return ERR_PTR(err);
}

/* The old branch returned a code of its own: so does the shared return. */
static int reed_add_own_code(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err) {
		err = -EFAULT;
		goto undo;
	}

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
