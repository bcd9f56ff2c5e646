/* Far to the right the new calls need more than one line. */
static int glade_prefetch(struct glade_walk *walk, struct list_head *queue)
{
	struct glade_item *item;
	int err = 0;

	list_for_each_entry(item, queue, entry) {
		if (item->wanted) {
			if (item->page) {
				err = mem_cgroup_charge(item->page,
							walk->vma->vm_mm,
							GFP_HIGHUSER_MOVABLE);
				if (err)
					return err;
				cgroup_throttle_swaprate(item->page,
							 GFP_HIGHUSER_MOVABLE);
			}
			glade_skip(item);
		}
	}
	return err;
}

static int glade_prefetch_one(struct glade_walk *walk, struct page *page)
{
	if (unlikely(!page || mem_cgroup_charge(page, walk->vma->vm_mm,
						GFP_KERNEL | __GFP_NOWARN)))
		return -ENOMEM;
	return 0;
}

/* What fits on one line goes there. */
static int glade_prefetch_last(struct glade_walk *walk, struct page *page)
{
	int err;

	err = mem_cgroup_charge(page, walk->vma->vm_mm,
				GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY);
	if (err)
		return err;
	return 0;
}
