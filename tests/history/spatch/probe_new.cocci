@@
identifier driver, probe;
@@
struct i2c_driver driver = {
- .probe_new = probe,
+ .probe = probe,
};
