/* The cases of a switch end the transaction. */
static int hollow_dispatch(struct page *page, struct mm_struct *mm, int state)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;

	switch (state) {
	case HOLLOW_NEW:
		lru_cache_add_anon(page);
		break;
	case HOLLOW_KNOWN:
		break;
	case HOLLOW_STALE:
		hollow_forget(page);
		/* fall through */
	default:
		err = -EINVAL;
		put_page(page);
		break;
	}
	return err;
}
