/* The success is what is tested: the throttling goes into its block. */
static int sedge_store_page(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int ret = -ENOMEM;

	if (!mem_cgroup_charge(page, mm, gfp)) {
		cgroup_throttle_swaprate(page, gfp);
		ret = sedge_record(page);
		if (!ret) {
			sedge_expose(page);
			return 0;
		}
	}
	put_page(page);
	return ret;
}

static void sedge_store_or_drop(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (!err)
		cgroup_throttle_swaprate(page, gfp);
	else
		put_page(page);
}

static int sedge_store_counted(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err == 0) {
		cgroup_throttle_swaprate(page, gfp);
		sedge_expose(page);
	}
	sedge_count(err);
	return err;
}
