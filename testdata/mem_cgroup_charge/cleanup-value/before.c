/* What the cleanup returns is not the call's own result: it is given what the branch of the begin gave it. */
static struct page *tarn_swap(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	struct page *ret;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		ret = ERR_PTR(err);
		goto put;
	}

	page->mapping = mapping;
	ret = tarn_next(mapping, page);
	if (IS_ERR(ret))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return ret;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return ret;
}

static vm_fault_t tarn_fault(struct address_space *mapping, struct page *page,
			     gfp_t gfp)
{
	struct mem_cgroup *memcg;
	vm_fault_t ret;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return vmf_error(err);

	page->mapping = mapping;
	ret = tarn_map(mapping, page);
	if (ret)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return ret;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg); /* want: charge-outlives-abort "page is charged but not released on the path from this abort to line 53: the charge stays" */
	return ret;
}

static int tarn_add(struct address_space *mapping, struct page *page, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err) {
		err = -ENOSPC;
		goto put;
	}

	page->mapping = mapping;
	err = tarn_insert(mapping, page);
	if (err)
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return 0;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return err;
}

/* A count, which is returned when all went well, too: the call's result has no business in it. */
static int tarn_more(struct address_space *mapping, struct page *page, int done,
		     gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg))
		goto put;

	page->mapping = mapping;
	if (tarn_insert(mapping, page))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return done + 1;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return done;
}

/* The same with a count that is another one at the new place. */
static int tarn_next_more(struct address_space *mapping, struct page *page,
			  int done, gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg)) /* want: unknown-shape "what done has to hold when the call fails at its new place is not clear" */
		goto put;

	done++;
	page->mapping = mapping;
	if (tarn_insert(mapping, page))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, false);
	return done;

undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
put:
	put_page(page);
	return done;
}
