/* The mapping is set where nobody may sleep. */
static int reed_under_spinlock(struct reed_tree *tree, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: may-sleep-in-atomic "spin_lock" */
	if (err)
		return err;

	spin_lock(&tree->lock);
	get_page(page);
	page->mapping = tree->mapping;
	err = reed_check_order(tree, page);
	if (err)
		goto undo;
	spin_unlock(&tree->lock);
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	spin_unlock(&tree->lock);
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

/* The reverse map sets it, under the lock of the page table. */
static int reed_under_pte_lock(struct vm_area_struct *vma, pmd_t *pmd,
			       unsigned long addr, struct page *page)
{
	struct mm_struct *mm = vma->vm_mm;
	struct mem_cgroup *memcg;
	spinlock_t *ptl;
	pte_t *pte;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: may-sleep-in-atomic "pte_offset_map_lock" */
		goto out;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte_none(*pte))
		goto unlock;
	page_add_new_anon_rmap(page, vma, addr, false);
	mem_cgroup_commit_charge(page, memcg, false, false);
	set_pte_at(mm, addr, pte, mk_pte(page, vma->vm_page_prot));
	pte_unmap_unlock(pte, ptl);
	return 0;
unlock:
	pte_unmap_unlock(pte, ptl);
	mem_cgroup_cancel_charge(page, memcg, false);
out:
	put_page(page);
	return -EAGAIN;
}

static int reed_under_rcu(struct reed_tree *tree, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: may-sleep-in-atomic "rcu_read_lock" */
	if (err)
		return err;

	rcu_read_lock();
	get_page(page);
	page->mapping = tree->mapping;
	err = reed_check_order(tree, page);
	rcu_read_unlock();
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

static int reed_without_interrupts(struct reed_tree *tree, struct page *page)
{
	struct mem_cgroup *memcg;
	unsigned long flags;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: may-sleep-in-atomic "local_irq_save" */
	if (err)
		return err;

	local_irq_save(flags);
	get_page(page);
	page->mapping = tree->mapping;
	err = reed_check_order(tree, page);
	local_irq_restore(flags);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}

static int reed_under_xa_lock(struct address_space *mapping, struct page *page)
{
	XA_STATE(xas, &mapping->i_pages, page->index);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg); /* want: may-sleep-in-atomic "xas_lock_irq" */
	if (err)
		return err;

	xas_lock_irq(&xas);
	get_page(page);
	page->mapping = mapping;
	xas_store(&xas, page);
	xas_unlock_irq(&xas);
	if (xas_error(&xas))
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return xas_error(&xas);
}
