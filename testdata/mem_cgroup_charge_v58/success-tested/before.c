/* The success is what is tested: the throttling goes into its block. */
static int sedge_store_page(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int ret = -ENOMEM;

	if (!mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false)) {
		ret = sedge_record(page);
		if (!ret) {
			mem_cgroup_commit_charge(page, memcg, false, false);
			sedge_expose(page);
			return 0;
		}
		mem_cgroup_cancel_charge(page, memcg, false);
	}
	put_page(page);
	return ret;
}

static void sedge_store_or_drop(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false);
	if (!err)
		mem_cgroup_commit_charge(page, memcg, false, false);
	else
		put_page(page);
}

static int sedge_store_counted(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false);
	if (err == 0) {
		mem_cgroup_commit_charge(page, memcg, false, false);
		sedge_expose(page);
	}
	sedge_count(err);
	return err;
}
