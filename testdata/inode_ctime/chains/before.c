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
	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(inode);
	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(dir);
	dir->i_ctime = dir->i_mtime = inode->i_ctime = current_time(dir);
}

/* The clock is that of a third one, whose own time is not set. */
static void lampfs_link_at(struct inode *inode, struct inode *dir, struct inode *root)
{
	inode->i_ctime = dir->i_ctime = dir->i_mtime = current_time(root);
}

static void lampfs_rename(struct inode *old_dir, struct inode *new_dir, struct inode *inode)
{
	old_dir->i_ctime = old_dir->i_mtime =
	new_dir->i_ctime = new_dir->i_mtime =
	inode->i_ctime = current_time(old_dir);
}

static void lampfs_light(struct inode *inode, struct inode *dir, struct timespec64 *time)
{
	inode->i_ctime = inode->i_mtime = inode->i_atime =
		LAMPFS_I(inode)->i_lit = current_time(inode);
	inode->i_ctime = inode->i_mtime = (dir->i_ctime);
	*time = inode->i_ctime = inode->i_mtime = lampfs_now();
	LAMPFS_I(dir)->vfs_inode.i_ctime = dir->i_mtime = current_time(&LAMPFS_I(dir)->vfs_inode);
}

/* A store that is not understood stays where it is in the chain. */
static void lampfs_owner(struct lampfs_page *page, struct inode *inode)
{
	inode->i_ctime = page->owner->i_ctime = current_time(inode); /* want: type-unknown "whether page -> owner is a struct inode * is not said by a declaration within reach" */
	page->owner->i_ctime = inode->i_ctime = current_time(inode); /* want: type-unknown "whether page -> owner is a struct inode * is not said by a declaration within reach" */
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
	inode->i_mtime.tv_sec = *last += inode->i_ctime.tv_sec;
}
