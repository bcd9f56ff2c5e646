/* Of three labels only the one for the same state will do. */
static int reed_add_sorted(struct reed_tree *tree, struct page *page, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (err)
		return err;

	get_page(page);
	page->mapping = tree->mapping;

	err = reed_reserve(tree, page);
	if (err)
		goto undo;

	spin_lock(&tree->lock);
	err = reed_check_order(tree, page);
	if (err)
		goto unlock;
	mem_cgroup_commit_charge(page, memcg, false);
	spin_unlock(&tree->lock);
	return 0;
unlock:
	spin_unlock(&tree->lock);
	reed_unreserve(tree, page);
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return err;
}
