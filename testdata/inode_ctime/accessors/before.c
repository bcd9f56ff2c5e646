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
	inode->i_ctime = current_time(inode);
	dir->i_mtime = dir->i_ctime = current_time(dir);
	inode->i_ctime = inode->i_mtime = current_time(inode);
	dir->i_ctime = dir->i_mtime = dir->i_atime = current_time(dir);
	LAMPFS_I(dir)->vfs_inode.i_ctime = current_time(&LAMPFS_I(dir)->vfs_inode);
}

static void lampfs_fill(struct inode *inode, struct lampfs_raw *raw)
{
	inode->i_ctime.tv_sec = le32_to_cpu(raw->i_ctime);
	inode->i_ctime.tv_nsec = 0;
	inode->i_mtime = inode->i_ctime;
}

static void lampfs_store(struct dentry *dentry, struct lampfs_raw *raw)
{
	struct inode *inode = d_inode(dentry);
	struct lampfs_disk_inode *disk = lampfs_disk(raw);

	raw->seconds = cpu_to_le32(inode->i_ctime.tv_sec);
	disk->i_ctime = cpu_to_le32(d_inode(dentry)->i_ctime.tv_sec);
	dentry->d_inode->i_ctime = inode->i_ctime;
}

static void lampfs_copy(struct inode *to, struct inode *from, struct timespec64 *time)
{
	to->i_ctime = from->i_ctime;
	to->i_ctime = *time;
	from->i_mtime = from->i_ctime = *time;
	to->i_ctime = to->i_mtime = *time;
}

static void lampfs_remember_all_times_of(struct inode *inode_of_the_directory)
{
	inode_of_the_directory->i_ctime = lampfs_from_disk_format(0, 1970, false);
}
