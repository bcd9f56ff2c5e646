/* The code is there before the call, and still there at its new place. */
static int reed_add_at_last(struct address_space *mapping, struct page *page,
			    gfp_t gfp)
{
	int ret;

	ret = -ENOMEM;

	get_page(page);
	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, false))
		goto undo;

	ret = reed_insert(mapping, page);
	if (ret)
		goto undo;
	ret = 0;
out:
	return ret;
undo:
	page->mapping = NULL;
	put_page(page);
	goto out;
}
