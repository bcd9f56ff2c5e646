/* Of three labels only the one for the same state will do. */
static int reed_add_sorted(struct reed_tree *tree, struct page *page, gfp_t gfp)
{
	int err;

	get_page(page);
	page->mapping = tree->mapping;

	err = mem_cgroup_charge(page, current->mm, gfp, false);
	if (err)
		goto undo;

	err = reed_reserve(tree, page);
	if (err)
		goto undo;

	spin_lock(&tree->lock);
	err = reed_check_order(tree, page);
	if (err)
		goto unlock;
	spin_unlock(&tree->lock);
	return 0;
unlock:
	spin_unlock(&tree->lock);
	reed_unreserve(tree, page);
undo:
	page->mapping = NULL;
	put_page(page);
	return err;
}
