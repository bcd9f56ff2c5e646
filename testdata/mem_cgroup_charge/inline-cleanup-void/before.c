/* Without a value to return, and with an end that has no return. */
static void reed_add_silently(struct address_space *mapping, struct page *page,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg))
		return;

	get_page(page);
	page->mapping = mapping;

	if (reed_insert(mapping, page)) {
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return;
	}

	mem_cgroup_commit_charge(page, memcg, false);
	reed_show(page);
}
