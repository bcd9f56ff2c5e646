static void lamp_stat(struct inode *inode, struct lamp_record *record)
{
	record->seconds = inode->i_ctime.tv_sec;
}
