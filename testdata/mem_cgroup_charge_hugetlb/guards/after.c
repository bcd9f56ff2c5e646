/* The commit stands under a condition of its own, which the begin had too: it stays there. */
int example_guarded(struct hstate *h, bool charge, gfp_t gfp)
{
	struct folio *folio;

	folio = example_take(h);
	if (charge) {
		if (mem_cgroup_charge_hugetlb(folio, gfp)) {
			folio_put(folio);
			return -ENOMEM;
		}
	}
	return 0;
}

/* The guard of the commit asks for more than the result: it cannot go with it. */
int example_half_guarded(struct hstate *h, bool late, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;
	int ret;

	ret = mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h)); /* want: transaction-left-open "neither commits nor aborts" */
	if (ret == -ENOMEM) {
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	if (!ret && !late)
		mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}
