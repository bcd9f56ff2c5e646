/* Every error of the begin is a failure, its test jumps to a label, and the handle is come by where it is declared. */
struct folio *example_get(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;
	int ret;

	ret = mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h)); /* want: failure-order-changed "example_alloc_fresh(h, gfp) can fail", setup-not-undone "example_alloc_fresh(h, gfp)" */
	if (ret)
		goto out;

	folio = example_alloc_fresh(h, gfp);
	if (!folio) {
		ret = -ENOSPC;
		goto out_cancel;
	}
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return folio;

out_cancel:
	mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
out:
	mem_cgroup_put(memcg);
	return ERR_PTR(ret);
}

/* Tested in place: there is no variable that holds the result. */
int example_fill(struct hstate *h, struct folio **filled, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: failure-order-changed "alloc_buddy_hugetlb_folio_with_mpol(h, NULL, 0) can fail" */
		/* Nothing to be had in this group. */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = alloc_buddy_hugetlb_folio_with_mpol(h, NULL, 0);
	if (!folio) {
		mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
		mem_cgroup_put(memcg);
		return -ENOSPC;
	}
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	*filled = folio;
	return 0;
}
