/* No blank line is left before a brace that comes with the deletion, nor behind a label or the last statement. */
static int heron_nested(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, gfp, &memcg, false))
		return -ENOMEM;
	if (gfp)
		if (mm) {
			heron_note(page);

			if (gfp & 1)
				mem_cgroup_commit_charge(page, memcg, false, false);
			else
				mem_cgroup_commit_charge(page, memcg, false, false);
		} else
			mem_cgroup_commit_charge(page, memcg, false, false);
	else {
		heron_trace(gfp);

		if (mm)
			mem_cgroup_commit_charge(page, memcg, false, false);
		else
			mem_cgroup_commit_charge(page, memcg, false, false);
	}
	put_page(page);
	return 0;
}

static int heron_labelled(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto out;
	err = heron_attach(page);
	if (err)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
undo:
	mem_cgroup_cancel_charge(page, memcg, false);

	put_page(page);
out:
	return err;
}
