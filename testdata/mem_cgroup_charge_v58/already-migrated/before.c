/* What a run leaves behind is nothing for the next one. */
static int ember_charge(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	cgroup_throttle_swaprate(page, gfp);

	if (ember_link(page)) {
		goto out;
	} else {
	}
	return 0;
out:
	put_page(page);
	return -EEXIST;
}

/* Other protocols of the same kind are not this one. */
static int ember_charge_huge(struct hstate *h, struct page *page, int idx)
{
	struct hugetlb_cgroup *h_cg;

	if (hugetlb_cgroup_charge_cgroup(idx, 1, &h_cg))
		return -ENOMEM;
	if (ember_link(page)) {
		hugetlb_cgroup_uncharge_cgroup(idx, 1, h_cg);
		return -EEXIST;
	}
	hugetlb_cgroup_commit_charge(idx, 1, h_cg, page);
	return 0;
}
