/* Which values of lrucare may be dropped without a word. */
static int tarn_add(struct page *page, struct mm_struct *mm, bool file)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}

static int tarn_add_known(struct page *page, struct mm_struct *mm, bool on_lru)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	if (page->mapping)
		return 0;
	activate_page(page);
	return 0;
}

static int tarn_add_again(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return 0;
}
