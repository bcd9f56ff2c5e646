/* The handle shares its declaration with others. */
static int hollow_first(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg, *parent;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	parent = hollow_parent(page);
	return hollow_visit(parent);
}

static int hollow_last(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *root = hollow_parent(page), *memcg = NULL;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return hollow_visit(root);
}

static int hollow_middle(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *root, *memcg, *leaf;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	root = hollow_parent(page);
	leaf = root;
	return hollow_visit(leaf);
}

/* In a block of its own. */
static int hollow_inner(struct page *page, struct mm_struct *mm)
{
	int err = 0;

	if (mm) {
		struct mem_cgroup *memcg = NULL;

		err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);
		if (err)
			return err;
		mem_cgroup_commit_charge(page, memcg, false);
	}
	return err;
}
