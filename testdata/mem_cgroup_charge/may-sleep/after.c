/* Twins of may-sleep-in-atomic: here one may sleep, with a mutex held. */
static int reed_under_mutex(struct reed_tree *tree, struct page *page)
{
	int err;

	mutex_lock(&tree->mutex);

	get_page(page);
	page->mapping = tree->mapping;

	err = mem_cgroup_charge(page, current->mm, GFP_KERNEL, false);
	if (err)
		goto undo;

	err = reed_check_order(tree, page);
	if (err)
		goto undo;
	mutex_unlock(&tree->mutex);
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	mutex_unlock(&tree->mutex);
	return err;
}

/* The spinlock has been dropped by then. */
static int reed_after_spinlock(struct reed_tree *tree, struct page *page)
{
	bool sorted;
	int err;

	spin_lock(&tree->lock);
	sorted = tree->sorted;
	spin_unlock(&tree->lock);

	get_page(page);
	page->mapping = tree->mapping;

	err = mem_cgroup_charge(page, current->mm, GFP_KERNEL, false);
	if (err)
		goto undo;

	err = reed_insert_into(tree, page, sorted);
	if (err)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
