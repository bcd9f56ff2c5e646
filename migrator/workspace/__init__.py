"""The files to work on, on disk or at a git revision: which they are, which matter, reading and writing them."""
