"""Layer 7: rewrites that reach over functions and files, through an index of the program.

``run`` joins them to what was found in single files; begin there. Three kinds of work: ``sink`` (the charge moves into
a callee), ``travel`` (the handle goes to another function), ``releases`` (callers give the object up). They share
``index`` (who uses a function; ``uses`` says what a mention is, ``pasting`` finds names that macros put together),
``members`` (who uses a member), ``declared`` (what definitions and prototypes say), ``sites`` (where a site stands),
``signature`` and ``passes`` (edits), and what they yield: ``group``, kept ``apart``.
"""
