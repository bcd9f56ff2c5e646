/* A local handle is passed on; the callee commits where there is one. */
static void firth_enter(struct firth *firth, struct page *page, bool compound)
{
	firth->nr++;
	lru_cache_add(page);
}

int firth_charge(struct firth *firth, struct page *page, struct mm_struct *mm)
{
	bool compound = PageTransHuge(page);
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto out;
	err = firth_reserve(firth);
	if (err)
		goto out;
	firth_enter(firth, page, compound);
	return 0;
out:
	put_page(page);
	return err;
}

void firth_take(struct firth *firth, struct page *page)
{
	firth_enter(firth, page, false);
}
