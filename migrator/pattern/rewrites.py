"""From the joined layers of a pattern of the kind ``rewrite`` to the checked model.

As ``check`` does for transactions: each rule has queries and exactly one action, a template names only what every
match captures, a capture is there to be used, and the words of the pattern are spelled out by ``@RULE.name``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errors import PatternError
from migrator.pattern.check_rules import (
    check_action,
    check_assignment,
    check_captures,
    check_neutral,
    check_type,
    check_where,
    check_word,
    word_problem,
)
from migrator.pattern.model import QuerySource, RoleQuery
from migrator.pattern.query_text import CaptureUse, Form, read_forms
from migrator.pattern.reach import Reach, reach_of, unreachable
from migrator.pattern.roles import IDENTIFIER, TEXT_PREDICATES, compile_queries, quantifiers_of
from migrator.pattern.rules import CType, DroppedInclude, Rewrite, Rule
from migrator.pattern.template import Template, TemplateError

if TYPE_CHECKING:
    from tree_sitter import Query

    from migrator.pattern.raw import Joined, RawPattern, RawRule

_FIELD = re.compile(r"((?:struct|union)\s+\w+|\w+)\.(\w+)\Z")
_HEADER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*\.h\Z")
_ACTIONS = ("replace", "rename", "remove", "keep", "refuse")
_FOREIGN = (
    *("new_call", "arguments", "placement", "handle", "protocol", "after_success", "undo", "handle_use", "abort"),
    *("locks", "introduce", "remove", "sink"),
)


class _Found(Struct, frozen=True):
    """A query with what it captures, without the name of its rule; ``sites``: the node types of the site."""

    query: RoleQuery
    always: frozenset[str]
    free: tuple[CaptureUse, ...]
    word_nodes: tuple[str, ...]
    sites: tuple[str, ...]
    reach: Reach


def check_rewrite(
    joined: Joined, digest: str, queries: Sequence[QuerySource]
) -> tuple[Rewrite, tuple[RoleQuery, ...], tuple[str, ...]]:
    """The rules, the queries in their order and the words; raises PatternError."""
    for table in _FOREIGN:
        if any(table in layer.tables for layer in joined.layers):
            raise joined.error(f"[{table}] means nothing in a pattern of the kind rewrite", table)
    if not joined.raw.rules:
        raise joined.error("no rule is given: a [rules.NAME] for each thing that is to be done", "rules")
    found = _check_queries(joined, digest, queries)
    rules = tuple(_rule(joined, name, raw, found) for name, raw in joined.raw.rules.items())
    if not any(rule.edits for rule in rules):
        raise joined.error("no rule changes anything", "rules")
    lost = unreachable([(rule, [item.reach for item in found if item.query.role == rule.name]) for rule in rules])
    if lost is not None:
        name, takers = lost
        message = f"this rule can never be taken: {takers} before it takes all that it finds, without a condition"
        raise joined.error(message, "rules", name)
    words = tuple(dict.fromkeys(word for item in found for word in item.query.names))
    rewrite = Rewrite(
        rules=rules,
        calls={
            check_word(joined, name, "types", "calls", name): check_type(joined, text, "types", "calls", name)
            for name, text in joined.raw.types.calls.items()
        },
        fields=_fields(joined),
        type_arguments=_type_arguments(joined),
        added_includes=tuple(_header(joined, name, "includes", "add") for name in joined.raw.includes.add),
        dropped_includes=_dropped_includes(joined),
        word_nodes=frozenset(kind for item in found for kind in item.word_nodes),
        pure=frozenset(
            check_word(joined, name, "calls", "pure", index) for index, name in enumerate(joined.raw.calls.pure)
        ),
    )
    return rewrite, tuple(item.query for item in found), words


def _check_queries(joined: Joined, digest: str, queries: Sequence[QuerySource]) -> tuple[_Found, ...]:
    query = compile_queries(digest, queries)
    found: list[_Found] = []
    for source in queries:
        forms = read_forms(source.text)
        data = source.text.encode("utf-8", "surrogateescape")
        ends = [*(form.offset for form in forms), len(data)][1:]
        for form, end in zip(forms, ends, strict=False):  # of an empty file there is an end only
            text = data[form.offset : end].decode("utf-8", "surrogateescape")
            found.append(_query(joined.raw, query, len(found), source.file, form, text))
    return tuple(found)


def _query(raw: RawPattern, query: Query, index: int, file: str, form: Form, text: str) -> _Found:
    if form.predicate_only:
        raise PatternError("a predicate outside the parentheses of a query has no effect", file, form.line)
    for predicate in form.predicates:
        if predicate.name not in TEXT_PREDICATES:
            known = ", ".join(f"#{name}" for name in sorted(TEXT_PREDICATES))
            raise PatternError(f"predicate #{predicate.name} has no effect here; known: {known}", file, predicate.line)
    captures = [capture for capture in form.captures if not capture.name.startswith("_")]
    rules = {capture.name.partition(".")[0] for capture in captures}
    for capture in captures:
        if capture.name.partition(".")[0] not in raw.rules:
            known = ", ".join(f"@{name}" for name in raw.rules)
            raise PatternError(f"@{capture.name} belongs to no rule; known: {known}", file, capture.line)
    if len(rules) != 1 or not any("." not in capture.name for capture in captures):
        raise PatternError(
            "a query captures the site of one rule, as @RULE, and its parts, as @RULE.part", file, form.line
        )
    rule = rules.pop()
    own = {capture.name.partition(".")[2]: capture for capture in captures if "." in capture.name}
    quantifiers = quantifiers_of(query, index)
    always = frozenset(name for name in own if quantifiers.get(f"{rule}.{name}") in ("", "+", None))
    names: list[str] = []
    for predicate in form.predicates:
        if predicate.arguments and predicate.arguments[0] == f"@{rule}.name":
            names.extend(predicate.spelled() or ())
    if "name" not in always or not names:
        message = f"@{rule}.name must capture the word that a file is searched for, and #eq? or #any-of? spell it out"
        raise PatternError(message, file, form.line)
    for name in names:
        problem = word_problem(name)
        if problem:
            raise PatternError(problem, file, form.line)
    used = {text[1:] for predicate in form.predicates for text in predicate.arguments if text.startswith("@")}
    return _Found(
        RoleQuery(rule, tuple(dict.fromkeys(names)), form.arities or (), tuple(own), file, form.line),
        always,
        tuple(capture for capture in own.values() if capture.name not in used),
        tuple(capture.node for capture in captures if capture.name == f"{rule}.name"),
        tuple(capture.node for capture in captures if capture.name == rule),
        reach_of(form, text, rule, names),
    )


def _rule(joined: Joined, name: str, raw: RawRule, found: Sequence[_Found]) -> Rule:
    queries = [item for item in found if item.query.role == name]
    if not IDENTIFIER.match(name):
        raise joined.error(f"`{name}` is not one word", "rules", name)
    if not queries:
        raise joined.error(f"no query captures @{name}", "rules", name)
    given = [action for action in _ACTIONS if getattr(raw, action)]
    if len(given) != 1:
        what = " and ".join(given) or "nothing"
        raise joined.error(f"a rule has one of {', '.join(_ACTIONS)}; here is {what}", "rules", name)
    always = frozenset.intersection(*(item.always for item in queries))
    sites = [site for item in queries for site in item.sites]
    others = [item for item in found if raw.joins and item.query.role == raw.joins]
    taken = frozenset.intersection(*(item.always for item in others)) if others else frozenset()
    check_assignment(joined, name, raw, always, taken, [*sites, *(site for item in others for site in item.sites)])
    replace = None
    if raw.replace is not None:
        try:
            replace = Template.parse(raw.replace)
        except TemplateError as error:
            raise joined.error(str(error), "rules", name, "replace") from None
    used = {"name", raw.chain, *check_captures(joined, name, raw, replace, always, taken)}
    if any(other.joins == name for other in joined.raw.rules.values()):
        used |= always
    for item in queries:
        for use in item.free:
            if use.name.partition(".")[2] not in used:
                message = f"@{use.name} is captured, but no template, condition or predicate uses it"
                raise PatternError(message, item.query.file, use.line)
    words = {word for item in queries for word in item.query.names}
    for capture, word in raw.rename.items():
        check_word(joined, word, "rules", name, "rename", capture)
        if capture == "name" and words == {word}:
            raise joined.error(f"`{word}` is its name already", "rules", name, "rename", capture)
    captures = tuple(dict.fromkeys(capture for item in queries for capture in item.query.captures))
    dropped = {capture: check_neutral(joined, name, capture, texts) for capture, texts in raw.dropped.items()}
    refuse = check_action(joined, name, raw, replace, sites)
    where = check_where(joined, name, raw)
    return Rule(
        name,
        where,
        captures,
        replace,
        dict(raw.rename),
        raw.remove,
        raw.keep,
        refuse,
        raw.chain,
        raw.joins,
        dropped,
    )


def _fields(joined: Joined) -> Mapping[str, CType]:
    found: dict[str, CType] = {}
    for key, text in joined.raw.types.fields.items():
        match = _FIELD.match(key)
        if match is None:
            raise joined.error(f"`{key}` is not of the form `struct name.field`", "types", "fields", key)
        found[f"{CType.parse(match[1]).base}.{match[2]}"] = check_type(joined, text, "types", "fields", key)
    return found


def _type_arguments(joined: Joined) -> dict[str, int]:
    for name, number in joined.raw.types.type_arguments.items():
        check_word(joined, name, "types", "type_arguments", name)
        if number < 0:
            message = f"`{number}` is not the number of an argument, from 0"
            raise joined.error(message, "types", "type_arguments", name)
    return dict(joined.raw.types.type_arguments)


def _header(joined: Joined, name: str, *path: str | int) -> str:
    if not _HEADER.match(name):
        raise joined.error(f"`{name}` is not a header such as linux/string.h", *path)
    return name


def _dropped_includes(joined: Joined) -> tuple[DroppedInclude, ...]:
    found: list[DroppedInclude] = []
    for index, raw in enumerate(joined.raw.includes.remove):
        header = _header(joined, raw.header, "includes", "remove", index)
        if not raw.provides:
            message = "says not what the header provides: it would go from every file that is changed"
            raise joined.error(f"`{header}` {message}", "includes", "remove", index)
        for word in raw.provides:
            check_word(joined, word, "includes", "remove", index)
        found.append(DroppedInclude(header, tuple(raw.provides)))
    return tuple(found)
