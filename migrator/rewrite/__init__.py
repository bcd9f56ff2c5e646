"""Edit builders over one function: remove statements and tidy what that leaves behind, insert, replace, wrap.

``draft`` collects marks on the original tree, ``tidy`` derives their consequences (empty guards, merged labels,
braces), ``emit`` turns all of it into edits, ``layout`` knows columns and continuation lines.
"""
