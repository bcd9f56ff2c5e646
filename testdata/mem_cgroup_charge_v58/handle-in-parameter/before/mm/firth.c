/* A local handle is passed on; the callee commits where there is one. */
static void firth_enter(struct firth *firth, struct page *page,
			struct mem_cgroup *memcg, bool compound)
{
	firth->nr++;
	if (memcg)
		mem_cgroup_commit_charge(page, memcg, false, compound);
	lru_cache_add(page);
}

int firth_charge(struct firth *firth, struct page *page, struct mm_struct *mm)
{
	bool compound = PageTransHuge(page);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, compound);
	if (err)
		goto out;
	err = firth_reserve(firth);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, compound);
		goto out;
	}
	firth_enter(firth, page, memcg, compound);
	return 0;
out:
	put_page(page);
	return err;
}

void firth_take(struct firth *firth, struct page *page)
{
	firth_enter(firth, page, NULL, false);
}
