/* A program that is loaded into the kernel, and knows its structs only. */
static long lamp_stat(struct inode *inode, struct lamp_record *record)
{
	record->i_ctime = inode->i_ctime.tv_sec; /* want: unknown-shape "a program of tools/, which cannot call inode_get_ctime()" */

	return 0;
}
