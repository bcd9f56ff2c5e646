/* The result is compared with zero in several ways. */
int moss_adopt_pair(struct page *page, struct page *spare, struct mm_struct *mm)
{
	int err;

	if (mem_cgroup_charge(page, mm, GFP_KERNEL) < 0)
		return -ENOMEM;

	err = mem_cgroup_charge(spare, mm, GFP_NOWAIT);
	if (err < 0) {
		put_page(page);
		return err;
	}

	moss_pair(page, spare);
	return 0;
}

int moss_adopt_single(struct page *page, struct mm_struct *mm)
{
	if (0 != mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	moss_pair(page, page);
	return 0;
}
