/* The code is there before the call, and still there at its new place. */
static int reed_add_at_last(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int ret;

	ret = -ENOMEM;
	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg))
		goto out;

	get_page(page);
	page->mapping = mapping;

	ret = reed_insert(mapping, page);
	if (ret)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	ret = 0;
out:
	return ret;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	goto out;
}
