/* As it was up to 4.4: no compound argument, and an interrupted charge. */
static int reed_read_page(struct address_space *mapping, struct page *page,
			  pgoff_t index)
{
	struct mem_cgroup *memcg;
	int rc;

	rc = mem_cgroup_try_charge(page, current->mm, GFP_KERNEL, &memcg);
	if (rc == -EINTR)
		return rc;
	if (rc)
		goto out;

	rc = reed_add(mapping, page, index);
	if (rc)
		goto out_uncharge;

	mem_cgroup_commit_charge(page, memcg, false);
	unlock_page(page);
	return 0;

out_uncharge:
	mem_cgroup_cancel_charge(page, memcg);
out:
	page_cache_release(page);
	return rc;
}
