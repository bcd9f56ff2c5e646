/* No blank line is left before a brace that comes with the deletion, nor behind a label or the last statement. */
static int heron_nested(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	if (mem_cgroup_charge(page, mm, gfp))
		return -ENOMEM;
	if (gfp) {
		if (mm)
			heron_note(page);
	} else
		heron_trace(gfp);
	put_page(page);
	return 0;
}

static int heron_labelled(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		goto out;
	err = heron_attach(page);
	if (err)
		goto undo;
	return 0;
undo:
	put_page(page);
out:
	return err;
}
