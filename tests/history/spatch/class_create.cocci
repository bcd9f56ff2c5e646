@@
expression owner, name;
@@
- class_create(owner, name)
+ class_create(name)
