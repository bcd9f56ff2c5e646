"""The patches that add what the converted callers need: prototype, stub and definition, each behind its anchor.

A function is introduced when the series calls it and nothing in the tree declares it. All its texts find their places,
or none is written and a diagnostic says which anchor is missing: a place is never guessed. The texts of a pattern call
the old functions; what those take differs between trees, so each call is completed from the tree's own parameters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code, Diagnostic, Related, Severity
from migrator.rewrite.layout import fill_statement, indentation, joined, split_arguments
from migrator.series.declared import Declarations, Place
from migrator.series.text import counted
from migrator.syntax import arguments as call_arguments
from migrator.syntax import callee_name, walk

if TYPE_CHECKING:
    from migrator.pattern.declarations import Insertion, Introduction
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult


class Found(Struct, frozen=True):
    """An insertion and where it goes: ``offset`` is the start of a line of ``file``."""

    insertion: Insertion
    file: str
    offset: int
    line: int


class Introduced(Struct, frozen=True):
    """An introduction whose texts all have their places; ``arities`` are the parameters of the old calls it makes."""

    introduction: Introduction
    found: tuple[Found, ...]
    parameters: Mapping[str, tuple[str, ...]]
    caveats: tuple[Diagnostic, ...] = ()

    def text(self, insertion: Insertion, renamed: Mapping[str, str] = {}) -> str:
        """The text of one insertion, its calls of old functions completed, and those of ``renamed`` renamed."""
        return completed(insertion.text, self.parameters, self.introduction.fill, renamed)


class Needs(Struct, frozen=True):
    """What there is to introduce, and what is to be said where that is not possible."""

    introduced: tuple[Introduced, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    missing: frozenset[str] = frozenset()  # functions that the series calls and that nothing will declare


def written_calls(pattern: Pattern) -> dict[str, int]:
    """What the converts may write: names and arities of the calls in the templates."""
    from migrator.pattern.check_declarations import call_arities

    templates = [pattern.new_call.template, *(rule.statement for rule in pattern.after_success)]
    templates.extend(use.new for use in pattern.handle_uses)
    if pattern.object_lives is not None:
        templates.append(pattern.object_lives)
    return call_arities(templates)


def words_of(pattern: Pattern) -> frozenset[str]:
    """All names whose declarations this module and ``remove`` ask for."""
    names = {*pattern.words, *written_calls(pattern)}
    for introduction in pattern.introduce:
        names.add(introduction.name)
        names.update(insertion.anchor for insertion in introduction.insertions)
        names.update(caveat.function for caveat in introduction.caveats)
    if pattern.remove is not None:
        names.update(pattern.remove.static.values())
    return frozenset(names)


def needed_calls(pattern: Pattern, results: Sequence[FileResult]) -> Iterator[str]:
    """The calls that the converts write, in the order of the templates, each behind what its introduced texts call."""
    first: list[str] = []
    for name in written_calls(pattern):
        if _users(name, results):
            first.append(name)
    seen: set[str] = set()
    known = {introduction.name: introduction for introduction in pattern.introduce}

    def with_callees(name: str) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        if name in known:
            code = " ".join(bare(insertion.text) for insertion in known[name].insertions)
            for other in known:
                if re.search(rf"\b{other}\b", code):
                    yield from with_callees(other)
        yield name

    for name in first:
        yield from with_callees(name)


def _users(name: str, results: Sequence[FileResult]) -> list[str]:
    """The files in which the converts write calls of a function."""
    word = re.compile(rb"(?<!\w)%b(?!\w)" % name.encode())
    return [one.path for one in results if one.changed and len(word.findall(one.after)) > len(word.findall(one.before))]


def find_needs(pattern: Pattern, results: Sequence[FileResult], tree: Declarations) -> Needs:
    """What the converts need and the tree does not have."""
    introduced: list[Introduced] = []
    diagnostics: list[Diagnostic] = []
    missing: set[str] = set()
    known = {introduction.name: introduction for introduction in pattern.introduce}
    arities = written_calls(pattern)
    for name in needed_calls(pattern, results):
        users = _users(name, results)
        used = users[0] if users else ""
        places = list(tree.of(name))
        visible = [place for place in places if not place.file.endswith(".c")]
        if visible:
            diagnostics.extend(_differing(name, arities.get(name), visible))
            continue
        # what a .c file declares is for itself
        if any(not path.endswith(".c") for path, _ in tree.macros(name)):
            continue
        if users and {*users} <= {place.file for place in places} | {path for path, _ in tree.macros(name)}:
            continue
        if places:
            message = f"{name}() is called by this series; it is defined here, and no header declares it"
            diagnostics.append(Diagnostic(Code.NOT_DECLARED, Severity.REFUSAL, places[0].file, places[0].line, message))
            missing.add(name)
            continue
        if name not in known:
            message = f"{name}() is called by this series, and nothing in the tree declares it"
            diagnostics.append(Diagnostic(Code.NOT_DECLARED, Severity.REFUSAL, used, 0, message))
            missing.add(name)
            continue
        outcome = _introduced(known[name], pattern, tree, used)
        if isinstance(outcome, Diagnostic):
            diagnostics.append(outcome)
            missing.add(name)
        else:
            introduced.append(outcome)
            diagnostics.extend(outcome.caveats)
    return Needs(tuple(introduced), tuple(diagnostics), frozenset(missing))


def _differing(name: str, arity: int | None, places: Sequence[Place]) -> Iterator[Diagnostic]:
    wrong = [place for place in places if arity is not None and len(place.parameters) != arity]
    if wrong and arity is not None:
        first = wrong[0]
        message = (
            f"{name}() is declared with {counted(len(first.parameters), 'parameter')}, "
            f"but this series calls it with {counted(arity, 'argument')}"
        )
        related = tuple(Related(place.file, place.line, f"another {place.slot}") for place in wrong[1:])
        yield Diagnostic(Code.DECLARATION_DIFFERS, Severity.REFUSAL, first.file, first.line, message, "", related)


def _introduced(introduction: Introduction, pattern: Pattern, tree: Declarations, used: str) -> Introduced | Diagnostic:
    found: list[Found] = []
    for insertion in introduction.insertions:
        place = _anchor(insertion, tree)
        if not isinstance(place, Place):
            where, line, reason = place
            message = f"{introduction.name}() is not introduced: {reason}"
            return Diagnostic(Code.NOT_DECLARED, Severity.REFUSAL, where or used, line, message)
        offset = place.comment if insertion.before else place.end
        found.append(Found(insertion, place.file, offset, place.line))
    parameters: dict[str, tuple[str, ...]] = {}
    for insertion in introduction.insertions:
        for name, count in called(insertion.text, pattern.words):
            outcome = _parameters(name, count, introduction, tree)
            if isinstance(outcome, str):
                message = f"{introduction.name}() is not introduced: {outcome}"
                return Diagnostic(Code.NOT_DECLARED, Severity.REFUSAL, used, 0, message)
            parameters[name] = outcome
    return Introduced(introduction, tuple(found), parameters, tuple(_caveats(introduction, tree)))


def _anchor(insertion: Insertion, tree: Declarations) -> Place | tuple[str, int, str]:
    """The one place that an insertion names; where there is none, or more, what is said about it and where."""
    places = [
        place
        for place in tree.of(insertion.anchor)
        if place.slot == insertion.slot and (not insertion.file or fnmatch(place.file, insertion.file))
    ]
    side = "before" if insertion.before else "behind"
    what = f"the {insertion.slot} of {insertion.anchor}(), {side} which its {insertion.slot} goes,"
    if not places:
        where = f" in {insertion.file}" if insertion.file else " in this tree"
        return "", 0, f"{what} is not found{where}"
    first = places[0]
    if len(places) > 1:
        others = ", ".join(f"{place.file}:{place.line}" for place in places[1:])
        return first.file, first.line, f"{what} is there more than once (also {others})"
    if first.problem:
        return first.file, first.line, f"{what} cannot be used: {first.problem}"
    return first


def _parameters(name: str, count: int, introduction: Introduction, tree: Declarations) -> tuple[str, ...] | str:
    """The parameters of an old function that a text calls with ``count`` arguments, or what is wrong with them."""
    places = sorted(tree.of(name), key=lambda place: (place.slot != "definition", place.slot != "stub"))
    if not places:
        return f"it is built on {name}(), which nothing in this tree declares"
    if len({len(place.parameters) for place in places}) > 1:
        return f"the declarations of {name}() in this tree differ"
    parameters = places[0].parameters
    where = f"{places[0].file}:{places[0].line}"
    if len(parameters) < count:
        return f"it calls {name}() with {counted(count, 'argument')}, which takes {len(parameters)} ({where})"
    unknown = [parameter for parameter in parameters[count:] if parameter not in introduction.fill]
    if unknown:
        return f"{name}() also takes {unknown[0] or 'an argument without a name'} ({where}); what to pass is not known"
    return parameters


def _caveats(introduction: Introduction, tree: Declarations) -> Iterator[Diagnostic]:
    for caveat in introduction.caveats:
        for place in tree.of(caveat.function):
            source = tree.source(place.file)
            word = re.compile(rb"(?<!\w)%b(?!\w)" % re.escape(caveat.word.encode()))
            match = word.search(source.code, place.closing, place.end) if place.slot == "definition" else None
            if match is not None:
                yield Diagnostic(
                    Code.INTRODUCE_CAVEAT,
                    Severity.WARNING,
                    place.file,
                    source.line(match.start()),
                    f"{introduction.name}() is built on this: {caveat.message}",
                    place.name,
                )


_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_VISIBLE = re.compile(r"[^\s]")


def bare(text: str) -> str:
    """C with its comments blanked, of the same length."""
    return _COMMENT.sub(lambda match: _VISIBLE.sub(" ", match[0]), text)


def called(text: str, names: Collection[str]) -> Iterator[tuple[str, int]]:
    """The calls of these functions in a text: the name, and with how many arguments."""
    from tree_sitter import Parser

    from migrator.pattern.template import c_language

    root = Parser(c_language()).parse(bare(text).encode()).root_node
    for node in walk(root):
        name = callee_name(node)
        if name in names and name is not None:
            yield name, len(call_arguments(node))


def completed(
    text: str, parameters: Mapping[str, tuple[str, ...]], fill: Mapping[str, str], renamed: Mapping[str, str]
) -> str:
    """A text with its calls of old functions completed by ``fill`` and renamed; only their statements change."""
    if not parameters:
        return text
    call = re.compile(rf"\b({'|'.join(map(re.escape, parameters))})\s*\(")
    position = 0
    while match := call.search(bare(text), position):
        closing = _closing(text, match.end() - 1)
        name = match[1]
        given = split_arguments(joined(text[match.end() : closing]))
        given += [fill[parameter] for parameter in parameters[name][len(given) :]]
        new = f"{renamed.get(name, name)}({', '.join(given)})"
        start = text.rfind("\n", 0, match.start()) + 1
        end = (text.find("\n", closing) + 1 or len(text) + 1) - 1
        old = text[start:end]
        if joined(text[match.start() : closing + 1]) == new:
            position = end
            continue
        statement = joined(text[start : match.start()]) + " " * text[match.start() - 1].isspace()
        line = fill_statement(indentation(old), statement.lstrip() + new + joined(text[closing + 1 : end]))
        text = text[:start] + line + text[end:]
        position = start + len(line)
    return text


def _closing(text: str, opening: int) -> int:
    depth = 0
    for index in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    raise AssertionError("a checked text has balanced parentheses")
