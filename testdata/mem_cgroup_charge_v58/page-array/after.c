/* An array of pages, each with its handle stashed in page_private. */
static int crag_split_copy(struct vm_area_struct *vma, struct page **pages,
			   int nr, unsigned long addr)
{
	struct mem_cgroup *memcg;
	int i;

	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, addr);
		if (unlikely(!pages[i] ||
			     mem_cgroup_try_charge_delay(pages[i], vma->vm_mm, /* want: handle-escapes "memcg = (void *)page_private(pages[i])" */
				     GFP_KERNEL, &memcg, false))) {
			if (pages[i])
				put_page(pages[i]);
			while (--i >= 0) {
				memcg = (void *)page_private(pages[i]);
				set_page_private(pages[i], 0);
				mem_cgroup_cancel_charge(pages[i], memcg,
							 false);
				put_page(pages[i]);
			}
			return -ENOMEM;
		}
		set_page_private(pages[i], (unsigned long)memcg);
	}

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		memcg = (void *)page_private(pages[i]);
		set_page_private(pages[i], 0);
		page_add_new_anon_rmap(pages[i], vma, addr, false);
		mem_cgroup_commit_charge(pages[i], memcg, false, false);
		lru_cache_add_active_or_unevictable(pages[i], vma);
	}
	return 0;
}
