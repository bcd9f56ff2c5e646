/* The result is compared with zero in several ways. */
int moss_adopt_pair(struct page *page, struct page *spare, struct mm_struct *mm)
{
	struct mem_cgroup *memcg, *spare_memcg;
	int err;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg) < 0)
		return -ENOMEM;

	err = mem_cgroup_try_charge(spare, mm, GFP_NOWAIT, &spare_memcg);
	if (err < 0) {
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}

	mem_cgroup_commit_charge(page, memcg, false);
	mem_cgroup_commit_charge(spare, spare_memcg, false);
	moss_pair(page, spare);
	return 0;
}

int moss_adopt_single(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (0 != mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	moss_pair(page, page);
	return 0;
}
