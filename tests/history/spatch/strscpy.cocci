@@
expression to, from, size;
@@
- strlcpy(to, from, size);
+ strscpy(to, from, size);
