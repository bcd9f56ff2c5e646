/* Inline cleanup again, and the variable is there already. */
static int reed_add_locked(struct address_space *mapping, struct page *page,
			   gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = mapping;

	err = reed_insert(mapping, page);
	if (err) {
		page->mapping = NULL;
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}

	mem_cgroup_commit_charge(page, memcg, false);
	reed_show(page);
	return 0;
}
