"""Find the roles of a pattern in a syntax tree.

All queries of a pattern are compiled as one, once per process and digest. A query with optional parts can match a
node several times; the match with the most captures is kept. A call of an old name that no query matches (another
number of arguments, a handle that is not ``&x``) is not lost: ``protocol_calls`` returns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.pattern.model import PROTOCOL_ROLES, ROLES
from migrator.pattern.template import c_language

if TYPE_CHECKING:
    from tree_sitter import Node, Query

    from migrator.pattern.model import Pattern
    from migrator.source import SourceFile

_RANK = {role: rank for rank, role in enumerate(ROLES)}
_CALLS = "(call_expression function: (identifier) @name) @call"
# What was compiled in this process. A query cannot be pickled, and takes milliseconds.
_compiled: dict[str, Query] = {}


class RoleMatch(Struct, frozen=True, eq=False):
    """A node that plays a role. ``captures`` has no role prefix: ``object``, ``handle``, ``name``, ..."""

    role: str
    node: Node
    captures: Mapping[str, Node]


def compile_query(key: str, texts: Iterable[str]) -> Query:
    """The query made of all texts, from the cache of this process where ``key`` is known.

    Raises tree_sitter.QueryError; its rows then count over the joined texts.
    """
    query = _compiled.get(key)
    if query is None:
        from tree_sitter import Query

        query = _compiled[key] = Query(c_language(), joined(texts))
    return query


def joined(texts: Iterable[str]) -> str:
    """The one query text that is compiled; a text always starts on a line of its own."""
    return "\n".join(texts)


def role_matches(pattern: Pattern, source: SourceFile, node: Node) -> tuple[RoleMatch, ...]:
    """Every role of the pattern in ``node`` (of ``source``) and below, in source order.

    A node occurs once per role, with the captures of the fullest match. An outer node comes before those in it.
    """
    from tree_sitter import QueryCursor

    query = compile_query(pattern.digest, [part.text for part in pattern.queries])
    fullest: dict[tuple[str, int], RoleMatch] = {}
    for index, captures in QueryCursor(query).matches(node):
        role = pattern.roles[index].role
        if not takes_arguments(pattern.roles[index].arities, captures[role][0]):
            continue
        prefix = role + "."
        match = RoleMatch(
            role,
            captures[role][0],
            {name[len(prefix) :]: nodes[0] for name, nodes in captures.items() if name.startswith(prefix) and nodes},
        )
        key = (role, match.node.id)
        known = fullest.get(key)
        if known is None or len(known.captures) < len(match.captures):
            fullest[key] = match
    return tuple(sorted(fullest.values(), key=_place))


def protocol_calls(pattern: Pattern, source: SourceFile, node: Node) -> tuple[Node, ...]:
    """Calls of an old name in ``node`` that match no query of begin, commit or abort, in source order."""
    matched = {match.node.id for match in role_matches(pattern, source, node) if match.role in PROTOCOL_ROLES}
    names = {name.encode() for name in pattern.words}
    return tuple(call for name, call in _called(node) if name in names and call.id not in matched)


def takes_arguments(arities: tuple[int, ...], call: Node) -> bool:
    """Whether the number of arguments is one that the query allows.

    tree-sitter forgets the anchor behind an optional last element when the element before it has children: without
    this, ``f(a, &b, c, d)`` would match ``. (_) . (pointer_expression (_)) . (_)? .``
    """
    if not arities:
        return True
    arguments = call.child_by_field_name("arguments")
    return arguments is not None and sum(not child.is_extra for child in arguments.named_children) in arities


def _called(node: Node) -> list[tuple[bytes, Node]]:
    from tree_sitter import QueryCursor

    found = QueryCursor(compile_query(_CALLS, [_CALLS])).matches(node)
    calls = [(captures["name"][0].text or b"", captures["call"][0]) for _, captures in found]
    return sorted(calls, key=lambda item: item[1].start_byte)


def _place(match: RoleMatch) -> tuple[int, int, int]:
    return (match.node.start_byte, -match.node.end_byte, _RANK[match.role])
