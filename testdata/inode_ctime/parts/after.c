/* The seconds and the nanoseconds in two statements; what stands between must have nothing to do with them. */
struct lampfs_inode {
	struct inode vfs_inode;
	s64 seconds;
	u32 rest;
};

static struct lampfs_inode *LAMPFS_I(struct inode *inode)
{
	return container_of(inode, struct lampfs_inode, vfs_inode);
}

static void lampfs_by_kind(struct inode *inode, struct lampfs_raw *raw)
{
	inode->i_atime.tv_sec = le64_to_cpu(raw->i_atime);
	inode_set_ctime(inode, le64_to_cpu(raw->i_ctime),
			le32_to_cpu(raw->i_ctime_nsec));
	inode->i_mtime.tv_sec = le64_to_cpu(raw->i_mtime);
	inode->i_atime.tv_nsec = le32_to_cpu(raw->i_atime_nsec);
	inode->i_mtime.tv_nsec = le32_to_cpu(raw->i_mtime_nsec);
}

static void lampfs_nested(struct inode *inode, struct lampfs_raw *raw)
{
	inode_set_ctime(inode, le32_to_cpu(raw->l_ctime.tv_sec),
			le32_to_cpu(raw->l_ctime.tv_nsec));
	inode->i_mtime.tv_sec = le32_to_cpu(raw->l_mtime.tv_sec);

	inode->i_mtime.tv_nsec = 0;
}

static void lampfs_chained(struct inode *inode, struct lampfs_raw *raw, long rest)
{
	inode->i_mtime.tv_sec = inode->i_atime.tv_sec =
		inode_set_ctime(inode, le32_to_cpu(raw->time), 0).tv_sec;
	inode->i_atime.tv_nsec = inode->i_mtime.tv_nsec = 0;
	inode->i_mtime.tv_sec =
		inode_set_ctime(inode, lampfs_seconds(raw), 0).tv_sec;
	inode->i_mtime.tv_nsec = 0;
	inode->i_mtime.tv_sec =
	inode_set_ctime(inode, raw->when, rest).tv_sec;
	inode->i_mtime.tv_nsec = rest;
}

static void lampfs_alone(struct inode *inode)
{
	inode_set_ctime(inode, 0, 0);
	inode_set_ctime(inode, 0, 0);
}

static void lampfs_nanoseconds_first(struct inode *inode, s64 seconds)
{
	inode_set_ctime(inode, seconds, 0);
}

static void lampfs_embedded(struct lampfs_inode *lamp)
{
	inode_set_ctime(&lamp->vfs_inode, lamp->seconds, lamp->rest);
}

static void lampfs_of_another(struct inode *inode, struct inode *other)
{
	inode_set_ctime(inode, inode_get_ctime(other).tv_sec, 0);
}

/* From here on nothing can be joined. */
static void lampfs_depends_on_between(struct inode *inode, struct inode *other)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "`other -> i_mtime . tv_nsec` would be evaluated in another place, and depends on what is" */
	inode->i_mtime.tv_nsec = 7;
	inode->i_ctime.tv_nsec = other->i_mtime.tv_nsec; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_through_a_pointer(struct inode *inode, struct timespec64 *time)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "`time -> tv_nsec` would be evaluated in another place, and depends on what is stored" */
	inode->i_mtime.tv_nsec = 7;
	inode->i_ctime.tv_nsec = time->tv_nsec; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_read_between(struct inode *inode)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "between this store and the other part stands `inode -> i_mtime . tv_nsec = inode ->" */
	inode->i_mtime.tv_nsec = inode_get_ctime(inode).tv_nsec;
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_call_between(struct inode *inode)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "between this store and the other part stands `lampfs_dirty ( inode ) ;`, which may have" */
	lampfs_dirty(inode);
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_struct_between(struct inode *inode, struct timespec64 *time)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "between this store and the other part stands `inode -> i_mtime = * time ;`, which may" */
	inode->i_mtime = *time;
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_test_between(struct inode *inode, bool rest)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "between this store and the other part stands `if ( rest ) return ;`, which may have to do" */
	if (rest)
		return;
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_sometimes(struct inode *inode, struct lampfs_raw *raw)
{
	inode->i_ctime.tv_sec = raw->seconds; /* want: unknown-shape "only the seconds are stored here: the new call would set the nanoseconds as well" */
	if (raw->fine)
		inode->i_ctime.tv_nsec = raw->rest; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_unordered(struct inode *inode, struct lampfs_stream *stream)
{
	inode->i_ctime.tv_sec = lampfs_next(stream); /* want: unknown-shape "`lampfs_next ( stream )` would be evaluated in another place, and it is not known to have" */
	inode->i_ctime.tv_nsec = lampfs_next(stream); /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_local(struct inode *inode, struct lampfs_stream *stream, long rest)
{
	inode->i_ctime.tv_sec = lampfs_next_with(stream, &rest); /* want: unknown-shape "`rest` would be evaluated in another place, and depends on what is stored before it" */
	inode->i_ctime.tv_nsec = rest; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_moving(struct dentry *dentry)
{
	dentry->d_inode->i_ctime.tv_sec = lampfs_lookup(dentry); /* want: unknown-shape "`lampfs_lookup ( dentry )` may change what is stored, or where" */
	dentry->d_inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_called(struct inode *inode)
{
	LAMPFS_I(inode)->vfs_inode.i_ctime.tv_sec = 0; /* want: unknown-shape "`LAMPFS_I ( inode ) -> vfs_inode . i_ctime . tv_sec` need not be the same both times" */
	LAMPFS_I(inode)->vfs_inode.i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_seen_first(struct inode *inode)
{
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
	inode->i_ctime.tv_sec = lampfs_round(inode); /* want: unknown-shape "`lampfs_round ( inode )` may change what is stored, or where" */
}

static void lampfs_both(struct inode *inode, struct inode *dir)
{
	inode->i_ctime.tv_sec = dir->i_ctime.tv_sec = 0; /* want: unknown-shape "the parts of several are stored in one statement", unknown-shape "the parts of several are stored in one statement" */
	inode->i_ctime.tv_nsec = dir->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well", unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_converted(struct inode *inode, struct lampfs_raw *raw, s64 seconds, long rest)
{
	raw->time = inode->i_ctime.tv_sec = seconds; /* want: unknown-shape "whether raw -> rest and inode -> i_ctime . tv_nsec are of one type is not said by a" */
	raw->rest = inode->i_ctime.tv_nsec = rest; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
	inode->i_ctime.tv_sec = raw->time = seconds; /* want: type-unknown "whether inode -> i_ctime . tv_sec and raw -> time are of one type is not said by a" */
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_said(struct inode *inode)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "a comment at the other part of this store would be lost" */
	inode->i_ctime.tv_nsec = 0;	/* it has none */
}

static void lampfs_configured(struct inode *inode)
{
	inode->i_ctime.tv_sec = 0; /* want: unknown-shape "a preprocessor directive stands between this store and the other part" */
#ifdef LAMPFS_FINE
	inode->i_mtime.tv_nsec = 0;
#endif
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}

static void lampfs_shift(struct inode *inode, s64 shift)
{
	inode->i_ctime.tv_sec += shift; /* want: unknown-shape "a part of the time is changed, or its address is taken" */
	inode->i_ctime.tv_nsec = 0; /* want: unknown-shape "only the nanoseconds are stored here: the new call would set the seconds as well" */
}
