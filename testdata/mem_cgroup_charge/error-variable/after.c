/* There is no variable for the code yet. */
static int reed_add_at(struct address_space *mapping, struct page *page,
		       pgoff_t index, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	int error;

	get_page(page);
	page->mapping = mapping;

	if (mem_cgroup_charge(page, current->mm, gfp, true)) {
		error = -ENOMEM;
		goto undo;
	}

	xas_lock_irq(&xas);
	xas_store(&xas, page);
	xas_unlock_irq(&xas);
	if (xas_error(&xas)) {
		error = xas_error(&xas);
		goto undo;
	}

	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return error;
}
