/* Begun for one page and ended for another. */
static int fen_replace(struct page *page, struct page *other,
		       struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: object-changes "page" */
		return -ENOMEM;
	if (fen_is_stale(page))
		page = other;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int fen_advance(struct fen_item *item, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(item->page, mm, GFP_KERNEL, &memcg, false)) /* want: object-changes "item" */
		return -ENOMEM;
	item = item->next;
	mem_cgroup_commit_charge(item->page, memcg, false, false);
	return 0;
}

/* The twin: the variable changes once all is over. */
static int fen_replace_late(struct page *page, struct page *other,
			    struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	page = other;
	put_page(page);
	return 0;
}
