/* Released on one path only, and released on all of them. */
static int moss_try_link(struct page *page, struct mm_struct *mm, bool owned)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;
	err = moss_link(page);
	if (err) {
		if (owned)
			put_page(page);
		return err;
	}
	return 0;
}

static int moss_link_or_free(struct page *page, struct mm_struct *mm, int kind)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;
	err = moss_link(page);
	if (err) {
		unlock_page(page);
		if (kind == 1)
			putback_lru_page(page);
		else if (kind == 2)
			free_page_and_swap_cache(page);
		else
			__free_page(page);
		return err;
	}
	return 0;
}

/* Another page is released: not this one. */
static int moss_link_instead(struct page *page, struct page *old,
			     struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	if (moss_link(page)) {
		put_page(old);
		return -EEXIST;
	}
	return 0;
}
