/* Parts, addresses, and what is not evaluated. */
static bool lampfs_is_older(struct inode *inode, struct timespec64 *time)
{
	return timespec64_compare(&inode->i_ctime, time) < 0; /* want: unknown-shape "a part of the time is changed, or its address is taken" */
}

static void lampfs_round(struct inode *inode)
{
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_from_mapping(struct lampfs_page *page)
{
	page->owner->i_ctime = current_time(page->owner); /* want: type-unknown "whether page -> owner is a struct inode * is not said by a declaration within reach" */
}

static void lampfs_twice(struct inode *inode)
{
	lampfs_get(inode)->i_ctime = current_time(inode); /* want: type-unknown "whether lampfs_get ( inode ) is a struct inode * is not said by a declaration within reach" */
}

static void lampfs_dependent(struct inode *inode, s64 seconds)
{
	inode->i_ctime.tv_sec = seconds; /* want: unknown-shape "`lampfs_rest ( inode -> i_ctime . tv_sec )` would be evaluated in another place, and it" */
	inode->i_ctime.tv_nsec = lampfs_rest(inode_get_ctime(inode).tv_sec); /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static size_t lampfs_sizes(struct inode *inode)
{
	typeof(inode->i_ctime) copy = lampfs_now(); /* want: unparsed "this stands in a typeof, or in something else that is not read" */

	return sizeof(inode->i_ctime) + __alignof__(inode->i_ctime.tv_sec) + sizeof copy; /* want: unknown-shape "this stands in the operand of sizeof, which is not evaluated", unknown-shape "this stands in the operand of __alignof__, which is not evaluated" */
}

static s64 lampfs_once(struct inode *inode, struct timespec64 *time)
{
	swap(inode->i_ctime, *time); /* want: unknown-shape "a part of the time is changed, or its address is taken" */
	return READ_ONCE(inode->i_ctime.tv_sec); /* want: unknown-shape "READ_ONCE() takes the address of its argument, and a call has none" */
}
