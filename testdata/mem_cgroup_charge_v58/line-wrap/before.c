/* Far to the right the new calls need more than one line. */
static int glade_prefetch(struct glade_walk *walk, struct list_head *queue)
{
	struct glade_item *item;
	struct mem_cgroup *memcg;
	int err = 0;

	list_for_each_entry(item, queue, entry) {
		if (item->wanted) {
			if (item->page) {
				err = mem_cgroup_try_charge_delay(item->page,
						walk->vma->vm_mm,
						GFP_HIGHUSER_MOVABLE,
						&memcg, false);
				if (err)
					return err;
				mem_cgroup_commit_charge(item->page, memcg,
							 false, false);
			}
			glade_skip(item);
		}
	}
	return err;
}

static int glade_prefetch_one(struct glade_walk *walk, struct page *page)
{
	struct mem_cgroup *memcg;

	if (unlikely(!page || mem_cgroup_try_charge(page, walk->vma->vm_mm,
			GFP_KERNEL | __GFP_NOWARN,
			&memcg, false)))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* What fits on one line goes there. */
static int glade_prefetch_last(struct glade_walk *walk, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page,
				    walk->vma->vm_mm,
				    GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY,
				    &memcg,
				    false);
	if (err)
		return err;
	mem_cgroup_commit_charge(page,
				 memcg,
				 false,
				 false);
	return 0;
}
