/*
 * The handle is held from before the begin to every exit, some failures of the begin are none for the caller, and the
 * folio exists only behind the begin: the charge goes to where it was committed, and its failure frees the folio.
 */
struct folio *example_alloc(struct hstate *h, struct vm_area_struct *vma, unsigned long addr, gfp_t gfp)
{
	long needed;
	struct folio *folio;
	int charged;

	needed = example_needs(h, vma, addr);
	if (needed < 0)
		return ERR_PTR(-ENOMEM);

	spin_lock_irq(&h->lock);
	folio = dequeue_hugetlb_folio_vma(h, vma, addr, needed);
	spin_unlock_irq(&h->lock);
	if (!folio)
		goto out_end;

	hugetlb_set_folio_subpool(folio, h);
	example_settle(h, vma, addr);

	charged = mem_cgroup_charge_hugetlb(folio, gfp);
	if (charged == -ENOMEM) {
		folio_put(folio);
		return ERR_PTR(-ENOMEM);
	}

	return folio;

out_end:
	example_end(h, vma, addr);
	return ERR_PTR(-ENOSPC);
}

/* Both ends of the hold stand under the same test as the abort and the commit. */
int example_held_by_test(struct hstate *h, gfp_t gfp)
{
	struct folio *folio;
	int ret;

	folio = example_take(h);
	if (!folio)
		return -ENOSPC;
	ret = mem_cgroup_charge_hugetlb(folio, gfp);
	if (ret < 0) {
		folio_put(folio);
		return ret;
	}

	return 0;
}
