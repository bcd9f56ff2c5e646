/* Two pages, two handles in one declaration, three labels that become one. */
static int ridge_exchange(struct mm_struct *mm, struct page *from,
			  struct page *to)
{
	int err;

	err = mem_cgroup_charge(from, mm, GFP_KERNEL);
	if (err)
		goto out;
	err = mem_cgroup_charge(to, mm, GFP_KERNEL);
	if (err)
		goto out;

	err = ridge_swap(from, to);
	if (err)
		goto out;

	return 0;
out:
	put_page(to);
	put_page(from);
	return err;
}

/* One handle for two pages, one after the other. */
static int ridge_queue(struct mm_struct *mm, struct page *first,
		       struct page *second)
{
	int err;

	err = mem_cgroup_charge(first, mm, GFP_KERNEL);
	if (err)
		return err;

	err = mem_cgroup_charge(second, mm, GFP_KERNEL);
	if (err)
		return err;
	err = ridge_swap(first, second);
	if (err)
		put_page(second);
	return err;
}
