/* One value for several inodes, or for more fields, in one statement; what has to stay stands below. */
struct lampfs_inode {
	struct inode vfs_inode;
	struct timespec64 i_lit;
	s64 seconds;
};

static struct lampfs_inode *LAMPFS_I(struct inode *inode)
{
	return container_of(inode, struct lampfs_inode, vfs_inode);
}

/* The clock is that of the inode that current_time() is called with, wherever its own store stands. */
static void lampfs_link(struct inode *inode, struct inode *dir)
{
	dir->i_mtime =
		inode_set_ctime_to_ts(dir, inode_set_ctime_current(inode));
	dir->i_mtime =
		inode_set_ctime_to_ts(inode, inode_set_ctime_current(dir));
	dir->i_mtime =
		inode_set_ctime_to_ts(inode, inode_set_ctime_current(dir));
}

/* The clock is that of a third one, whose own time is not set. */
static void lampfs_link_at(struct inode *inode, struct inode *dir, struct inode *root)
{
	dir->i_mtime =
		inode_set_ctime_to_ts(inode,
				      inode_set_ctime_to_ts(dir,
							    current_time(root)));
}

static void lampfs_rename(struct inode *old_dir, struct inode *new_dir, struct inode *inode)
{
	old_dir->i_mtime = new_dir->i_mtime =
		inode_set_ctime_to_ts(new_dir,
				      inode_set_ctime_to_ts(inode,
							    inode_set_ctime_current(old_dir)));
}

static void lampfs_light(struct inode *inode, struct inode *dir, struct timespec64 *time)
{
	inode->i_mtime = inode->i_atime = LAMPFS_I(inode)->i_lit =
		inode_set_ctime_current(inode);
	inode->i_mtime = inode_set_ctime_to_ts(inode, inode_get_ctime(dir));
	*time = inode->i_mtime = inode_set_ctime_to_ts(inode, lampfs_now());
	dir->i_mtime = inode_set_ctime_current(&LAMPFS_I(dir)->vfs_inode);
}

/* A store that is not understood stays where it is in the chain. */
static void lampfs_owner(struct lampfs_page *page, struct inode *inode)
{
	page->owner->i_ctime = inode_set_ctime_current(inode); /* want: type-unknown "whether page -> owner is a struct inode * is not said by a declaration within reach" */
	page->owner->i_ctime = inode_set_ctime_current(inode); /* want: type-unknown "whether page -> owner is a struct inode * is not said by a declaration within reach" */
}

static void lampfs_twice(struct inode *inode)
{
	inode->i_ctime = inode->i_mtime = inode->i_ctime = current_time(inode); /* want: unknown-shape "the value would be taken by two calls", unknown-shape "this is part of code that is left alone" */
}

static void lampfs_commented(struct inode *inode, struct inode *dir)
{
	inode->i_ctime = /* both */ dir->i_ctime = current_time(inode); /* want: unknown-shape "a comment inside of the code to be replaced would be lost", unknown-shape "this is part of code that is left alone" */
}

static void lampfs_sum(struct inode *inode, s64 *last)
{
	inode->i_mtime.tv_sec = *last += inode_get_ctime(inode).tv_sec;
}
