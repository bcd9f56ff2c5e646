/* There is no variable for the code yet. */
static int reed_add_at(struct address_space *mapping, struct page *page,
		       pgoff_t index, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, current->mm, gfp, &memcg, false))
		return -ENOMEM;

	get_page(page);
	page->mapping = mapping;

	xas_lock_irq(&xas);
	xas_store(&xas, page);
	xas_unlock_irq(&xas);
	if (xas_error(&xas))
		goto undo;

	mem_cgroup_commit_charge(page, memcg, true, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return xas_error(&xas);
}
