"""From the joined layers of a pattern to the checked model.

Each function makes one part of the model and knows the rules that hold it together with the others: a template names
only what is captured whenever it is written, a capture is there to be used, names are names. The first breach is a
PatternError at the key, in the file that said it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from msgspec import Struct, structs

from migrator.errors import PatternError
from migrator.pattern.check_declarations import call_arities, check_introductions, check_removal
from migrator.pattern.check_placement import check_handle, check_placement, check_protocols, placement_kind
from migrator.pattern.check_sinks import check_sink
from migrator.pattern.check_values import (
    check_call_names,
    check_names,
    identifier,
    line_of_text,
    required,
    template_of,
)
from migrator.pattern.model import (
    ANY,
    PROTOCOL_ROLES,
    AfterSuccess,
    Argument,
    HandleUse,
    Kind,
    Message,
    NewCall,
    Pattern,
    UndoPair,
)
from migrator.pattern.query_text import read_forms
from migrator.pattern.raw import Joined, Layer, join_layers
from migrator.pattern.roles import CheckedQuery, captured, check_queries, names_of
from migrator.pattern.template import Template, normal_expression

if TYPE_CHECKING:
    from migrator.flow.lock_table import LockCall

T = TypeVar("T")

# The kinds that a folder can be of; a refactor is no data.
KINDS = tuple(kind for kind in get_args(Kind) if kind != "refactor")
SUBJECT_FIELDS = ("functions", "file", "pattern")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_ERROR = re.compile(r"-E[A-Z0-9]+\Z")
_FIELD = re.compile(r"\{(\w*)\}")
# Captures that the engine itself reads, whatever the templates say.
_BUILT_IN = frozenset({"name", "object", "handle"})


def build_pattern(layers: Sequence[Layer]) -> Pattern:
    """The model of the last of ``layers`` (base first); raises PatternError."""
    joined = join_layers(layers)
    kind = required(joined, joined.raw.kind, "kind")
    if kind == "transaction":
        return _transaction(joined)
    if kind == "check":
        return _check(joined)
    if kind == "rewrite":
        return _rewrite(joined)
    raise joined.error(f"unknown kind `{kind}`; known: {', '.join(KINDS)}", "kind")


def _transaction(joined: Joined) -> Pattern:
    """A pattern that turns a protocol into one call."""
    _refuse_tables(joined, ("rules", "types", "includes"))
    kind = placement_kind(joined)
    protocol = _protocol(joined, late_object=kind == "at-commit")
    checked = protocol.checked
    new_call = _new_call(joined, checked)
    after_success = _after_success(joined, checked)
    arguments = _arguments(joined, checked)
    _check_captures_used(checked, new_call.template.names, after_success, arguments)
    written = [new_call.template, *(rule.statement for rule in after_success)]
    return structs.replace(
        protocol.pattern,
        new_call=new_call,
        arguments=arguments,
        placement=check_placement(joined, checked, kind),
        after_success=after_success,
        undo=_undo(joined),
        handle_uses=_handle_uses(joined),
        object_lives=_object_lives(joined),
        introduce=check_introductions(joined, protocol.pattern.words, call_arities(written)),
        remove=check_removal(joined, protocol.pattern.words),
        sink=check_sink(joined, arguments, new_call.template.names),
        message=_message(joined),
    )


# What a pattern that only looks has no use for.
_REWRITING = (
    *("new_call", "arguments", "placement", "after_success", "undo", "handle_use", "abort", "introduce", "remove"),
    *("sink", "message", "rules", "types", "includes"),
)


def _check(joined: Joined) -> Pattern:
    """A pattern that verifies a protocol and rewrites nothing."""
    _refuse_tables(joined, _REWRITING)
    forms = [form for layer in joined.layers for source in layer.queries for form in read_forms(source.text)]
    named = any(capture.name == "begin.object" for form in forms for capture in form.captures)
    protocol = _protocol(joined, late_object=not named)
    _check_captures_used(protocol.checked, frozenset(), (), {})
    return protocol.pattern


def _refuse_tables(joined: Joined, tables: Sequence[str]) -> None:
    for table in tables:
        if any(table in layer.tables for layer in joined.layers):
            raise joined.error(f"[{table}] means nothing in a pattern of the kind {joined.raw.kind}", table)


class _Protocol(Struct, frozen=True):
    """What every pattern with a protocol has, and the queries that find it."""

    pattern: Pattern
    checked: tuple[CheckedQuery, ...]


def _protocol(joined: Joined, *, late_object: bool) -> _Protocol:
    raw, base = joined.raw, _base(joined)
    checked = check_queries(base.digest, base.queries, late_object=late_object)
    for role in PROTOCOL_ROLES:
        if not any(query.role.role == role for query in checked):
            raise joined.error(f"no query captures @{role}", "queries")
    names = {role: names_of(checked, role) for role in PROTOCOL_ROLES}
    _check_disjoint(checked)
    pattern = structs.replace(
        base,
        roles=tuple(query.role for query in checked),
        words=tuple(dict.fromkeys(word for role in PROTOCOL_ROLES for word in names[role])),
        begin_names=frozenset(names["begin"]),
        commit_names=frozenset(names["commit"]),
        abort_names=frozenset(names["abort"]),
        pure=frozenset(identifier(joined, call, "calls", "pure", index) for index, call in enumerate(raw.calls.pure)),
        locks=_locks(joined),
        handle=check_handle(joined),
        protocols=check_protocols(joined, names),
    )
    return _Protocol(pattern, checked)


def _base(joined: Joined) -> Pattern:
    """What a pattern of any kind says of itself."""
    raw, layers = joined.raw, joined.layers
    return Pattern(
        name=_name(joined),
        kind=cast("Kind", raw.kind),
        summary=line_of_text(joined, required(joined, raw.summary, "summary"), "summary"),
        reference=line_of_text(joined, raw.reference, "reference") if raw.reference else "",
        digest=layers_digest(layers),
        folder=layers[-1].folder,
        extends=tuple(layer.raw.name or layer.folder.name for layer in reversed(layers[:-1])),
        queries=tuple(query for layer in layers for query in layer.queries),
    )


def _rewrite(joined: Joined) -> Pattern:
    """A pattern of the kind rewrite; the fields that describe a transaction stay empty."""
    from migrator.pattern.rewrites import check_rewrite

    base = _base(joined)
    rewrite, roles, words = check_rewrite(joined, base.digest, base.queries)
    return structs.replace(base, roles=roles, words=words, message=_message(joined), rewrite=rewrite)


def layers_digest(layers: Sequence[Layer]) -> str:
    """SHA-256, in hex, over names, lengths and bytes of all files, the innermost base first."""
    total = hashlib.sha256()
    for layer in layers:
        total.update(f"pattern\0{len(layer.contents)}\0".encode())
        for name, data in layer.contents:
            total.update(f"{name}\0{len(data)}\0".encode())
            total.update(data)
    return total.hexdigest()


def _name(joined: Joined) -> str:
    layer = joined.layers[-1]
    name = layer.raw.name
    if name is None:
        raise PatternError("key `name` is missing", layer.file, 1)
    folder = layer.folder.name or layer.folder.resolve().name
    if folder == "..":
        folder = layer.folder.resolve().name
    if not _NAME.match(name):
        raise joined.error(f"name `{name}` is not made of small letters, digits and underscores", "name")
    if name != folder:
        raise joined.error(f"name `{name}` differs from the name of the folder, `{folder}`", "name")
    return name


def _check_disjoint(checked: Sequence[CheckedQuery]) -> None:
    owner: dict[str, str] = {}
    for query in checked:
        role = query.role
        if role.role in PROTOCOL_ROLES:
            for name in role.names:
                if owner.setdefault(name, role.role) != role.role:
                    raise PatternError(f"`{name}` is both @{owner[name]} and @{role.role}", role.file, role.line)


def _check_captures_used(
    checked: Sequence[CheckedQuery],
    taken: frozenset[str],
    after_success: Sequence[AfterSuccess],
    arguments: Mapping[str, Argument],
) -> None:
    used = _BUILT_IN | taken | set(arguments)
    used = used.union(*(rule.statement.names for rule in after_success))
    for query in checked:
        for capture in query.free:
            role, _, name = capture.name.partition(".")
            if name not in (used if role in PROTOCOL_ROLES else _BUILT_IN):
                nobody = "no template, [arguments] key or predicate" if role in PROTOCOL_ROLES else "no predicate"
                raise PatternError(f"@{capture.name} is captured, but {nobody} uses it", query.role.file, capture.line)


def _new_call(joined: Joined, checked: Sequence[CheckedQuery]) -> NewCall:
    raw = joined.raw.new_call
    path = ("new_call", "template")
    template = template_of(joined, required(joined, raw.template, *path), False, *path)
    if not template.callee:
        raise joined.error(f"`{template.source}` is not a call of a function by its name", *path)
    if template.callee in {name for role in PROTOCOL_ROLES for name in names_of(checked, role)}:
        raise joined.error(f"{template.callee}() is one of the calls to be replaced", *path)
    check_call_names(joined, template, checked, *path)
    for index, text in enumerate(raw.errors):
        if not _ERROR.match(text):
            raise joined.error(f"`{text}` is not an error such as -ENOMEM", "new_call", "errors", index)
    may_sleep = required(joined, raw.may_sleep, "new_call", "may_sleep")
    return NewCall(template, template.callee, may_sleep, tuple(raw.errors))


def _after_success(joined: Joined, checked: Sequence[CheckedQuery]) -> tuple[AfterSuccess, ...]:
    found: list[AfterSuccess] = []
    for index, raw in enumerate(joined.raw.after_success):
        begins = names_of(checked, "begin")
        if raw.begin not in begins:
            message = f"`{raw.begin}` is not a name of @begin; known: {', '.join(begins)}"
            raise joined.error(message, "after_success", index, "begin")
        path = ("after_success", index, "statement")
        template = template_of(joined, raw.statement, True, *path)
        check_call_names(joined, template, checked, *path)
        found.append(AfterSuccess(raw.begin, template))
    return tuple(found)


def _arguments(joined: Joined, checked: Sequence[CheckedQuery]) -> dict[str, Argument]:
    found: dict[str, Argument] = {}
    known = captured(checked, *PROTOCOL_ROLES) - _BUILT_IN
    for name, raw in joined.raw.arguments.items():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            message = f"`{name}` is not a captured argument of the old calls; known: {listed}"
            raise joined.error(message, "arguments", name)
        neutral: list[str] = []
        shapes: list[Template] = []
        for index, text in enumerate(raw.neutral):
            path = ("arguments", name, "neutral", index)
            if "{" in text:
                shapes.append(template_of(joined, text, False, *path))
                continue
            normal = ANY if text == ANY else normal_expression(text)
            if normal is None:
                raise joined.error(f"`{text}` is not a C expression", *path)
            neutral.append(normal)
        found[name] = Argument(tuple(neutral), tuple(shapes))
    return found


def _undo(joined: Joined) -> tuple[UndoPair, ...]:
    found: list[UndoPair] = []
    for index, raw in enumerate(joined.raw.undo):
        effect = template_of(joined, raw.effect, False, "undo", index, "effect")
        undo = template_of(joined, raw.undo, False, "undo", index, "undo")
        check_names(joined, undo, effect.names, "a capture of the effect", "undo", index, "undo")
        found.append(UndoPair(effect, undo))
    return tuple(found)


def _handle_uses(joined: Joined) -> tuple[HandleUse, ...]:
    found: list[HandleUse] = []
    for index, raw in enumerate(joined.raw.handle_use):
        old = template_of(joined, raw.old, False, "handle_use", index, "old")
        new = template_of(joined, raw.new, False, "handle_use", index, "new")
        if "handle" not in old.names:
            raise joined.error(f"`{old.source}` does not use {{handle}}", "handle_use", index, "old")
        allowed = (old.names | {"object"}) - {"handle"}
        check_names(joined, new, allowed, "a capture that is left of the old form", "handle_use", index, "new")
        found.append(HandleUse(old, new))
    return tuple(found)


def _object_lives(joined: Joined) -> Template | None:
    text = joined.raw.abort.object_lives
    if text is None:
        return None
    template = template_of(joined, text, True, "abort", "object_lives")
    check_names(joined, template, {"object"}, "known after an abort", "abort", "object_lives")
    return template


def _locks(joined: Joined) -> tuple[LockCall, ...]:
    if not joined.raw.locks:
        return ()
    from migrator.flow.lock_table import LockCall

    found: list[LockCall] = []
    for index, raw in enumerate(joined.raw.locks):
        if not raw.release:
            raise joined.error("no call is named that ends the section", "locks", index, "release")
        acquired = _argument(joined, raw.argument, ("result", "none"), "locks", index, "argument")
        released = _argument(joined, raw.release_argument, ("none",), "locks", index, "release_argument")
        found.append(
            LockCall(
                acquire=identifier(joined, raw.acquire, "locks", index, "acquire"),
                release=tuple(identifier(joined, name, "locks", index, "release") for name in raw.release),
                argument="result" if acquired == "result" else _number(acquired),
                release_argument=_number(released),
                noun=raw.noun,
            )
        )
    return tuple(found)


def _argument(joined: Joined, value: int | str, words: tuple[str, ...], *path: str | int) -> int | str:
    if value in words or (isinstance(value, int) and value >= 0):
        return value
    listed = ", ".join(f'"{word}"' for word in words)
    raise joined.error(f"`{value}` is neither the number of an argument, from 0, nor {listed}", *path)


def _number(value: int | str) -> int | None:
    return value if isinstance(value, int) else None


def _message(joined: Joined) -> Message:
    raw = joined.raw.message
    path = ("message", "subject")
    subject = line_of_text(joined, required(joined, raw.subject, *path), *path)
    for name in _FIELD.findall(subject):
        if name not in SUBJECT_FIELDS:
            known = ", ".join(f"{{{item}}}" for item in SUBJECT_FIELDS)
            raise joined.error(f"{{{name}}} is not known in a subject; known: {known}", *path)
    return Message(subject, raw.body.strip("\n") + "\n" if raw.body.strip() else "")
