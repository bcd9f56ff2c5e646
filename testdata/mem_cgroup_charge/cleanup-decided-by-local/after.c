/* What a cleanup does is decided by a variable that is set on the way. */
static int reed_add_sized(struct address_space *mapping, struct page *page,
			  int order, gfp_t gfp)
{
	int err;

	order = order - 1;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "when the charge fails `order` decides about `unlock_page(page)`, as before, but order is" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	if (order)
		unlock_page(page);
	put_page(page);
	return err;
}

static int reed_add_kind(struct address_space *mapping, struct page *page,
			 int kind, gfp_t gfp)
{
	int err;

	kind++;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "when the charge fails `kind` decides about `unlock_page(page)`, as before, but kind is" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	switch (kind) {
	case 1:
		unlock_page(page);
		break;
	default:
		break;
	}
	put_page(page);
	return err;
}

/* A macro, or a store to a part of a variable, may set it too. */
#define REED_MARK(x)	((x) = 1)

static int reed_add_marked(struct address_space *mapping, struct page **pair,
			   gfp_t gfp)
{
	struct page *page = pair[0];
	int held = 0;
	int err;

	REED_MARK(held);
	get_page(page);
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "`unlock_page(pair[held])` runs when the charge fails, as before, but held is set at line" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	unlock_page(pair[held]);
	return err;
}

/* A test of what is the same on both ways says nothing new. */
static int reed_add_ordered(struct address_space *mapping, struct page *page,
			    int order, gfp_t gfp)
{
	int tries = 0;
	int err;

	tries = order;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return tries;

undo:
	page->mapping = NULL;
	if (order > 3)
		unlock_page(page);
	put_page(page);
	return err;
}

/* What is read was made from what is set on the way. */
static int reed_add_step(struct address_space *mapping, struct page *page,
			 int order, gfp_t gfp)
{
	int err, step;

	order = 0;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: argument-drift "`reed_step(page, step)` runs when the charge fails, as before, but order is set at line" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	step = order + 1;
	reed_step(page, step);
	put_page(page);
	return err;
}

/* A code is replaced by another. */
static int reed_add_busy(struct address_space *mapping, struct page *page,
			 int users, gfp_t gfp)
{
	int err;

	users--;
	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false); /* want: return-changed "when the charge fails `users` decides about what is returned, as before, but users is set" */
	if (err)
		goto undo;

	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	return 0;

undo:
	page->mapping = NULL;
	put_page(page);
	if (users)
		err = -EBUSY;
	return err;
}
