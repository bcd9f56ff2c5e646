/* Macros that jump, or that use the handle, are not seen through. */
#define FEN_BAIL goto cancel
#define FEN_STASH(page) fen_stash(page, memcg)

static int fen_bail(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false)) /* want: macro "cancel", macro "memcg" */
		return -ENOMEM;
	if (fen_link(page))
		goto cancel;
	if (fen_mark(page))
		FEN_BAIL;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return -EEXIST;
}

static int fen_check(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *handle;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &handle, false))
		return -ENOMEM;
	FEN_CHECK(fen_link(page), failed); /* want: unknown-shape "label failed" */
	mem_cgroup_commit_charge(page, handle, false, false);
	return 0;
failed:
	mem_cgroup_cancel_charge(page, handle, false);
	put_page(page);
	return -EEXIST;
}
