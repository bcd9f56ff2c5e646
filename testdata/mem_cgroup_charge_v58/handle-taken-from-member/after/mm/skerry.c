/* Both ends are elsewhere: they take the handle from the member into locals. */
struct skerry {
	struct mm_struct *mm;
	struct page *page;
};

static void skerry_keep(struct skerry *skerry)
{
}

static void skerry_drop(struct skerry *skerry)
{
	skerry_forget(skerry);
}

static int skerry_charge(struct skerry *skerry)
{
	int ret;

	ret = mem_cgroup_charge(skerry->page, skerry->mm, GFP_KERNEL);
	if (ret)
		return ret;
	return skerry_wait(skerry);
}
