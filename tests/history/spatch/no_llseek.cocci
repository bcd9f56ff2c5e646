@@
identifier s, operations, member;
@@
struct s operations = {
- .member = no_llseek,
};

// An array of them.
@@
identifier s, operations, member;
@@
struct s operations[...] = {
  ...,
  {
-   .member = no_llseek,
  },
  ...,
};
