/* What cannot be put where the commit stood: each function lacks one thing that `plain-result` has. */
int example_under_lock(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: may-sleep-in-atomic "runs with spin_lock_irq() held" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	spin_lock_irq(&h->lock);
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	spin_unlock_irq(&h->lock);
	mem_cgroup_put(memcg);
	return 0;
}

/* One exit keeps the handle: a new call that gives it up by itself would mend that in silence. */
int example_keeps_handle(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) /* want: handle-escapes "exactly once on every path" */
		return -ENOMEM;
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* The group of a parent is charged, and the new call would charge that of current. */
int example_other_group(struct hstate *h, struct mem_cgroup *parent, gfp_t gfp)
{
	struct mem_cgroup *memcg = example_first_child(parent);
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: handle-escapes "not declared in this function" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

int example_two_commits(struct hstate *h, bool fresh, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: unknown-shape "one commit is wanted, not 2" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	if (fresh)
		mem_cgroup_commit_charge(folio, memcg);
	else
		mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* The caller is told how the begin went: on the way out by `out` nobody has begun any more. */
int example_result_read(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;
	int ret;

	ret = mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h)); /* want: unknown-shape "ret holds the result of the begin and is read on a path" */
	if (ret == -ENOMEM) {
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	if (!folio) {
		if (!ret)
			mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
		mem_cgroup_put(memcg);
		return ret;
	}
	if (!ret)
		mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* The failure branch frees what the way to the commit has freed. */
int example_freed_between(struct hstate *h, struct request *request, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: no-cleanup "`kfree(request)` runs, which at the new place has run already" */
		kfree(request);
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	kfree(request);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* What the failure branch returns is another value by then. */
int example_value_changes(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;
	int code = -EBUSY;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: no-cleanup "reads code, which is changed before the new place" */
		mem_cgroup_put(memcg);
		return code;
	}
	code = example_find(h);
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return code;
}

int example_in_loop(struct hstate *h, int count, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: unknown-shape "inside a loop or switch that the begin is not part of" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	while (count--) {
		folio = example_take(h);
		if (!folio)
			continue;
		mem_cgroup_commit_charge(folio, memcg);
		mem_cgroup_put(memcg);
		return 0;
	}
	mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
	mem_cgroup_put(memcg);
	return -ENOSPC;
}

/* The cleanup frees what is there: nothing at the begin, the folio at the new place, where it is given up already. */
int example_frees_if_there(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio = NULL;
	int ret;

	ret = mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h)); /* want: no-cleanup "reads folio, which is changed before the new place" */
	if (ret)
		goto out;
	folio = example_take(h);
	ret = example_fill(folio);
	if (ret) {
		mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
		goto out;
	}
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
out:
	if (folio)
		folio_put(folio);
	mem_cgroup_put(memcg);
	return ret;
}

/* The same through memory. */
int example_frees_member(struct hstate *h, struct request *request, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: no-cleanup "reads request->buffer, which is changed before the new place" */
		kfree(request->buffer);
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	request->buffer = example_map(h);
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* The failure branch does not know of a lock that is taken behind the begin. */
int example_still_locked(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: no-cleanup "`mutex_lock(&h->resize_lock)` is not given up before the new place" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	mutex_lock(&h->resize_lock);
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mutex_unlock(&h->resize_lock);
	mem_cgroup_put(memcg);
	return 0;
}
