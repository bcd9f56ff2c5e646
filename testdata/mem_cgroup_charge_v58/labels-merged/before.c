/* Two labels become one point: the name that is still true stays. */
static int loam_fill_pte(struct mm_struct *dst_mm, pmd_t *dst_pmd,
			 struct vm_area_struct *dst_vma,
			 unsigned long dst_addr, struct page *page)
{
	struct inode *inode = dst_vma->vm_file->f_inode;
	gfp_t gfp = mapping_gfp_mask(inode->i_mapping);
	pte_t _dst_pte, *dst_pte;
	struct mem_cgroup *memcg;
	spinlock_t *ptl;
	int ret;

	ret = -EFAULT;
	if (unlikely(dst_addr >= dst_vma->vm_end))
		goto out_release;

	ret = mem_cgroup_try_charge_delay(page, dst_mm, gfp, &memcg, false);
	if (ret)
		goto out_release;

	ret = loam_preallocate(inode, dst_addr);
	if (ret)
		goto out_release_uncharge;

	_dst_pte = mk_pte(page, dst_vma->vm_page_prot);
	dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, dst_addr, &ptl);

	ret = -EEXIST;
	if (!pte_none(*dst_pte))
		goto out_release_uncharge_unlock;

	mem_cgroup_commit_charge(page, memcg, false, false);

	lru_cache_add_anon(page);
	page_add_file_rmap(page, false);
	set_pte_at(dst_mm, dst_addr, dst_pte, _dst_pte);
	pte_unmap_unlock(dst_pte, ptl);
	unlock_page(page);
	ret = 0;
out:
	return ret;
out_release_uncharge_unlock:
	pte_unmap_unlock(dst_pte, ptl);
	ClearPageDirty(page);
out_release_uncharge:
	mem_cgroup_cancel_charge(page, memcg, false);
out_release:
	unlock_page(page);
	put_page(page);
	loam_unacct_blocks(inode, 1);
	goto out;
}
