/* The handle shares its declaration with others. */
static int hollow_first(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *parent;

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	parent = hollow_parent(page);
	return hollow_visit(parent);
}

static int hollow_last(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *root = hollow_parent(page);

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	return hollow_visit(root);
}

static int hollow_middle(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *root, *leaf;

	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		return -ENOMEM;
	root = hollow_parent(page);
	leaf = root;
	return hollow_visit(leaf);
}

/* In a block of its own. */
static int hollow_inner(struct page *page, struct mm_struct *mm)
{
	int err = 0;

	if (mm) {
		err = mem_cgroup_charge(page, mm, GFP_KERNEL);
		if (err)
			return err;
	}
	return err;
}
