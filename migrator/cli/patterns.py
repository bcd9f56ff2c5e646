"""``migrator patterns``: list, show and check."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.cli.guard import Status
from migrator.cli.terminal import ColorChoice, Painter, Style, harmless, painter, put, say
from migrator.errors import PatternError
from migrator.series.text import counted

if TYPE_CHECKING:
    from migrator.pattern.describe import DroppedArgument, PatternDescription, RoleDescription
    from migrator.pattern.model import Pattern
    from migrator.testing import Case

_INDENT = "    "
_LONGEST = 40  # lines of an example


def run_list(*, as_json: bool) -> Status:
    """Print names and summaries."""
    from migrator.pattern.describe import describe
    from migrator.pattern.load import list_patterns

    found = [describe(pattern) for pattern in list_patterns()]
    if as_json:
        from migrator.cli.json_report import encoded

        put(encoded(found))
        return Status.DONE
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        put(f"{item.name:{width}}  {item.summary}")
    return Status.DONE


def run_show(name: str, color: ColorChoice, *, as_json: bool) -> Status:
    """Print what a pattern says."""
    from migrator.pattern.describe import describe
    from migrator.pattern.load import load_pattern
    from migrator.testing import examples

    pattern = load_pattern(name)
    description, cases = describe(pattern), examples(pattern)
    if as_json:
        from migrator.cli.json_report import encoded, with_examples

        put(encoded(with_examples(description, cases)))
    else:
        paint = painter(color, sys.stdout)
        put("\n".join((*_description(description, paint), *_example(cases, paint))))
    return Status.DONE


def _example(cases: Sequence[Case], paint: Painter) -> Iterator[str]:
    """The first case as a diff, or as it is where nothing changes; and how many more there are."""
    from difflib import unified_diff

    for case in cases[:1]:
        before, after = (text.decode("utf-8", "replace").splitlines() for text in (case.before, case.after))
        lines = list(unified_diff(before, after, lineterm="", n=len(before)))[3:] or before
        if len(lines) > _LONGEST:
            lines[_LONGEST:] = ["..."]
        more = f" (one of {len(cases)}, in {case.folder.parent})" if len(cases) > 1 else f" ({case.folder})"
        yield ""
        yield paint(f"example: {case.name}", Style.HEAD) + more
        for line in lines:
            style = {"-": Style.REMOVED, "+": Style.ADDED}.get(line[:1])
            text = harmless(_INDENT + line)
            yield paint(text, style) if style is not None and case.before != case.after else text
        for want in case.wants:
            yield _INDENT + harmless(f"reported at line {want.line}: {want.code}: {want.text}")


def _description(item: PatternDescription, paint: Painter) -> Iterator[str]:
    yield paint(item.name, Style.HEAD)
    yield _INDENT + item.summary
    yield from _section("reference", (item.reference,), paint)
    yield from _section("extends", item.extends, paint)
    yield from _rewrite(item, paint) if item.rules else _transaction(item, paint)
    yield from _section("files", (item.folder, *item.files), paint)
    yield from _section("digest", (item.digest,), paint)


def _rewrite(item: PatternDescription, paint: Painter) -> Iterator[str]:
    yield from _section("words", item.words, paint)
    for rule in item.rules:
        finds = (f"finds {_found(role)}" for role in item.roles if role.role == rule.name)
        conditions = (f"where {text}" for text in rule.conditions)
        dropped = (f"drops {_dropped(one)}" for one in rule.dropped)
        yield from _section(f"rule {rule.name}", (*finds, *conditions, rule.action, *dropped), paint)
    yield from _section("calls without effect", item.pure, paint)
    yield from _section("added", tuple(f"#include <{name}>" for name in item.added_includes), paint)
    unused = tuple(f"#include <{name}>" for name in item.dropped_includes)
    yield from _section("removed where nothing else needs it", unused, paint)


def _transaction(item: PatternDescription, paint: Painter) -> Iterator[str]:
    yield from _section("from", tuple(_role(role) for role in item.roles), paint)
    after = tuple(f"after {begin}(): {statement}" for begin, statement in item.after_success)
    errors = f"; fails with {', '.join(item.errors)}" if item.errors else ""
    sleeps = "may sleep" if item.may_sleep else "does not sleep"
    if item.kind != "check":
        yield from _section("to", (item.new_call, f"{item.placement}; {sleeps}{errors}", *after), paint)
    yield from _section("when it fails there", (item.failure,), paint)
    yield from _section("which takes back", item.owned, paint)
    held = tuple(f"{acquire} ... {release}" for acquire, release in item.handle)
    yield from _section("the handle is held by, which goes too", held, paint)
    yield from _section("dropped without a warning", tuple(map(_dropped, item.arguments)), paint)
    yield from _section("undone by", tuple(f"{effect}  <-  {undo}" for effect, undo in item.undo), paint)
    yield from _section("other uses of the handle", tuple(f"{old}  ->  {new}" for old, new in item.handle_uses), paint)
    yield from _section("where the object lives on after an abort", (item.object_lives,), paint)
    yield from _section("calls without effect", item.pure, paint)
    yield from _section("no sleeping between", tuple(f"{one}() and {other}()" for one, other in item.locks), paint)
    introduced = tuple(f"{name}(): its {slot} {where}" for name, slot, where in item.introduces)
    yield from _section("introduced where it is missing", introduced, paint)
    removed = tuple(f"{name}()" + (f", stays static as {kept}()" if kept else "") for name, kept in item.removes)
    yield from _section("removed when no caller is left", removed, paint)


def _section(title: str, lines: tuple[str, ...], paint: Painter) -> Iterator[str]:
    wanted = [line for line in lines if line]
    if wanted:
        yield ""
        yield paint(title, Style.HEAD)
        yield from (_INDENT + line for line in wanted)


def _dropped(one: DroppedArgument) -> str:
    return f"{one.name}: {'any value' if one.any else 'only ' + ' or '.join(one.neutral)}"


def _found(role: RoleDescription) -> str:
    """What the query of a rule is about: calls with so many arguments, or a word in the code that the file shows."""
    names, place = " or ".join(role.names), f"{Path(role.file).name}:{role.line}"
    if not role.arities:
        return f"{names}, as in {place}"
    arities = " or ".join(map(str, role.arities))
    return f"{names}() with {arities} {'argument' if role.arities == (1,) else 'arguments'}, as in {place}"


def _role(role: RoleDescription) -> str:
    names = ", ".join(f"{name}()" for name in role.names) or f"code that {role.file}:{role.line} describes"
    arities = " or ".join(map(str, role.arities))
    arguments = f" with {arities} arguments" if arities else ""
    return f"{role.role}: {names}{arguments}"


def run_check(names: tuple[str, ...]) -> Status:
    """Load each; say what is wrong with those that are not valid."""
    from migrator.pattern.load import load_pattern

    status = Status.DONE
    for name in names:
        try:
            pattern = load_pattern(name)
        except PatternError as error:
            say(f"migrator: error: {error}")
            status = Status.FAILED
        else:
            put(f"{name}: valid ({', '.join(pattern.words)}{_goal(pattern)})")
    return status


def _goal(pattern: Pattern) -> str:
    """What becomes of the words of a pattern, in short; empty where nothing does."""
    if pattern.rewrite is not None:
        return f" -> {counted(len(pattern.rewrite.rules), 'rule')}"
    return f" -> {pattern.new_call.name}" if pattern.new_call.name else ""
