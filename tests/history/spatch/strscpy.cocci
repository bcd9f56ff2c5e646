@@
expression to, from, size;
@@
- strlcpy
+ strscpy
  (to, from, size);
