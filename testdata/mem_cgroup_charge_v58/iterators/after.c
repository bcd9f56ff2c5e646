/* One transaction for each turn of an iterator macro. */
static int glade_fill_queue(struct mm_struct *mm, struct list_head *queue)
{
	struct glade_item *item, *next;
	int err = 0;

	list_for_each_entry_safe(item, next, queue, entry) {
		if (!item->page)
			continue;
		err = mem_cgroup_charge(item->page, mm, GFP_KERNEL);
		if (err)
			break;
		cgroup_throttle_swaprate(item->page, GFP_KERNEL);
		if (glade_enter(queue)) {
			put_page(item->page);
			list_del(&item->entry);
			continue;
		}
		item->wanted = false;
	}
	return err;
}
