/* A made-up filesystem. */
struct lampfs_inode {
	struct inode vfs_inode;
	u32 state;
};

static struct lampfs_inode *LAMPFS_I(struct inode *inode)
{
	return container_of(inode, struct lampfs_inode, vfs_inode);
}

static void lampfs_touch(struct inode *inode, struct inode *dir)
{
	inode_set_ctime_current(inode);
	dir->i_mtime = inode_set_ctime_current(dir);
	inode->i_mtime = inode_set_ctime_current(inode);
	dir->i_mtime = dir->i_atime = inode_set_ctime_current(dir);
	inode_set_ctime_current(&LAMPFS_I(dir)->vfs_inode);
}

static void lampfs_fill(struct inode *inode, struct lampfs_raw *raw)
{
	inode_set_ctime(inode, le32_to_cpu(raw->i_ctime), 0);
	inode->i_mtime = inode_get_ctime(inode);
}

static void lampfs_store(struct dentry *dentry, struct lampfs_raw *raw)
{
	struct inode *inode = d_inode(dentry);
	struct lampfs_disk_inode *disk = lampfs_disk(raw);

	raw->seconds = cpu_to_le32(inode_get_ctime(inode).tv_sec);
	disk->i_ctime = cpu_to_le32(inode_get_ctime(d_inode(dentry)).tv_sec);
	inode_set_ctime_to_ts(dentry->d_inode, inode_get_ctime(inode));
}

static void lampfs_copy(struct inode *to, struct inode *from, struct timespec64 *time)
{
	inode_set_ctime_to_ts(to, inode_get_ctime(from));
	inode_set_ctime_to_ts(to, *time);
	from->i_mtime = inode_set_ctime_to_ts(from, *time);
	to->i_mtime = inode_set_ctime_to_ts(to, *time);
}

static void lampfs_remember_all_times_of(struct inode *inode_of_the_directory)
{
	inode_set_ctime_to_ts(inode_of_the_directory,
			      lampfs_from_disk_format(0, 1970, false));
}
