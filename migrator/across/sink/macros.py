"""Macros in the way: names that are defined, and statements in capitals (assertions, declarations in disguise)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.flow.facts import is_capitals
from migrator.syntax import callee_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import SourceFile


def defines(source: SourceFile, name: str, start: int = 0) -> bool:
    """Whether a file defines a macro of this name, behind an offset."""
    define = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+" + re.escape(name.encode()) + rb"\b", re.MULTILINE)
    return define.search(source.data, start) is not None


def is_macro(statement: Node) -> bool:
    """Whether a statement is a use of a macro in capitals: an assertion, or a declaration in disguise."""
    if statement.type != "expression_statement" or not statement.named_children:
        return False
    inner = statement.named_children[0]
    return inner.type == "call_expression" and is_capitals(callee_name(inner) or "")


_ASSERTION = re.compile(r"_*(?:VM_|LOCKDEP_)?(?:BUG|WARN|ASSERT)")


def is_assertion(statement: Node) -> bool:
    """Whether a statement is a macro that only checks."""
    return is_macro(statement) and _ASSERTION.match(callee_name(statement.named_children[0]) or "") is not None
