/* One transaction for each turn of an iterator macro. */
static int glade_fill_queue(struct mm_struct *mm, struct list_head *queue)
{
	struct glade_item *item, *next;
	int err = 0;

	list_for_each_entry_safe(item, next, queue, entry) {
		struct mem_cgroup *memcg;

		if (!item->page)
			continue;
		err = mem_cgroup_try_charge_delay(item->page, mm, GFP_KERNEL,
						  &memcg, false);
		if (err)
			break;
		if (glade_enter(queue)) {
			mem_cgroup_cancel_charge(item->page, memcg, false);
			put_page(item->page);
			list_del(&item->entry);
			continue;
		}
		mem_cgroup_commit_charge(item->page, memcg, false, false);
		item->wanted = false;
	}
	return err;
}
