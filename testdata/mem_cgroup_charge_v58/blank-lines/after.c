/* No blank line is doubled, and none is left at the edge of a block. */
static int hollow_spread(struct page *page, struct mm_struct *mm, bool wide)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;

	if (wide) {
		hollow_count(wide);
		return hollow_link(page);
	}

	if (hollow_link(page)) {
		hollow_count(wide);

		put_page(page);
	} else {
		lru_cache_add_anon(page);
		hollow_count(wide);
	}

	return 0;
}

static int hollow_spread_late(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);

	if (err)
		goto out;

	err = hollow_link(page);
	if (err)
		goto out;

	return 0;

out:
	put_page(page);

	return err;
}
