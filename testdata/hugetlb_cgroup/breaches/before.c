/* What `balanced` has, each time with one bug. */
int example_lost(struct hstate *h, int idx)
{
	struct hugetlb_cgroup *h_cg;
	struct folio *folio;

	if (hugetlb_cgroup_charge_cgroup(idx, pages_per_huge_page(h), &h_cg)) /* want: transaction-left-open "the path that leaves at line 11 neither commits nor aborts folio" */
		return -ENOMEM;
	folio = example_take(h);
	if (!folio)
		return -ENOSPC;
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio);
	return 0;
}

int example_twice(struct hstate *h, int idx)
{
	struct hugetlb_cgroup *h_cg;
	struct folio *folio;
	int ret;

	ret = hugetlb_cgroup_charge_cgroup(idx, pages_per_huge_page(h), &h_cg);
	if (ret)
		return ret;
	folio = example_take(h);
	if (!folio) {
		hugetlb_cgroup_uncharge_cgroup(idx, pages_per_huge_page(h), h_cg);
		ret = -ENOSPC;
		goto out;
	}
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio);
	return 0;
out:
	hugetlb_cgroup_uncharge_cgroup(idx, pages_per_huge_page(h), h_cg); /* want: transaction-ended-twice "this abort also runs on a path that already aborted" */
	return ret;
}

/* One handle for two charges: the second overwrites what the first has left in it. */
int example_overwritten(struct hstate *h, int idx, bool reserve)
{
	struct hugetlb_cgroup *h_cg;
	struct folio *folio;
	int ret;

	if (reserve) {
		ret = hugetlb_cgroup_charge_cgroup_rsvd(idx, pages_per_huge_page(h), &h_cg); /* want: transaction-left-open "another begin overwrites h_cg at line 50" */
		if (ret)
			return ret;
	}
	ret = hugetlb_cgroup_charge_cgroup(idx, pages_per_huge_page(h), &h_cg);
	if (ret)
		goto out;
	folio = example_take(h);
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio);
	if (reserve)
		hugetlb_cgroup_commit_charge_rsvd(idx, pages_per_huge_page(h), h_cg, folio);
	return 0;
out:
	if (reserve)
		hugetlb_cgroup_uncharge_cgroup_rsvd(idx, pages_per_huge_page(h), h_cg);
	return ret;
}

/* The abort also runs where nothing was charged. */
int example_not_open(struct hstate *h, int idx)
{
	struct hugetlb_cgroup *h_cg = NULL;
	struct folio *folio = NULL;
	int ret;

	ret = hugetlb_cgroup_charge_cgroup(idx, pages_per_huge_page(h), &h_cg); /* want: transaction-not-open "also runs on a path where begin failed" */
	if (!ret)
		folio = example_take(h);
	if (!folio) {
		hugetlb_cgroup_uncharge_cgroup(idx, pages_per_huge_page(h), h_cg);
		return -ENOSPC;
	}
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio);
	return 0;
}

/* An ending of the other protocol ends nothing. */
int example_mixed(struct hstate *h, int idx)
{
	struct hugetlb_cgroup *h_cg;
	struct folio *folio;

	if (hugetlb_cgroup_charge_cgroup_rsvd(idx, pages_per_huge_page(h), &h_cg)) /* want: commit-elsewhere "nothing in this function commits or aborts h_cg" */
		return -ENOMEM;
	folio = example_take(h);
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio); /* want: commit-elsewhere "was not begun in this function" */
	return 0;
}
