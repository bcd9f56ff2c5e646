"""Layer 5: the refactor of the kind ``rewrite``: one shape of expression, statement or initialiser to another.

``pieces`` cuts a file into what is parsed by itself (functions, declarations, the bodies of macros); ``choose`` finds
for each mention of a word the first rule that fits, with the help of ``conditions``, ``types`` and ``operands``;
``join`` makes one site of two stores, of which ``dependence`` knows what stands in the way, and ``chains`` knows stores
that are one statement; ``obstacles`` are what no rule sees; ``write`` turns the chosen sites into edits and ``layout``
breaks their lines; ``includes`` puts headers in and out; ``mentions`` accounts for every word; ``file`` drives, and
checks the result.

Nothing is imported here: a run with a pattern of another kind does not pay for this one.
"""
