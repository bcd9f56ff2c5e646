@both@
identifier driver;
expression old, new;
position p;
@@
struct i2c_driver driver = {
  .probe_new@p = new,
  .probe = old,
};

@@
identifier driver;
expression function;
position p != both.p;
@@
struct i2c_driver driver = {
- .probe_new@p = function,
+ .probe = function,
};
