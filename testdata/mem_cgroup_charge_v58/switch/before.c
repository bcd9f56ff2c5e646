/* The cases of a switch end the transaction. */
static int hollow_dispatch(struct page *page, struct mm_struct *mm, int state)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	switch (state) {
	case HOLLOW_NEW:
		mem_cgroup_commit_charge(page, memcg, false, false);
		lru_cache_add_anon(page);
		break;
	case HOLLOW_KNOWN:
		mem_cgroup_commit_charge(page, memcg, false, false);
		break;
	case HOLLOW_STALE:
		hollow_forget(page);
		/* fall through */
	default:
		err = -EINVAL;
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		break;
	}
	return err;
}
