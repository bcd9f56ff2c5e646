/*
 * Comments about the charge go with it; the others stay. This one speaks of
 * mem_cgroup_try_charge() and belongs to nobody.
 */
static int fen_publish(struct page *page, struct mm_struct *mm)
{
	int err; /* what came of it */

	/* Charge first: this may sleep. */
	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err; /* nothing to take back */

	err = fen_link(page);
	if (err) {
		/* Drop the reference that the caller left us. */
		put_page(page);
		return err;
	}

	/* Now it may be found. */
	fen_expose(page);
	return 0;
}

static int fen_publish_again(struct page *page, struct mm_struct *mm, bool late)
{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM; /* try later */
	/* Late pages do not count. */
	if (late) {
		fen_blame(page);
		goto out;
	}
	/* Anyone may look now. */
	fen_expose(page);
	return 0;
out:
	/* Nobody has seen it: take the page off the list. */
	fen_unlink(page);
	put_page(page);
	return -EAGAIN;
}
