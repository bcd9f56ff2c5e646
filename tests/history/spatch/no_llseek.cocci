@@
identifier operations;
@@
struct file_operations operations = {
- .llseek = no_llseek,
};
