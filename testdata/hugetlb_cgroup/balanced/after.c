/* Both charges end on every path: the guarded one under the same guard. Nothing is to be said, and nothing is changed. */
int example_fault(struct hstate *h, int idx, bool reserve, struct folio **found)
{
	struct hugetlb_cgroup *reserved = NULL;
	struct hugetlb_cgroup *h_cg = NULL;
	struct folio *folio;
	int ret;

	if (reserve) {
		ret = hugetlb_cgroup_charge_cgroup_rsvd(idx, pages_per_huge_page(h), &reserved);
		if (ret)
			return ret;
	}
	ret = hugetlb_cgroup_charge_cgroup(idx, pages_per_huge_page(h), &h_cg);
	if (ret)
		goto out_reserved;

	folio = example_take(h);
	if (!folio) {
		ret = -ENOSPC;
		goto out_charged;
	}
	hugetlb_cgroup_commit_charge(idx, pages_per_huge_page(h), h_cg, folio);
	if (reserve)
		hugetlb_cgroup_commit_charge_rsvd(idx, pages_per_huge_page(h), reserved, folio);
	*found = folio;
	return 0;

out_charged:
	hugetlb_cgroup_uncharge_cgroup(idx, pages_per_huge_page(h), h_cg);
out_reserved:
	if (reserve)
		hugetlb_cgroup_uncharge_cgroup_rsvd(idx, pages_per_huge_page(h), reserved);
	return ret;
}
