/* The result is assigned and tested in one condition. */
int moss_track(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	if ((err = mem_cgroup_try_charge(page, mm, gfp, &memcg)))
		goto out_free;

	err = moss_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg);
		goto out_free;
	}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
out_free:
	put_page(page);
	return err;
}

int moss_track_slowly(struct page *page, struct mm_struct *mm, gfp_t gfp)
{
	struct mem_cgroup *memcg;
	int err;

	if ((err = mem_cgroup_try_charge_delay(page, mm, gfp, &memcg,
					       false)) != 0)
		goto out_free;

	err = moss_link(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto out_free;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
out_free:
	put_page(page);
	return err;
}
