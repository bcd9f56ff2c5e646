/*
 * No site here: prototypes, stubs, a definition and comments that name
 * mem_cgroup_try_charge(), mem_cgroup_commit_charge() and
 * mem_cgroup_cancel_charge().
 */
int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,
			  gfp_t gfp_mask, struct mem_cgroup **memcgp);
void mem_cgroup_commit_charge(struct page *page, struct mem_cgroup *memcg,
			      bool lrucare);

#ifndef CONFIG_MEMCG
static inline void mem_cgroup_cancel_charge(struct page *page,
					    struct mem_cgroup *memcg)
{
}
#endif

/* The page has been charged: mem_cgroup_commit_charge() comes next. */
void mem_cgroup_commit_charge(struct page *page, struct mem_cgroup *memcg,
			      bool lrucare)
{
	ember_attach(page, memcg, lrucare);
}
