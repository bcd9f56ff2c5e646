// SPDX-License-Identifier: GPL-2.0
#include "ash.h"

int ash_grow(struct address_space *mapping, struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = ash_page(mapping);
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, gfp, &memcg, false);
	if (err)
		goto drop;

	err = ash_place(page, mapping, gfp);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		goto drop;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;

drop:
	put_page(page);
	return err;
}
