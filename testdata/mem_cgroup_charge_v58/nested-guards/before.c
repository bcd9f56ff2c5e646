/* A guard in a guard: both go when nothing is left inside. */
static int fen_share(struct page *page, struct mm_struct *mm, bool shared,
		     bool last)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	err = fen_link(page);
	if (err)
		goto out;

	if (shared) {
		if (last)
			mem_cgroup_commit_charge(page, memcg, false, false);
		else
			mem_cgroup_commit_charge(page, memcg, false, false);
	} else {
		mem_cgroup_commit_charge(page, memcg, false, false);
		fen_expose(page);
	}
	return 0;
out:
	if (shared) {
		mem_cgroup_cancel_charge(page, memcg, false);
	} else {
		mem_cgroup_cancel_charge(page, memcg, false);
	}
	put_page(page);
	return err;
}
