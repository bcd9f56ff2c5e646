/* Statements that share a line: what stays keeps its place and its layout. */
static int moss_squeeze(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *cg; int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &cg);
	if (err) goto out;
	if (moss_link(page)) { mem_cgroup_cancel_charge(page, cg); goto out; }
	mem_cgroup_commit_charge(page, cg, false); moss_pair(page, page);
	moss_link(page); if (mm) moss_link(page);
	return 0;
out:    put_page(page);
	return -EEXIST;
}

static int moss_squeeze_more(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)) return -ENOMEM;
	if (moss_link(page)) goto cancel;
	moss_pair(page, page); mem_cgroup_commit_charge(page, memcg, false);
	return 0;
cancel: mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return -EEXIST;
}
