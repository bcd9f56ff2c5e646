/* The new call asks the folio for its size, and reads the mask where it stands. */
int example_other_size(struct hstate *h, long pages, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages)) { /* want: argument-dropped "nr_pages `pages`", setup-not-undone "example_take(h)" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

/* The size is the right one on one path only. */
int example_size_by_path(struct hstate *h, bool half, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	long pages = pages_per_huge_page(h);
	struct folio *folio;

	if (half)
		pages = 1;
	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages)) { /* want: argument-dropped "nr_pages `pages`", setup-not-undone "example_take(h)" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return 0;
}

int example_other_mask(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;

	if (mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h))) { /* want: argument-drift "gfp `gfp` is changed at line 45", setup-not-undone "example_take(h)" */
		mem_cgroup_put(memcg);
		return -ENOMEM;
	}
	gfp &= ~__GFP_ZERO;
	folio = example_take(h);
	mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	example_clear(folio, gfp);
	return 0;
}
