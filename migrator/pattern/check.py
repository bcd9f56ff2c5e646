"""From the joined layers of a pattern to the checked model.

Each function makes one part of the model and knows the rules that hold it together with the others: a template names
only what is captured whenever it is written, a capture is there to be used, names are names. The first breach is a
PatternError at the key, in the file that said it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, get_args

from msgspec import Struct, structs

from migrator.errors import PatternError
from migrator.pattern.check_declarations import call_arities, check_introductions, check_removal
from migrator.pattern.check_sinks import check_sink
from migrator.pattern.model import (
    ANY,
    PROTOCOL_ROLES,
    AfterSuccess,
    Argument,
    HandleRule,
    HandleUse,
    Kind,
    Message,
    NewCall,
    Pattern,
    Placement,
    PlacementKind,
    UndoPair,
)
from migrator.pattern.query_text import read_forms
from migrator.pattern.raw import Joined, Layer, join_layers
from migrator.pattern.roles import CheckedQuery, captured, captured_always, check_queries, names_of
from migrator.pattern.template import Template, TemplateError, normal_expression

if TYPE_CHECKING:
    from migrator.flow.lock_table import LockCall

T = TypeVar("T")

# The kinds that a folder can be of; a refactor is no data.
KINDS = tuple(kind for kind in get_args(Kind) if kind != "refactor")
SUBJECT_FIELDS = ("functions", "file", "pattern")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_ERROR = re.compile(r"-E[A-Z0-9]+\Z")
_FIELD = re.compile(r"\{(\w*)\}")
# Captures that the engine itself reads, whatever the templates say.
_BUILT_IN = frozenset({"name", "object", "handle"})


def build_pattern(layers: Sequence[Layer]) -> Pattern:
    """The model of the last of ``layers`` (base first); raises PatternError."""
    joined = join_layers(layers)
    kind = _required(joined, joined.raw.kind, "kind")
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
    protocol = _protocol(joined, late_object=joined.raw.placement.kind == "at-commit")
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
        placement=_placement(joined, checked),
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
        pure=frozenset(_identifier(joined, call, "calls", "pure", index) for index, call in enumerate(raw.calls.pure)),
        locks=_locks(joined),
        handle=_handle(joined),
        protocols=_protocols(joined, names),
    )
    return _Protocol(pattern, checked)


def _base(joined: Joined) -> Pattern:
    """What a pattern of any kind says of itself."""
    raw, layers = joined.raw, joined.layers
    return Pattern(
        name=_name(joined),
        kind=cast("Kind", raw.kind),
        summary=_line_of_text(joined, _required(joined, raw.summary, "summary"), "summary"),
        reference=_line_of_text(joined, raw.reference, "reference") if raw.reference else "",
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


def _handle(joined: Joined) -> HandleRule | None:
    raw = joined.raw.handle
    if not raw.acquire and not raw.release:
        return None
    for key, texts in (("acquire", raw.acquire), ("release", raw.release)):
        if not texts:
            raise joined.error(f"[handle] says nothing under `{key}`: both ends are needed", "handle")
    acquire = [_template(joined, text, False, "handle", "acquire", index) for index, text in enumerate(raw.acquire)]
    release = [_template(joined, text, False, "handle", "release", index) for index, text in enumerate(raw.release)]
    for index, template in enumerate(release):
        if "handle" not in template.names:
            raise joined.error(f"`{template.source}` does not use {{handle}}", "handle", "release", index)
    return HandleRule(tuple(acquire), tuple(release))


def _protocols(joined: Joined, names: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], ...]:
    found: list[frozenset[str]] = []
    for index, raw in enumerate(joined.raw.protocol):
        calls: list[str] = []
        for role, listed in (("begin", raw.begin), ("commit", raw.commit), ("abort", raw.abort)):
            if not listed:
                raise joined.error(f"no call is named under `{role}`", "protocol", index, role)
            for place, name in enumerate(listed):
                if name not in names[role]:
                    known = ", ".join(names[role])
                    message = f"`{name}` is no name of @{role}; known: {known}"
                    raise joined.error(message, "protocol", index, role, place)
                if name in calls or any(name in other for other in found):
                    raise joined.error(f"{name}() is named twice", "protocol", index, role, place)
                calls.append(name)
        found.append(frozenset(calls))
    left = sorted({name for role in PROTOCOL_ROLES for name in names[role]}.difference(*found)) if found else []
    if left:
        raise joined.error(f"{left[0]}() belongs to none of the protocols", "protocol")
    return tuple(found)


def layers_digest(layers: Sequence[Layer]) -> str:
    """SHA-256, in hex, over names, lengths and bytes of all files, the innermost base first."""
    total = hashlib.sha256()
    for layer in layers:
        total.update(f"pattern\0{len(layer.contents)}\0".encode())
        for name, data in layer.contents:
            total.update(f"{name}\0{len(data)}\0".encode())
            total.update(data)
    return total.hexdigest()


def _required(joined: Joined, value: T | None, *path: str | int) -> T:
    if value is None:
        table = ".".join(str(step) for step in path[:-1])
        raise joined.error(f"key `{path[-1]}` is missing" + (f" in [{table}]" if table else ""), *path)
    return value


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


def _line_of_text(joined: Joined, text: str, *path: str | int) -> str:
    if not text.strip() or not text.isprintable():
        raise joined.error(f"`{'.'.join(map(str, path))}` must be one line of text", *path)
    return text.strip()


def _identifier(joined: Joined, name: str, *path: str | int) -> str:
    if not _IDENTIFIER.match(name):
        raise joined.error(f"`{name}` is not the name of a function", *path)
    return name


def _template(joined: Joined, text: str, statement: bool, *path: str | int) -> Template:
    try:
        template = Template.parse(text)
    except TemplateError as error:
        raise joined.error(str(error), *path) from None
    if template.statement != statement:
        wanted = "a statement must end in `;`" if statement else "an expression is wanted here, without `;`"
        raise joined.error(f"`{template.source}`: {wanted}", *path)
    return template


def _check_names(joined: Joined, template: Template, allowed: Collection[str], whence: str, *path: str | int) -> None:
    for name in sorted(template.names - set(allowed)):
        known = ", ".join(f"{{{item}}}" for item in sorted(allowed)) or "none"
        raise joined.error(f"{{{name}}} in `{template.source}` is not {whence}; known: {known}", *path)


def _check_call_names(joined: Joined, template: Template, checked: Sequence[CheckedQuery], *path: str | int) -> None:
    """What is written at a begin names captures that every begin, or every commit, has; the handle is gone by then."""
    always = captured_always(checked, "begin") | captured_always(checked, "commit")
    for name in sorted(template.names):
        if name == "handle":
            raise joined.error(f"{{handle}} in `{template.source}`: the handle is removed with the old calls", *path)
        if name not in always and name in captured(checked, "begin", "commit"):
            raise joined.error(f"{{{name}}} in `{template.source}` is captured only by some of the calls", *path)
    _check_names(joined, template, always - {"handle"}, "a capture of @begin or @commit", *path)


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
    template = _template(joined, _required(joined, raw.template, *path), False, *path)
    if not template.callee:
        raise joined.error(f"`{template.source}` is not a call of a function by its name", *path)
    if template.callee in {name for role in PROTOCOL_ROLES for name in names_of(checked, role)}:
        raise joined.error(f"{template.callee}() is one of the calls to be replaced", *path)
    _check_call_names(joined, template, checked, *path)
    for index, text in enumerate(raw.errors):
        if not _ERROR.match(text):
            raise joined.error(f"`{text}` is not an error such as -ENOMEM", "new_call", "errors", index)
    may_sleep = _required(joined, raw.may_sleep, "new_call", "may_sleep")
    return NewCall(template, template.callee, may_sleep, tuple(raw.errors))


def _after_success(joined: Joined, checked: Sequence[CheckedQuery]) -> tuple[AfterSuccess, ...]:
    found: list[AfterSuccess] = []
    for index, raw in enumerate(joined.raw.after_success):
        begins = names_of(checked, "begin")
        if raw.begin not in begins:
            message = f"`{raw.begin}` is not a name of @begin; known: {', '.join(begins)}"
            raise joined.error(message, "after_success", index, "begin")
        path = ("after_success", index, "statement")
        template = _template(joined, raw.statement, True, *path)
        _check_call_names(joined, template, checked, *path)
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
                shapes.append(_template(joined, text, False, *path))
                continue
            normal = ANY if text == ANY else normal_expression(text)
            if normal is None:
                raise joined.error(f"`{text}` is not a C expression", *path)
            neutral.append(normal)
        found[name] = Argument(tuple(neutral), tuple(shapes))
    return found


def _placement(joined: Joined, checked: Sequence[CheckedQuery]) -> Placement:
    raw = joined.raw.placement
    kind = _required(joined, raw.kind, "placement", "kind")
    if kind not in get_args(PlacementKind):
        known = ", ".join(get_args(PlacementKind))
        raise joined.error(f"unknown placement `{kind}`; known: {known}", "placement", "kind")
    own = joined.layers[-1].raw.placement  # what a base says for its own placement does no harm
    for key, said in (("failure", own.failure), ("owned", own.owned)):
        if said and kind != "at-commit":
            raise joined.error(f"`{key}` means nothing for the placement {kind}", "placement", key)
    if kind == "at-begin":
        return Placement("at-begin")
    if kind == "at-commit":
        return _at_commit(joined, checked)
    if not any(query.role.role == "setup" for query in checked):
        raise joined.error("placement after-setup, but no query captures @setup", "placement", "kind")
    setup = _required(joined, raw.setup, "placement", "setup")
    return Placement("after-setup", _line_of_text(joined, setup, "placement", "setup"))


def _at_commit(joined: Joined, checked: Sequence[CheckedQuery]) -> Placement:
    raw = joined.raw.placement
    path = ("placement", "failure")
    failure = _template(joined, _required(joined, raw.failure, *path), True, *path)
    _check_call_names(joined, failure, checked, *path)
    owned = tuple(_template(joined, text, False, "placement", "owned", index) for index, text in enumerate(raw.owned))
    for table in ("after_success", "handle_use", "abort", "sink"):
        if any(table in layer.tables for layer in joined.layers):
            raise joined.error(f"[{table}] means nothing for the placement at-commit", table)
    return Placement("at-commit", failure=failure, owned=owned)


def _undo(joined: Joined) -> tuple[UndoPair, ...]:
    found: list[UndoPair] = []
    for index, raw in enumerate(joined.raw.undo):
        effect = _template(joined, raw.effect, False, "undo", index, "effect")
        undo = _template(joined, raw.undo, False, "undo", index, "undo")
        _check_names(joined, undo, effect.names, "a capture of the effect", "undo", index, "undo")
        found.append(UndoPair(effect, undo))
    return tuple(found)


def _handle_uses(joined: Joined) -> tuple[HandleUse, ...]:
    found: list[HandleUse] = []
    for index, raw in enumerate(joined.raw.handle_use):
        old = _template(joined, raw.old, False, "handle_use", index, "old")
        new = _template(joined, raw.new, False, "handle_use", index, "new")
        if "handle" not in old.names:
            raise joined.error(f"`{old.source}` does not use {{handle}}", "handle_use", index, "old")
        allowed = (old.names | {"object"}) - {"handle"}
        _check_names(joined, new, allowed, "a capture that is left of the old form", "handle_use", index, "new")
        found.append(HandleUse(old, new))
    return tuple(found)


def _object_lives(joined: Joined) -> Template | None:
    text = joined.raw.abort.object_lives
    if text is None:
        return None
    template = _template(joined, text, True, "abort", "object_lives")
    _check_names(joined, template, {"object"}, "known after an abort", "abort", "object_lives")
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
                acquire=_identifier(joined, raw.acquire, "locks", index, "acquire"),
                release=tuple(_identifier(joined, name, "locks", index, "release") for name in raw.release),
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
    subject = _line_of_text(joined, _required(joined, raw.subject, *path), *path)
    for name in _FIELD.findall(subject):
        if name not in SUBJECT_FIELDS:
            known = ", ".join(f"{{{item}}}" for item in SUBJECT_FIELDS)
            raise joined.error(f"{{{name}}} is not known in a subject; known: {known}", *path)
    return Message(subject, raw.body.strip("\n") + "\n" if raw.body.strip() else "")
