/* A name in capitals that is tested by itself is no constant: calls may change it. */
static int heron_if_enabled(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	if (HERON_ENABLED && mem_cgroup_try_charge(page, mm, gfp, &memcg, false)) /* want: transaction-left-open "", transaction-left-open "", transaction-not-open "", transaction-not-open "" */
		return -ENOMEM;
	err = heron_attach(page);
	if (err) {
		if (HERON_ENABLED)
			mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}
	if (HERON_ENABLED)
		mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* The twin: one that a local is compared with is. */
static int heron_if_kind(struct page *page, struct mm_struct *mm, gfp_t gfp,
			 int kind)
{
	struct mem_cgroup *memcg;
	int err;

	if (kind == HERON_ENABLED &&
	    mem_cgroup_try_charge(page, mm, gfp, &memcg, false))
		return -ENOMEM;
	err = heron_attach(page);
	if (err) {
		if (kind == HERON_ENABLED)
			mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}
	if (kind == HERON_ENABLED)
		mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
