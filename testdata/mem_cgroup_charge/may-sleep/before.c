/* Twins of may-sleep-in-atomic: here one may sleep, with a mutex held. */
static int reed_under_mutex(struct reed_tree *tree, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	mutex_lock(&tree->mutex);
	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg);
	if (err)
		goto unlock;

	get_page(page);
	page->mapping = tree->mapping;

	err = reed_check_order(tree, page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	mutex_unlock(&tree->mutex);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
unlock:
	mutex_unlock(&tree->mutex);
	return err;
}

/* The spinlock has been dropped by then. */
static int reed_after_spinlock(struct reed_tree *tree, struct page *page)
{
	struct mem_cgroup *memcg;
	bool sorted;
	int err;

	spin_lock(&tree->lock);
	sorted = tree->sorted;
	spin_unlock(&tree->lock);

	err = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = tree->mapping;

	err = reed_insert_into(tree, page, sorted);
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
