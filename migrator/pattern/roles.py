"""Check the queries of a pattern and read from them what they say: roles, names, captures, words.

tree-sitter compiles the queries and so checks node types and fields; capture names and predicates mean something
only here. The names that calls are found by come from the string predicates of ``@begin.name`` and its like; a query
whose names cannot be listed would make the prefilter guess, and is an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errors import PatternError
from migrator.pattern.model import PROTOCOL_ROLES, ROLES, QuerySource, RoleQuery
from migrator.pattern.query import compile_query, joined
from migrator.pattern.query_text import CaptureUse, Form, read_forms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tree_sitter import Query

TEXT_PREDICATES = frozenset(
    {
        *("eq?", "not-eq?", "any-eq?", "any-not-eq?", "match?", "not-match?", "any-match?", "any-not-match?"),
        *("any-of?", "not-any-of?"),
    }
)
REQUIRED = {
    **dict.fromkeys(PROTOCOL_ROLES, ("name", "object", "handle")),
    **dict.fromkeys(("setup", "release"), ("object",)),
}
# The same where the object comes into being behind the begin.
_REQUIRED_LATE = REQUIRED | dict.fromkeys(("begin", "abort"), ("name", "handle"))
_ROW = re.compile(r" at row (\d+)(?:, column \d+)?")
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class CheckedQuery(Struct, frozen=True):
    """A query with its role. ``always``: captures that every match has; ``free``: captures that no predicate uses."""

    role: RoleQuery
    always: frozenset[str]
    free: tuple[CaptureUse, ...]


def check_queries(
    digest: str, queries: Sequence[QuerySource], *, late_object: bool = False
) -> tuple[CheckedQuery, ...]:
    """Compile and check all queries, in order; raises PatternError at the line in the ``.scm`` file.

    ``late_object``: only the commit has to name the object, and the others must not.
    """
    query = compile_queries(digest, queries)
    required = _REQUIRED_LATE if late_object else REQUIRED
    checked: list[CheckedQuery] = []
    index = 0
    for source in queries:
        for form in read_forms(source.text):
            checked.append(_check_form(query, index, source.file, form, required))
            index += 1
    for found in checked:
        if late_object and found.role.role in ("begin", "abort") and "object" in found.role.captures:
            message = f"@{found.role.role}.object: the object is known at the commit only here"
            raise PatternError(message, found.role.file, found.role.line)
    return tuple(checked)


def captured_always(checked: Sequence[CheckedQuery], role: str) -> frozenset[str]:
    """The captures that every match of ``role`` has."""
    found = [query.always for query in checked if query.role.role == role]
    return frozenset.intersection(*found) if found else frozenset()


def captured(checked: Sequence[CheckedQuery], *roles: str) -> frozenset[str]:
    """The captures that some query of the roles has."""
    return frozenset(name for query in checked if query.role.role in roles for name in query.role.captures)


def names_of(checked: Sequence[CheckedQuery], role: str) -> tuple[str, ...]:
    """The names that the queries of a role spell out, in order."""
    return tuple(dict.fromkeys(name for query in checked if query.role.role == role for name in query.role.names))


def compile_queries(digest: str, queries: Sequence[QuerySource]) -> Query:
    """All queries as one; raises PatternError at the line of the first that tree-sitter does not take."""
    from tree_sitter import QueryError

    try:
        return compile_query(digest, [source.text for source in queries])
    except QueryError as error:
        together = error
    for source in queries:  # one by one, for file and line; kept by text, since it may be the sound one of several
        try:
            compile_query(joined([source.text]), [source.text])
        except QueryError as error:
            row = _ROW.search(str(error))
            line = int(row[1]) + 1 if row else max(1, len(source.text.splitlines()))
            message = _ROW.sub("", str(error))
            raise PatternError(f"not a query: {message[:1].lower()}{message[1:]}", source.file, line) from None
    raise PatternError(f"not a query: {together}", queries[-1].file)


def _check_form(
    query: Query, index: int, file: str, form: Form, required: Mapping[str, tuple[str, ...]]
) -> CheckedQuery:
    if form.predicate_only:
        raise PatternError("a predicate outside the parentheses of a query has no effect", file, form.line)
    for predicate in form.predicates:
        if predicate.name not in TEXT_PREDICATES:
            known = ", ".join(f"#{name}" for name in sorted(TEXT_PREDICATES))
            raise PatternError(f"predicate #{predicate.name} has no effect here; known: {known}", file, predicate.line)
    captures = [capture for capture in form.captures if not capture.name.startswith("_")]
    role = _role(file, form, captures)
    own = {capture.name.partition(".")[2]: capture for capture in captures if "." in capture.name}
    quantifiers = quantifiers_of(query, index)
    for capture in captures:
        if quantifiers.get(capture.name) in ("*", "+"):
            raise PatternError(f"@{capture.name} can capture several nodes; one is meant", file, capture.line)
    always = frozenset(name for name in own if not quantifiers.get(f"{role}.{name}"))
    for name in required[role]:
        if name not in always:
            problem = "is captured only in some cases" if name in own else "is missing"
            raise PatternError(f"@{role}.{name} {problem} in a query for @{role}", file, form.line)
    names = _names(file, form, role)
    used = {text[1:] for predicate in form.predicates for text in predicate.arguments if text.startswith("@")}
    free = tuple(capture for capture in own.values() if capture.name not in used)
    arities = form.arities or ()
    return CheckedQuery(RoleQuery(role, names, arities, tuple(own), file, form.line), always, free)


def _role(file: str, form: Form, captures: Sequence[CaptureUse]) -> str:
    for capture in captures:
        first, dot, rest = capture.name.partition(".")
        if first not in ROLES or (dot and (not rest or "." in rest)):
            known = ", ".join(f"@{role}" for role in ROLES)
            raise PatternError(
                f"unknown capture @{capture.name}; known: {known}, each with a name behind a dot, and @_private names",
                file,
                capture.line,
            )
    roots = [capture for capture in captures if "." not in capture.name]
    if not roots:
        if captures:
            lone = captures[0]
            message = f"@{lone.name} is captured, but the query has no @{lone.name.partition('.')[0]}"
            raise PatternError(message, file, lone.line)
        raise PatternError("a query without a capture finds nothing", file, form.line)
    role = roots[0].name
    for capture in captures:
        if capture.name.partition(".")[0] != role:
            raise PatternError(f"@{capture.name} in a query for @{role}: one query finds one role", file, capture.line)
    if role in PROTOCOL_ROLES:
        for root in roots:
            if root.node != "call_expression":
                raise PatternError(f"@{role} must capture a call_expression, not {root.node}", file, root.line)
    return role


def quantifiers_of(query: Query, index: int) -> dict[str, str]:
    """How often the query of this number captures each name: ``""`` once, else ``?``, ``*`` or ``+``."""
    found: dict[str, str] = {}
    for capture in range(query.capture_count):
        try:
            found[query.capture_name(capture)] = query.capture_quantifier(index, capture)
        except SystemError:  # py-tree-sitter 0.26 raises it for a capture that this query does not have
            continue
    return found


def _names(file: str, form: Form, role: str) -> tuple[str, ...]:
    """What ``@role.name`` may be, in the order of the predicates; for a protocol role there must be a list."""
    found: list[str] = []
    for predicate in form.predicates:
        if not predicate.arguments or predicate.arguments[0] != f"@{role}.name":
            continue
        for name in predicate.spelled() or ():
            if not IDENTIFIER.match(name):
                raise PatternError(f"`{name}` is not the name of a function", file, predicate.line)
            found.append(name)
    if role in PROTOCOL_ROLES and not found:
        raise PatternError(
            f"the names that @{role}.name may have are not listed; use #eq?, #any-of? or #match? with ^(a|b)$",
            file,
            form.line,
        )
    return tuple(dict.fromkeys(found))
