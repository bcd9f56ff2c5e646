// SPDX-License-Identifier: GPL-2.0
/*
 * All kinds of things around the one function that changes.
 */

struct dune_grain {
	struct page *page;
	struct mem_cgroup *memcg;
	unsigned int size : 12;
};

#define DUNE_GRAINS     64
#define DUNE_SIZE(grain)                        \
	((grain)->size ? (grain)->size : PAGE_SIZE)

static struct dune_grain dune[DUNE_GRAINS] = {
	[0] = { .size = 1 },
};

enum dune_state { DUNE_FLAT, DUNE_HIGH };

static inline struct mem_cgroup *dune_owner(int i)
{
	return dune[i].memcg;
}

	/* somewhat odd, and not for this tool to put right */
static int dune_grow( struct mm_struct *mm, int i )
{
	struct mem_cgroup *memcg;
	int size = DUNE_SIZE(&dune[i]), err;

	err = mem_cgroup_try_charge(dune[i].page, mm, GFP_KERNEL, &memcg);
	if (err)
	    return err;
	if (size<=0)
	  {
	    mem_cgroup_cancel_charge(dune[i].page, memcg);
	    put_page(dune[i].page);
	    return -EINVAL;
	  }
	mem_cgroup_commit_charge(dune[i].page, memcg, false);
	return 0;
}

int dune_grow_all(struct mm_struct *mm)
{
	int i, err = 0;

	for (i = 0; i < DUNE_GRAINS && !err; i++)
		err = dune_grow(mm, i);
	return err;
}
EXPORT_SYMBOL_GPL(dune_grow_all);

MODULE_LICENSE("GPL");
