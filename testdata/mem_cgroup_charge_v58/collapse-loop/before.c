/* An abort inside a retry loop, another at the roll-back, iterator macros. */
static void glade_collapse_file(struct mm_struct *mm, pgoff_t start,
				struct address_space *mapping,
				struct page **hpage, struct list_head *pagelist)
{
	XA_STATE(xas, &mapping->i_pages, start);
	struct page *page, *tmp, *new_page = *hpage;
	int result = SCAN_SUCCEED;
	struct mem_cgroup *memcg;

	if (unlikely(mem_cgroup_try_charge(new_page, mm, GFP_KERNEL, &memcg,
					   true))) {
		result = SCAN_CGROUP_CHARGE_FAIL;
		goto out;
	}

	do {
		xas_lock_irq(&xas);
		xas_create_range(&xas);
		if (!xas_error(&xas))
			break;
		xas_unlock_irq(&xas);
		if (!xas_nomem(&xas, GFP_KERNEL)) {
			mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
			result = SCAN_FAIL;
			goto out;
		}
	} while (1);

	xas_for_each(&xas, page, start + HPAGE_PMD_NR) {
		if (!trylock_page(page)) {
			result = SCAN_PAGE_LOCK;
			break;
		}
		list_add_tail(&page->lru, pagelist);
	}
	xas_unlock_irq(&xas);

	if (result == SCAN_SUCCEED) {
		list_for_each_entry_safe(page, tmp, pagelist, lru) {
			copy_highpage(new_page, page);
			list_del(&page->lru);
			put_page(page);
		}

		SetPageUptodate(new_page);
		mem_cgroup_commit_charge(new_page, memcg, false, true);
		lru_cache_add_file(new_page);
		count_memcg_events(memcg, THP_COLLAPSE_ALLOC, 1);
		*hpage = NULL;
	} else {
		/* Put everything back where it was. */
		list_for_each_entry_safe(page, tmp, pagelist, lru) {
			list_del(&page->lru);
			unlock_page(page);
		}

		mem_cgroup_cancel_charge(new_page, memcg, true); /* want: charge-outlives-abort "new_page" */
		new_page->mapping = NULL;
	}

	unlock_page(new_page);
out:
	glade_trace(mm, result);
}
