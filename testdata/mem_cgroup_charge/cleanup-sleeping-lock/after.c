/* A lock that may be held while sleeping: the cleanup gives it up, and it is taken behind the setup. */
static int fen_add_late(struct address_space *mapping, struct page *page,
			gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: no-cleanup "the cleanup gives up mutex &mapping->lock, which is not held where the call would stand" */
	if (err)
		goto put;

	page->mapping = mapping;
	mutex_lock(&mapping->lock);
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mutex_unlock(&mapping->lock);
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	page->mapping = NULL;
	mutex_unlock(&mapping->lock);
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return err;
}

/* The other way round: the cleanup would take it a second time. */
static int fen_add_under(struct address_space *mapping, struct page *page,
			 gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: no-cleanup "mutex &mapping->lock is held where the call would stand, and the cleanup runs without it" */
	if (err)
		goto put;

	mutex_lock(&mapping->lock);
	page->mapping = mapping;
	mutex_unlock(&mapping->lock);
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	mutex_lock(&mapping->lock);
	page->mapping = NULL;
	mutex_unlock(&mapping->lock);
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return err;
}

/* It asks. */
static int fen_add_asked(struct address_space *mapping, struct page *page,
			 gfp_t gfp)
{
	bool locked = false;
	int err;

	page->mapping = mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	mutex_lock(&mapping->lock);
	locked = true;
	err = reed_insert(mapping, page);
	if (err)
		goto undo;

	mutex_unlock(&mapping->lock);
	return 0;

undo:
	page->mapping = NULL;
	if (locked)
		mutex_unlock(&mapping->lock);
	put_page(page);
	return err;
}
