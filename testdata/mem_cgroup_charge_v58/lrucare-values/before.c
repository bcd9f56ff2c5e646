/* Which values of lrucare may be dropped without a word. */
static int tarn_add(struct page *page, struct mm_struct *mm, bool file)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	if (file)
		mem_cgroup_commit_charge(page, memcg, false);
	else
		mem_cgroup_commit_charge(page, memcg, 0);
	return 0;
}

static int tarn_add_known(struct page *page, struct mm_struct *mm, bool on_lru)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	if (page->mapping) {
		mem_cgroup_commit_charge(page, memcg, PageLRU(page)); /* want: argument-dropped "PageLRU" */
		return 0;
	}
	mem_cgroup_commit_charge(page, memcg, on_lru); /* want: argument-dropped "on_lru" */
	activate_page(page);
	return 0;
}

static int tarn_add_again(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, 1); /* want: argument-dropped "lrucare" */
	return 0;
}
