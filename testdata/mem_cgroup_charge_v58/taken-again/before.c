/* A reference that is taken behind the abort is given up by the next release, the object by the one after it. */
static int heron_peek_and_drop(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
	err = heron_attach(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		get_page(page);
		heron_note(page);
		put_page(page);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

static int heron_peek_uncharged(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
	err = heron_attach(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		get_page(page);
		mem_cgroup_uncharge(page);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

/* A retry charges again what is charged still. */
static int heron_insert_again(struct page *page, struct mm_struct *mm,
			      gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

again:
	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		return err;
	err = heron_attach(page);
	if (err == -EAGAIN) {
		mem_cgroup_cancel_charge(page, memcg, false); /* want: charge-outlives-abort "to line 53, where it is charged a second time" */
		goto again;
	}
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
