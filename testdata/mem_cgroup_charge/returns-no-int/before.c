/* What a failing begin comes to is returned as it stands: no variable has to hold it. */
static struct page *tarn_take(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		goto put;

	page->mapping = mapping;
	err = tarn_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return page;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return ERR_PTR(err);
}

static bool tarn_has_room(struct address_space *mapping, struct page *page,
			  gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg))
		goto put;

	page->mapping = mapping;
	if (tarn_insert(mapping, page))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return true;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return false;
}

/* Two places return something else: what the shared cleanup returned would have to be kept. */
static struct page *tarn_find(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: no-cleanup "`ERR_PTR(err)` is not an int that an error variable could hold" */
	if (err)
		return NULL;

	page->mapping = mapping;
	err = tarn_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return page;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	return ERR_PTR(err);
}

/* The same return, but of a sum to which something is added on the way. */
static int tarn_count(struct address_space *mapping, struct page *page,
		      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err, done = 0;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg); /* want: return-changed "when the charge fails the function returns `err - done`, as before, but done is set at" */
	if (err)
		goto put;

	done = 1;
	page->mapping = mapping;
	err = tarn_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return done;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return err - done;
}
