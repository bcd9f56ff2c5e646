static void lamp_stat(struct inode *inode, struct lamp_record *record)
{
	record->seconds = inode_get_ctime(inode).tv_sec;
}
