/* The cleanup stands inline: it becomes a label that both failures use. */
static int loam_enter(struct page *page, struct address_space *mapping,
		      pgoff_t index, struct mm_struct *mm, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	unsigned long nr = hpage_nr_pages(page);
	int error;

	page_ref_add(page, nr);
	page->mapping = mapping;
	page->index = index;

	error = mem_cgroup_charge(page, mm, gfp, false); /* want: setup-not-undone "index" */
	if (error) {
		if (PageTransHuge(page))
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		goto error;
	}
	cgroup_throttle_swaprate(page, gfp);

	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, page);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	if (xas_error(&xas)) {
		error = xas_error(&xas);
		goto error;
	}

	return 0;
error:
	page->mapping = NULL;
	page_ref_sub(page, nr);
	return error;
}
