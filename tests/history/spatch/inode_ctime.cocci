@@
struct inode *inode;
expression value;
@@
(
- inode->i_ctime = current_time(inode);
+ inode_set_ctime_current(inode);
|
- inode->i_ctime = value;
+ inode_set_ctime_to_ts(inode, value);
)
