"""The files that are worked on: which they are, which matter, reading and writing them, several processes."""
