/* No blank line is doubled, and none is left at the edge of a block. */
static int hollow_spread(struct page *page, struct mm_struct *mm, bool wide)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;

	if (wide) {
		mem_cgroup_commit_charge(page, memcg, false, false);

		hollow_count(wide);
		return hollow_link(page);
	}

	if (hollow_link(page)) {
		hollow_count(wide);

		mem_cgroup_cancel_charge(page, memcg, false);

		put_page(page);
	} else {
		lru_cache_add_anon(page);
		hollow_count(wide);

		mem_cgroup_commit_charge(page, memcg, false, false);
	}

	return 0;
}

static int hollow_spread_late(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);

	if (err)
		goto out;

	err = hollow_link(page);
	if (err)
		goto out_cancel;

	mem_cgroup_commit_charge(page, memcg, false, false);

	return 0;

out_cancel:
	mem_cgroup_cancel_charge(page, memcg, false);

out:
	put_page(page);

	return err;
}
