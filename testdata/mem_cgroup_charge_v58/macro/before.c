/* The begin hides in a macro. */
#define BOG_CHARGE(page, mm, memcg) \
	mem_cgroup_try_charge(page, mm, GFP_KERNEL, &(memcg)) /* want: macro "macro" */

#define BOG_LIMIT 16

/* The twin: macros in the arguments do no harm. */
#define BOG_GFP (GFP_KERNEL | __GFP_NOWARN)

static int bog_charge_one(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, BOG_GFP, &memcg))
		return -ENOMEM;
	mem_cgroup_commit_charge(page, memcg, false);
	return BOG_LIMIT;
}
