/* Every error of the begin is a failure, its test jumps to a label, and the handle is come by where it is declared. */
struct folio *example_get(struct hstate *h, gfp_t gfp)
{
	struct folio *folio;
	int ret;

	folio = example_alloc_fresh(h, gfp);
	if (!folio) {
		ret = -ENOSPC;
		goto out;
	}
	ret = mem_cgroup_charge_hugetlb(folio, gfp);
	if (ret) {
		folio_put(folio);
		goto out;
	}

	return folio;

out:
	return ERR_PTR(ret);
}

/* Tested in place: there is no variable that holds the result. */
int example_fill(struct hstate *h, struct folio **filled, gfp_t gfp)
{
	struct folio *folio;

	folio = alloc_buddy_hugetlb_folio_with_mpol(h, NULL, 0);
	if (!folio)
		return -ENOSPC;
	if (mem_cgroup_charge_hugetlb(folio, gfp)) {
		/* Nothing to be had in this group. */
		folio_put(folio);
		return -ENOMEM;
	}

	*filled = folio;
	return 0;
}
