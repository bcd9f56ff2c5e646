/* Every turn of the loop begins anew, on a new page. */
static int moss_attach(struct mm_struct *mm, struct page **pagep)
{
	struct page *page;
	int tries, err = -EAGAIN;

	for (tries = 0; tries < 3; tries++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			return -ENOMEM;

		err = mem_cgroup_charge(page, mm, GFP_KERNEL);
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
			put_page(page);
			continue;
		}
		if (err) {
			put_page(page);
			break;
		}

		*pagep = page;
		break;
	}
	return err;
}

static int moss_attach_again(struct mm_struct *mm, struct page *page)
{
	int err;

retry:
	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		goto out;

	err = moss_link(page);
	if (err == -EAGAIN)
		goto retry;
	if (err)
		goto out;
	return 0;
out:
	put_page(page);
	return err;
}
