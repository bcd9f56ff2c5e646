/* Nothing but a goto is left at one label, nothing at all at the other. */
static int reed_exchange(struct page *page, struct mm_struct *mm,
			 struct mutex *lock)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto free;

	mutex_lock(lock);
	err = reed_prepare(page);
	if (err)
		goto unlock;
	err = reed_swap_in(page);
	if (err)
		goto unlock;
	mutex_unlock(lock);
	return 0;

unlock:
	mutex_unlock(lock);
free:
	put_page(page);
	return err;
}

/* Its twin: the label still has something to do. */
static int reed_append(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto out;

	err = reed_prepare(page);
	if (err)
		goto out_cancel;
	return 0;

out_cancel:
	put_page(page);
	return err;
out:
	reed_complain(err);
	return err;
}
