"""Layer 3: patterns, the data that says which protocol becomes which call.

A pattern is a folder: ``pattern.toml`` and tree-sitter queries in ``.scm`` files. ``load`` finds it, joins it with
what it extends and checks all of it; ``model`` is what the engine reads; ``query`` finds the roles in a tree;
``template`` is C with ``{captures}``, to match and to write; ``describe`` says it all in plain values.

Nothing is imported here: a worker process that only matches does not pay for the loader.
"""
