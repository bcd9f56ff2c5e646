/* What becomes of the charge cannot be seen in the function. */
int example_stored(struct region *region, struct hstate *h, int idx)
{
	struct hugetlb_cgroup *h_cg;

	if (hugetlb_cgroup_charge_cgroup_rsvd(idx, pages_per_huge_page(h), &h_cg)) /* want: handle-escapes "used in a way that the pattern does not know: region_set_owner(region, h_cg)" */
		return -ENOMEM;
	region_set_owner(region, h_cg);
	if (!region_add(region)) {
		hugetlb_cgroup_uncharge_cgroup_rsvd(idx, pages_per_huge_page(h), h_cg);
		return -EBUSY;
	}
	return 0;
}
