/* Released on one path only, and released on all of them. */
static int moss_try_link(struct page *page, struct mm_struct *mm, bool owned)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;
	err = moss_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "page" */
		if (owned)
			put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int moss_link_or_free(struct page *page, struct mm_struct *mm, int kind)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;
	err = moss_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		unlock_page(page);
		if (kind == 1)
			putback_lru_page(page);
		else if (kind == 2)
			free_page_and_swap_cache(page);
		else
			__free_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* Another page is released: not this one. */
static int moss_link_instead(struct page *page, struct page *old,
			     struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (moss_link(page)) {
		mem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "page" */
		put_page(old);
		return -EEXIST;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
