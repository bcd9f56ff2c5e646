/* Every turn of the loop begins anew, on a new page. */
static int moss_attach(struct mm_struct *mm, struct page **pagep)
{
	struct mem_cgroup *memcg;
	struct page *page;
	int tries, err = -EAGAIN;

	for (tries = 0; tries < 3; tries++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;

		err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);
		if (err == -EINTR) {
			put_page(page);
			continue;
		}
		if (err) {
			put_page(page);
			break;
		}

		err = moss_link(page);
		if (err == -EAGAIN) {
			mem_cgroup_cancel_charge(page, memcg);
			put_page(page);
			continue;
		}
		if (err) {
			mem_cgroup_cancel_charge(page, memcg);
			put_page(page);
			break;
		}

		mem_cgroup_commit_charge(page, memcg, false);
		*pagep = page;
		break;
	}
	return err;
}

static int moss_attach_again(struct mm_struct *mm, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

retry:
	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);
	if (err)
		goto out;

	err = moss_link(page);
	if (err == -EAGAIN) {
		mem_cgroup_cancel_charge(page, memcg); /* want: charge-outlives-abort "page" */
		goto retry;
	}
	if (err)
		goto cancel;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
cancel:
	mem_cgroup_cancel_charge(page, memcg);
out:
	put_page(page);
	return err;
}
