/* The new call asks the folio for its size, and reads the mask where it stands. */
int example_other_size(struct hstate *h, long pages, gfp_t gfp)
{
	struct folio *folio;

	folio = example_take(h);
	if (mem_cgroup_charge_hugetlb(folio, gfp)) {
		folio_put(folio);
		return -ENOMEM;
	}

	return 0;
}

/* The size is the right one on one path only. */
int example_size_by_path(struct hstate *h, bool half, gfp_t gfp)
{
	struct folio *folio;

	folio = example_take(h);
	if (mem_cgroup_charge_hugetlb(folio, gfp)) {
		folio_put(folio);
		return -ENOMEM;
	}

	return 0;
}

int example_other_mask(struct hstate *h, gfp_t gfp)
{
	struct folio *folio;

	gfp &= ~__GFP_ZERO;
	folio = example_take(h);
	if (mem_cgroup_charge_hugetlb(folio, gfp)) {
		folio_put(folio);
		return -ENOMEM;
	}

	example_clear(folio, gfp);
	return 0;
}
