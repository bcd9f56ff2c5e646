// The stores of now, alone or with other fields in front or behind.
@@
struct inode *x;
struct inode embedded;
expression other, more;
identifier part != {i_ctime}, another != {i_ctime};
@@
(
- x->i_ctime = current_time(x)
+ inode_set_ctime_current(x)
|
- embedded.i_ctime = current_time(&embedded)
+ inode_set_ctime_current(&embedded)
|
- x->i_ctime = other->part = current_time(x)
+ other->part = inode_set_ctime_current(x)
|
- x->i_ctime = other.part = current_time(x)
+ other.part = inode_set_ctime_current(x)
|
- embedded.i_ctime = other.part = current_time(&embedded)
+ other.part = inode_set_ctime_current(&embedded)
|
- x->i_ctime = other->part = more->another = current_time(x)
+ other->part = more->another = inode_set_ctime_current(x)
)

// The seconds and the nanoseconds, in two statements that store nothing else.
@parts@
struct inode *x;
expression other, value;
position p;
@@
(
  x->i_ctime@p.tv_sec = other = value
|
  x->i_ctime@p.tv_nsec = other = value
)

@@
struct inode *x;
struct inode embedded;
expression seconds, nanoseconds;
position p != parts.p, q != parts.p;
@@
(
- x->i_ctime@p.tv_sec = seconds;
- x->i_ctime@q.tv_nsec = nanoseconds;
+ inode_set_ctime(x, seconds, nanoseconds);
|
- embedded.i_ctime.tv_sec = seconds;
- embedded.i_ctime.tv_nsec = nanoseconds;
+ inode_set_ctime(&embedded, seconds, nanoseconds);
)

// Another value, alone or with another field behind.
@triple@
struct inode *x;
expression other, more, value;
position p;
@@
  x->i_ctime@p = other = more = value

@@
struct inode *x;
expression other, value;
identifier part != {i_ctime};
position p != triple.p;
@@
(
- x->i_ctime@p = other->part = value
+ other->part = inode_set_ctime_to_ts(x, value)
|
- x->i_ctime@p = other.part = value
+ other.part = inode_set_ctime_to_ts(x, value)
)

@chain@
struct inode *x;
struct inode embedded;
expression other, value;
position p;
@@
(
  x->i_ctime@p = other = value
|
  embedded.i_ctime@p = other = value
)

@@
struct inode *x;
struct inode embedded;
expression value;
position p != chain.p;
@@
(
- x->i_ctime@p = value
+ inode_set_ctime_to_ts(x, value)
|
- embedded.i_ctime@p = value
+ inode_set_ctime_to_ts(&embedded, value)
)

// What is left and is no store.
@store@
struct inode *x;
struct inode embedded;
expression value;
assignment operator set;
position p;
@@
(
  x->i_ctime@p set value
|
  embedded.i_ctime@p set value
|
  x->i_ctime@p.tv_sec set value
|
  embedded.i_ctime@p.tv_sec set value
|
  &x->i_ctime@p
|
  &embedded.i_ctime@p
)

@nanoseconds@
struct inode *x;
struct inode embedded;
expression value;
assignment operator set;
position p;
@@
(
  x->i_ctime@p.tv_nsec set value
|
  embedded.i_ctime@p.tv_nsec set value
)

@@
struct inode *x;
struct inode embedded;
position p != {store.p, nanoseconds.p};
@@
(
- x->i_ctime@p
+ inode_get_ctime(x)
|
- embedded.i_ctime@p
+ inode_get_ctime(&embedded)
)
