/* A reference that is taken behind the abort is given up by the next release, the object by the one after it. */
static int heron_peek_and_drop(struct page *page, struct mm_struct *mm,
			       gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	err = heron_attach(page);
	if (err) {
		get_page(page);
		heron_note(page);
		put_page(page);
		put_page(page);
		return err;
	}
	return 0;
}

static int heron_peek_uncharged(struct page *page, struct mm_struct *mm,
				gfp_t gfp)
{
	int err;

	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	err = heron_attach(page);
	if (err) {
		get_page(page);
		mem_cgroup_uncharge(page);
		put_page(page);
		return err;
	}
	return 0;
}

/* A retry charges again what is charged still. */
static int heron_insert_again(struct page *page, struct mm_struct *mm,
			      gfp_t gfp)
{
	int err;

again:
	err = mem_cgroup_charge(page, mm, gfp);
	if (err)
		return err;
	err = heron_attach(page);
	if (err == -EAGAIN)
		goto again;
	if (err) {
		put_page(page);
		return err;
	}
	return 0;
}
