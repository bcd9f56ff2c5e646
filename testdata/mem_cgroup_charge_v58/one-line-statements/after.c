/* Statements that share a line: what stays keeps its place and its layout. */
static int moss_squeeze(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err) goto out;
	if (moss_link(page)) goto out;
	moss_pair(page, page);
	moss_link(page); if (mm) moss_link(page);
	return 0;
out:    put_page(page);
	return -EEXIST;
}

static int moss_squeeze_more(struct page *page, struct mm_struct *mm)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL)) return -ENOMEM;
	if (moss_link(page)) goto cancel;
	moss_pair(page, page);
	return 0;
cancel:
	put_page(page);
	return -EEXIST;
}
