/* Nothing but a goto is left at one label, nothing at all at the other. */
static int reed_exchange(struct page *page, struct mm_struct *mm,
			 struct mutex *lock)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		goto free;

	mutex_lock(lock);
	err = reed_prepare(page);
	if (err)
		goto cancel;
	err = reed_swap_in(page);
	if (err)
		goto cancel;
	mem_cgroup_commit_charge(page, memcg, false, false);
	mutex_unlock(lock);
	return 0;

cancel:
	mem_cgroup_cancel_charge(page, memcg, false);
	goto unlock;

unlock:
	mutex_unlock(lock);
free:
	put_page(page);
	return err;
}

/* Its twin: the label still has something to do. */
static int reed_append(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		goto out;

	err = reed_prepare(page);
	if (err)
		goto out_cancel;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

out_cancel:
	mem_cgroup_cancel_charge(page, memcg, false);
	put_page(page);
	return err;
out:
	reed_complain(err);
	return err;
}
