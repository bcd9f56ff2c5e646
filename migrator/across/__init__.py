"""Layer 7: rewrites that reach over functions and files, through an index of the program."""
