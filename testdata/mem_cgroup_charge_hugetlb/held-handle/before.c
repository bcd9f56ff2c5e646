/*
 * The handle is held from before the begin to every exit, some failures of the begin are none for the caller, and the
 * folio exists only behind the begin: the charge goes to where it was committed, and its failure frees the folio.
 */
struct folio *example_alloc(struct hstate *h, struct vm_area_struct *vma, unsigned long addr, gfp_t gfp)
{
	long needed, nr_pages = pages_per_huge_page(h);
	struct mem_cgroup *memcg;
	struct folio *folio;
	int charged;

	memcg = get_mem_cgroup_from_current();
	charged = mem_cgroup_hugetlb_try_charge(memcg, gfp, nr_pages); /* want: failure-order-changed "dequeue_hugetlb_folio_vma(h, vma, addr, needed) can fail at line 28 and now comes before the charge: where both would fail, its error is returned (-ENOSPC, no longer -ENOMEM)", setup-not-undone "`example_needs(h, vma, addr)`, `example_settle(h, vma, addr)` run" */
	if (charged == -ENOMEM) {
		mem_cgroup_put(memcg);
		return ERR_PTR(-ENOMEM);
	}

	needed = example_needs(h, vma, addr);
	if (needed < 0) {
		if (!charged)
			mem_cgroup_cancel_charge(memcg, nr_pages);
		mem_cgroup_put(memcg);
		return ERR_PTR(-ENOMEM);
	}

	spin_lock_irq(&h->lock);
	folio = dequeue_hugetlb_folio_vma(h, vma, addr, needed);
	spin_unlock_irq(&h->lock);
	if (!folio)
		goto out_end;

	hugetlb_set_folio_subpool(folio, h);
	example_settle(h, vma, addr);

	if (!charged)
		mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);

	return folio;

out_end:
	example_end(h, vma, addr);
	if (!charged)
		mem_cgroup_cancel_charge(memcg, nr_pages);
	mem_cgroup_put(memcg);
	return ERR_PTR(-ENOSPC);
}

/* Both ends of the hold stand under the same test as the abort and the commit. */
int example_held_by_test(struct hstate *h, gfp_t gfp)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	struct folio *folio;
	int ret;

	ret = mem_cgroup_hugetlb_try_charge(memcg, gfp, pages_per_huge_page(h)); /* want: failure-order-changed "example_take(h) can fail", setup-not-undone "`example_take(h)` runs" */
	if (ret < 0) {
		mem_cgroup_put(memcg);
		return ret;
	}
	folio = example_take(h);
	if (!folio) {
		if (!ret) {
			mem_cgroup_cancel_charge(memcg, pages_per_huge_page(h));
			mem_cgroup_put(memcg);
		}
		return -ENOSPC;
	}
	if (!ret) {
		mem_cgroup_commit_charge(folio, memcg);
		mem_cgroup_put(memcg);
	}
	return 0;
}
