/*
 * Comments about the charge go with it; the others stay. This one speaks of
 * mem_cgroup_try_charge() and belongs to nobody.
 */
static int fen_publish(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg; /* who pays */
	int err; /* what came of it */

	/* Charge first: this may sleep. */
	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg,
				    false /* not compound */);
	if (err)
		return err; /* nothing to take back */

	err = fen_link(page);
	if (err) {
		/* Give the charge back. */
		mem_cgroup_cancel_charge(page, memcg, false);
		/* Drop the reference that the caller left us. */
		put_page(page);
		return err;
	}

	/*
	 * Commit the charge while nobody else can see the page.
	 */
	mem_cgroup_commit_charge(page, memcg, false, false); /* cannot fail */

	/* Now it may be found. */
	fen_expose(page);
	return 0;
}

static int fen_publish_again(struct page *page, struct mm_struct *mm, bool late)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM; /* try later */
	/* Late pages do not count. */
	if (late) {
		fen_blame(page);
		goto out;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	/* Anyone may look now. */
	fen_expose(page);
	return 0;
out:
	/* Nobody has seen it: take the page off the list. */
	mem_cgroup_cancel_charge(page, memcg, false);
	fen_unlink(page);
	put_page(page);
	return -EAGAIN;
}
