/* Two pages, two handles in one declaration, three labels that become one. */
static int ridge_exchange(struct mm_struct *mm, struct page *from,
			  struct page *to)
{
	struct mem_cgroup *from_memcg, *to_memcg;
	int err;

	err = mem_cgroup_try_charge(from, mm, GFP_KERNEL, &from_memcg);
	if (err)
		goto out;
	err = mem_cgroup_try_charge(to, mm, GFP_KERNEL, &to_memcg);
	if (err)
		goto out_from;

	err = ridge_swap(from, to);
	if (err)
		goto out_to;

	mem_cgroup_commit_charge(from, from_memcg, false);
	mem_cgroup_commit_charge(to, to_memcg, false);
	return 0;
out_to:
	mem_cgroup_cancel_charge(to, to_memcg);
out_from:
	mem_cgroup_cancel_charge(from, from_memcg);
out:
	put_page(to);
	put_page(from);
	return err;
}

/* One handle for two pages, one after the other. */
static int ridge_queue(struct mm_struct *mm, struct page *first,
		       struct page *second)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(first, mm, GFP_KERNEL, &memcg);
	if (err)
		return err;
	mem_cgroup_commit_charge(first, memcg, false);

	err = mem_cgroup_try_charge(second, mm, GFP_KERNEL, &memcg);
	if (err)
		return err;
	err = ridge_swap(first, second);
	if (err) {
		mem_cgroup_cancel_charge(second, memcg);
		put_page(second);
	} else {
		mem_cgroup_commit_charge(second, memcg, false);
	}
	return err;
}
