"""What a pattern does, in plain values: what ``patterns show`` renders.

Everything here is read off the checked model, so that the description cannot say anything else than what is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.pattern.declarations import Insertion
from migrator.pattern.model import ANY, ROLES, Pattern

if TYPE_CHECKING:
    from migrator.pattern.rules import Rule


class RoleDescription(Struct, frozen=True):
    """The calls (or stores) of one role.

    ``names`` are the called functions, empty where the query is about something else than calls; ``arities`` the
    numbers of arguments that are understood, empty where any is; ``captures`` what is read from them.
    """

    role: str
    names: tuple[str, ...]
    arities: tuple[int, ...]
    captures: tuple[str, ...]
    file: str
    line: int


class DroppedArgument(Struct, frozen=True):
    """An old argument without a place in the new call: dropped in silence for ``neutral`` values (``any``: for all)."""

    name: str
    neutral: tuple[str, ...]
    any: bool


class RuleDescription(Struct, frozen=True):
    """One rule of a pattern of the kind rewrite: what it does, and its conditions as they stand in the TOML.

    ``dropped``: parts that have no place in the new code, for these values without a warning.
    """

    name: str
    action: str
    conditions: tuple[str, ...]
    dropped: tuple[DroppedArgument, ...] = ()


class PatternDescription(Struct, frozen=True):
    """All that a pattern says. Templates are texts with ``{captures}``."""

    name: str
    summary: str
    reference: str
    digest: str
    folder: str
    extends: tuple[str, ...]
    files: tuple[str, ...]
    words: tuple[str, ...]
    roles: tuple[RoleDescription, ...]
    new_call: str
    may_sleep: bool
    errors: tuple[str, ...]
    placement: str
    after_success: tuple[tuple[str, str], ...]  # name of the old begin, statement
    undo: tuple[tuple[str, str], ...]  # effect, what takes it back
    handle_uses: tuple[tuple[str, str], ...]  # old form, new form
    arguments: tuple[DroppedArgument, ...]  # those that the new call does not take
    object_lives: str
    pure: tuple[str, ...]
    locks: tuple[tuple[str, str], ...]  # what begins a section that must not sleep, what ends it
    introduces: tuple[tuple[str, str, str], ...]  # function, prototype or stub or definition, where it goes
    removes: tuple[tuple[str, str], ...]  # function, the name under which its definition stays (else empty)
    subject: str
    body: str
    kind: str = "transaction"
    failure: str = ""  # what gives the object up when the new call fails
    owned: tuple[str, ...] = ()  # effects that this takes back
    handle: tuple[tuple[str, str], ...] = ()  # how the handle is come by, how it is given up
    rules: tuple[RuleDescription, ...] = ()
    added_includes: tuple[str, ...] = ()
    dropped_includes: tuple[str, ...] = ()  # when nothing that they provide is left


def describe(pattern: Pattern) -> PatternDescription:
    """The description of a pattern."""
    taken, rewrite = pattern.new_call.template.names, pattern.rewrite
    return PatternDescription(
        name=pattern.name,
        summary=pattern.summary,
        reference=pattern.reference,
        digest=pattern.digest,
        folder=str(pattern.folder),
        extends=pattern.extends,
        files=tuple(query.file for query in pattern.queries),
        words=pattern.words,
        roles=tuple(
            RoleDescription(query.role, query.names, query.arities, query.captures, query.file, query.line)
            for role in (ROLES if rewrite is None else [rule.name for rule in rewrite.rules])
            for query in pattern.roles
            if query.role == role
        ),
        new_call=pattern.new_call.template.source,
        may_sleep=pattern.new_call.may_sleep,
        errors=pattern.new_call.errors,
        placement=_placement(pattern),
        after_success=tuple((rule.begin, rule.statement.source) for rule in pattern.after_success),
        undo=tuple((rule.effect.source, rule.undo.source) for rule in pattern.undo),
        handle_uses=tuple((rule.old.source, rule.new.source) for rule in pattern.handle_uses),
        arguments=tuple(
            DroppedArgument(
                name,
                (*(text for text in argument.neutral if text != ANY), *(shape.source for shape in argument.shapes)),
                ANY in argument.neutral,
            )
            for name, argument in pattern.arguments.items()
            if name not in taken
        ),
        object_lives=pattern.object_lives.source if pattern.object_lives is not None else "",
        pure=tuple(sorted(pattern.pure if rewrite is None else rewrite.pure)),
        locks=tuple((lock.acquire, release) for lock in pattern.locks for release in lock.release),
        introduces=tuple(
            (one.name, insertion.slot, _where(insertion)) for one in pattern.introduce for insertion in one.insertions
        ),
        removes=_removes(pattern),
        subject=pattern.message.subject,
        body=pattern.message.body,
        kind=pattern.kind,
        failure=pattern.placement.failure.source if pattern.placement.failure is not None else "",
        owned=tuple(rule.source for rule in pattern.placement.owned),
        handle=()
        if pattern.handle is None
        else tuple(
            (acquire.source, release.source) for acquire in pattern.handle.acquire for release in pattern.handle.release
        ),
        rules=() if rewrite is None else tuple(_rule(rule) for rule in rewrite.rules),
        added_includes=() if rewrite is None else rewrite.added_includes,
        dropped_includes=() if rewrite is None else tuple(one.header for one in rewrite.dropped_includes),
    )


def _rule(rule: Rule) -> RuleDescription:
    action = "left alone"
    if rule.replace is not None:
        action = f"becomes {rule.replace.source}" + (f", together with {rule.joins}" if rule.joins else "")
    elif rule.rename:
        action = "is renamed: " + ", ".join(f"{name} to {word}" for name, word in rule.rename.items())
    elif rule.remove:
        action = "is removed"
    elif rule.refuse:
        action = f"is refused: {rule.refuse}"
    where = rule.where
    found = [f"{name} is a {kind}" for name, kind in where.types.items()]
    found += [f"{name} comes from {' or '.join(calls)}()" for name, calls in where.origin.items()]
    found += [
        f"{name} is given to nobody before" + (f" but {' or '.join(calls)}()" if calls else "")
        for name, calls in where.unshared.items()
    ]
    found += [f"{name} is {template.source}" for name, template in where.like.items()]
    lists = (
        ("in function", where.functions),
        ("not in function", where.not_functions),
        ("in file", where.files),
        ("not in file", where.not_files),
        ("no field", where.absent),
        ("no name twice in", where.disjoint),
    )
    found += [f"{text} {', '.join(values)}" for text, values in lists if values]
    found += ["the value is not used"] if where.unused else []
    found += ["it is only read"] if where.read else []
    found += [f"it initialises a {where.initialises}"] if where.initialises else []
    dropped = tuple(
        DroppedArgument(name, tuple(text for text in neutral if text != ANY), ANY in neutral)
        for name, neutral in rule.dropped.items()
    )
    return RuleDescription(rule.name, action, tuple(found), dropped)


def _where(insertion: Insertion) -> str:
    side = "before" if insertion.before else "behind"
    return f"{side} the {insertion.slot} of {insertion.anchor}()"


def _removes(pattern: Pattern) -> tuple[tuple[str, str], ...]:
    if pattern.remove is None:
        return ()
    return (*((name, "") for name in pattern.remove.delete), *pattern.remove.static.items())


def _placement(pattern: Pattern) -> str:
    if pattern.placement.kind == "after-setup":
        return f"behind the statements that set {pattern.placement.setup}"
    return "where the commit stood" if pattern.placement.kind == "at-commit" else "where the old begin stood"
