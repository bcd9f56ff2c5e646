"""One caller of a sink: begin, commits and aborts go, and the callee, which charges now, is given what it lacks.

``shape``: what a caller is, and how its begin is tested. ``checks`` and ``between`` say whether the charge may move,
``rewrite`` takes the transaction out, ``compare`` holds the error paths against what they were, ``guard`` keeps a
cleanup for the error that it was meant for; ``convert`` does all of it in order.
"""
