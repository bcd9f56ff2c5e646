/* Begin, commit and abort each stand under the same guard. */
int tarn_add_to_cache(struct page *page, struct address_space *mapping,
		      pgoff_t index, gfp_t gfp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	int huge = PageHuge(page);
	struct mem_cgroup *memcg;
	void *old;
	int err;

	VM_BUG_ON_PAGE(!PageLocked(page), page);

	if (!huge) {
		err = mem_cgroup_try_charge(page, current->mm,
					    gfp, &memcg, false);
		if (err)
			return err;
	}

	get_page(page);
	page->mapping = mapping;
	page->index = index;

	do {
		xas_lock_irq(&xas);
		old = xas_load(&xas);
		if (old)
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, page);
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	if (xas_error(&xas))
		goto undo;

	if (!huge)
		mem_cgroup_commit_charge(page, memcg, false, false);
	tarn_note_insertion(mapping, page);
	return 0;
undo:
	page->mapping = NULL;
	/* Keep page->index: whoever cuts the file short looks at it. */
	if (!huge)
		mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return xas_error(&xas);
}
