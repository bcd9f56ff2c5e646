/* The cleanup stands inline: it becomes a label that both failures use. */
static int loam_enter(struct page *page, struct address_space *mapping,
		      pgoff_t index, struct mm_struct *mm, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	unsigned long nr = hpage_nr_pages(page);
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge_delay(page, mm, gfp, &memcg, false); /* want: setup-not-undone "index" */
	if (error) {
		if (PageTransHuge(page))
			count_vm_event(THP_FILE_FALLBACK_CHARGE);
		return error;
	}

	page_ref_add(page, nr);
	page->mapping = mapping;
	page->index = index;

	do {
		xas_lock_irq(&xas);
		if (xas_load(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, page);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	if (xas_error(&xas)) {
		page->mapping = NULL;
		page_ref_sub(page, nr);
		mem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "page" */
		return xas_error(&xas);
	}

	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
