"""Calls that the grammar takes for types.

``f(g(a * b, c));`` can be read as a macro that yields a type, whose argument declares a function with a parameter
``a *b``.
Which reading wins depends on what stands around it, and neither is an error; but in the wrong one a call is gone. Where
that has happened, ``/`` in place of ``*`` leaves one reading only.
"""

from __future__ import annotations

import re

from tree_sitter import Tree

_CALL_IN_CALL = re.compile(rb"\n[ \t]++([A-Za-z_])\w*+[ \t]*+\(\s*+[A-Za-z_]\w*+[ \t]*+\([^;{}]*?[\w)]\s*+\*[^;{}]*+;")
_PRODUCT = re.compile(rb"[\w)]\s*+(\*)\s*+[\w(]")


def without_misread_calls(text: bytes, bare: bytes, tree: Tree) -> bytes:
    """``text`` itself, or with the products changed that made the grammar misread a call. ``bare``: literals filled."""
    changed: bytearray | None = None
    for match in _CALL_IN_CALL.finditer(bare):
        node = tree.root_node.descendant_for_byte_range(match.start(1), match.end(1))
        if node is None or node.parent is None or node.parent.type != "macro_type_specifier":
            continue
        changed = bytearray(text) if changed is None else changed
        for product in _PRODUCT.finditer(bare, match.start(1), match.end()):
            changed[product.start(1)] = 0x2F
    return text if changed is None else bytes(changed)
