/* The handle comes in as a parameter, or lives in a field. */
static void burrow_finish(struct page *page, struct mem_cgroup *memcg)
{
	lru_cache_add_anon(page);
	mem_cgroup_commit_charge(page, memcg, false, false); /* want: commit-elsewhere "memcg" */
}

static int burrow_start(struct page *page, struct crag_charge *charge)
{
	int err;

	err = mem_cgroup_try_charge(page, charge->mm, GFP_KERNEL, /* want: commit-elsewhere "memcg" */
				    &charge->memcg, false);
	if (err)
		put_page(page);
	return err;
}

/* The twin: begun and ended at home. */
static int burrow_at_home(struct page *page, struct crag_charge *charge)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, charge->mm, GFP_KERNEL, &memcg,
				    false);
	if (err) {
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
