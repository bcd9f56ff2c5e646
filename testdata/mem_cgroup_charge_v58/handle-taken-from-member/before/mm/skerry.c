/* Both ends are elsewhere: they take the handle from the member into locals. */
struct skerry {
	struct mm_struct *mm;
	struct page *page;
	struct mem_cgroup *memcg;
};

static void skerry_keep(struct skerry *skerry)
{
	struct mem_cgroup *memcg = skerry->memcg;

	mem_cgroup_commit_charge(skerry->page, memcg, true, false); /* want: argument-dropped "lrucare `true`" */
	skerry->memcg = NULL;
}

static void skerry_drop(struct skerry *skerry)
{
	mem_cgroup_cancel_charge(skerry->page, skerry->memcg, false); /* want: charge-outlives-abort "skerry->page" */
	skerry_forget(skerry);
}

static int skerry_charge(struct skerry *skerry)
{
	struct mem_cgroup *memcg;
	int ret;

	ret = mem_cgroup_try_charge(skerry->page, skerry->mm, GFP_KERNEL,
				    &memcg, false);
	if (ret)
		return ret;
	skerry->memcg = memcg;
	return skerry_wait(skerry);
}
