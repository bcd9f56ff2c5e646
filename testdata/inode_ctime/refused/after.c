/* Parts, addresses, and one statement for several inodes. */
static bool lampfs_is_older(struct inode *inode, struct timespec64 *time)
{
	return timespec64_compare(&inode->i_ctime, time) < 0;
}

static void lampfs_round(struct inode *inode)
{
	inode->i_ctime.tv_nsec = 0;
}

static void lampfs_link(struct inode *inode, struct inode *dir)
{
	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(inode);
}

static void lampfs_from_mapping(struct lampfs_page *page)
{
	page->owner->i_ctime = current_time(page->owner);
}

static void lampfs_seconds(struct inode *inode, s64 seconds)
{
	inode->i_ctime.tv_sec = inode->i_mtime.tv_sec = seconds;
	inode->i_ctime.tv_nsec = 0;
}

static void lampfs_twice(struct inode *inode)
{
	lampfs_get(inode)->i_ctime = current_time(inode);
}

static void lampfs_dependent(struct inode *inode, s64 seconds)
{
	inode->i_ctime.tv_sec = seconds;
	inode->i_ctime.tv_nsec = lampfs_rest(inode_get_ctime(inode).tv_sec);
}

static size_t lampfs_sizes(struct inode *inode)
{
	typeof(inode->i_ctime) copy = lampfs_now();

	return sizeof(inode->i_ctime) + __alignof__(inode->i_ctime.tv_sec) + sizeof copy;
}

static s64 lampfs_once(struct inode *inode, struct timespec64 *time)
{
	swap(inode->i_ctime, *time);
	return READ_ONCE(inode->i_ctime.tv_sec);
}
