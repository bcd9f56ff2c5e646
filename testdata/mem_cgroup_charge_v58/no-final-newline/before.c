/* The file ends without a newline. */
static int sedge_unload(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err = -EBUSY;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	if (sedge_record(page))
		goto cancel;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

drop:
	put_page(page);
	return err;

cancel:
	mem_cgroup_cancel_charge(page, memcg, false);
	goto drop;
}