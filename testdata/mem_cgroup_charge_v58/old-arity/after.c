/* As it was up to 4.4: no compound argument, and an interrupted charge. */
static int reed_read_page(struct address_space *mapping, struct page *page,
			  pgoff_t index)
{
	int rc;

	rc = mem_cgroup_charge(page, current->mm, GFP_KERNEL);
	if (rc == -EINTR)
		return rc;
	if (rc)
		goto out;

	rc = reed_add(mapping, page, index);
	if (rc)
		goto out;

	unlock_page(page);
	return 0;

out:
	page_cache_release(page);
	return rc;
}
