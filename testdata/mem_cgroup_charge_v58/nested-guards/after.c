/* A guard in a guard: both go when nothing is left inside. */
static int fen_share(struct page *page, struct mm_struct *mm, bool shared,
		     bool last)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;

	err = fen_link(page);
	if (err)
		goto out;

	if (!shared)
		fen_expose(page);
	return 0;
out:
	put_page(page);
	return err;
}
