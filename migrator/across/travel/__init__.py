"""*Commit elsewhere*: the handle travels to another function, and goes from all of them, or from none.

``groups`` takes the sites and carries one handle after the other out; it is where to begin reading. ``journey`` follows
a handle to everything that it passes through, and notes in ``touched`` what goes there (``conditions``: which tests of
it may). ``begun`` checks the function of the begin, ``endings`` (with ``things`` and ``guards``) the commits and aborts
in the others. ``plan`` makes the edits of a journey: ``unload`` takes the handle out of one function, ``check`` holds
the result against what it was.
"""
