"""The last patch: prototypes, stubs and definitions that nobody needs, once no caller is left.

What the new call is built on stays: its definition becomes static and gets a name of its own, so that the old name is
gone from the tree and nobody outside of the file can call it. A definition from the pattern instead would have to fit
the inside of a file that differs from one kernel to the next. Nothing is removed while a use is left that the series
does not convert, and the result is parsed and searched again before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.edits import Edit
from migrator.errors import OverlappingEditsError
from migrator.results import Mention, MentionKind, SiteStatus
from migrator.rewrite.layout import fill_call, joined, split_arguments
from migrator.series.blanks import Range, removals
from migrator.series.declared import Declarations, Place, words_left
from migrator.series.introduce import Introduced, called
from migrator.series.plan import Gone, offset_of, text_with
from migrator.series.text import counted
from migrator.transaction.mentions import find_mentions

if TYPE_CHECKING:
    from migrator.pattern.declarations import Removal
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import SourceFile


class Blocker(Struct, frozen=True):
    """What keeps the old functions declared."""

    file: str
    line: int
    reason: str


class Removed(Struct, frozen=True):
    """The edits of the last patch, but for the texts that were introduced: those are written by ``renamed``.

    ``lines`` are the ranges of whole lines that go, by file; ``about`` is the file that the subject names.
    """

    edits: Mapping[str, tuple[Edit, ...]]
    lines: Mapping[str, tuple[Range, ...]]
    gone: Mapping[str, tuple[Gone, ...]]
    renamed: Mapping[str, str]
    about: str


def find_blockers(
    pattern: Pattern, removal: Removal, results: Sequence[FileResult], tree: Declarations
) -> tuple[Blocker, ...]:
    """The uses of the old functions that the series leaves, and what else stands against removing them."""
    names = frozenset(removal.names)
    known = {result.path: result for result in results}
    found = [Blocker(path, 0, "the file cannot be read") for path in tree.unreadable]
    for path in sorted({*tree.paths, *known}):
        result = known.get(path)
        if result is not None:
            mentions: Sequence[Mention] = result.mentions
        else:
            mentions = [mention for _, mention in find_mentions(tree.source(path), pattern, {})]
        left = [
            Blocker(path, mention.line, reason)
            for mention in mentions
            if mention.name in names and (reason := _left(mention, pattern, tree))
        ]
        if result is None and left:
            uses = counted(len(left), "use")
            left = [Blocker(path, left[0].line, f"{uses} in a file that is no part of this run")]
        found.extend(left)
    for new in removal.static.values():
        for path in tree.paths:
            for line, _ in words_left(tree.source(path), [new]) if new.encode() in tree.source(path).data else ():
                found.append(Blocker(path, line, f"{new}, which would be the new name of a function, is taken"))
    return tuple(dict.fromkeys(found))


def _left(mention: Mention, pattern: Pattern, tree: Declarations) -> str:
    """Why a mention keeps the function that it names; empty where it does not."""
    if mention.kind is MentionKind.COMMENT:
        return ""
    if mention.kind is MentionKind.SITE:
        if mention.status in (SiteStatus.MIGRATED, SiteStatus.WARNED):
            return ""
        return f"{mention.name}() is still called here"
    if mention.kind is MentionKind.MACRO:
        return f"{mention.name} is used in a macro"
    source = tree.source(mention.file)
    offset = offset_of(source.data, mention)
    place = _place_at(tree, mention.file, offset)
    if place is not None and offset >= place.exports:
        return f"{mention.name}() is handed to others here"
    if place is not None and place.name in _removable(pattern):
        return f"the {place.slot} of {place.name}() cannot be removed: {place.problem}" if place.problem else ""
    if place is not None and place.slot == "definition" and place.name == pattern.new_call.name:
        return ""
    if mention.kind is MentionKind.OTHER and not any(
        line == mention.line for line, _ in words_left(source, [mention.name])
    ):
        return ""  # in a string
    return f"{mention.name}() is still used here"


def _removable(pattern: Pattern) -> Collection[str]:
    return pattern.remove.names if pattern.remove is not None else ()


def _place_at(tree: Declarations, path: str, offset: int) -> Place | None:
    return next((place for place in tree.file(path).places if place.start <= offset < place.end), None)


def plan_removal(
    pattern: Pattern,
    removal: Removal,
    results: Sequence[FileResult],
    introduced: Sequence[Introduced],
    tree: Declarations,
) -> Removed | Blocker | None:
    """The edits that remove the old functions; None where there are none.

    To be asked only where ``find_blockers`` found nothing. A Blocker says why the removal does not work out.
    """
    places = [place for name in removal.names for place in tree.of(name)]
    if not places:
        return None
    kept = _kept(pattern, removal, introduced, tree, places)
    if isinstance(kept, Blocker):
        return kept
    inserted: dict[str, list[int]] = {}
    for one in introduced:
        for found in one.found:
            inserted.setdefault(found.file, []).append(found.offset)
    edits: dict[str, list[Edit]] = {}
    gone: dict[str, list[Gone]] = {}
    ranges: dict[str, list[Range]] = {}
    for place in places:
        if place.slot == "definition" and place.name in kept:
            edits.setdefault(place.file, []).extend(_made_static(tree.source(place.file), place, kept))
        else:
            ranges.setdefault(place.file, []).append((_first(tree.source(place.file), place), place.end))
    for path in {place.file for place in places}:
        for place in tree.file(path).places:
            if place.slot == "definition" and place.name == pattern.new_call.name:
                edits.setdefault(path, []).extend(_renamed(tree.source(path), place.closing, place.end, kept))
    lines: dict[str, tuple[Range, ...]] = {}
    for path, given in ranges.items():
        lines[path] = removals(tree.source(path).data, given, inserted.get(path, ()))
        gone.setdefault(path, []).extend(Gone(start, end, "removed") for start, end in lines[path])
        edits.setdefault(path, []).extend(Edit(start, end, b"") for start, end in lines[path])
    for path, listed in edits.items():
        gone.setdefault(path, []).extend(Gone(edit.start, edit.end, "renamed") for edit in listed if edit.replacement)
    definitions = [place.file for place in places if place.slot == "definition"] or [places[0].file]
    return Removed(
        {path: tuple(listed) for path, listed in edits.items()},
        lines,
        {path: tuple(listed) for path, listed in gone.items()},
        kept,
        definitions[0],
    )


def _first(source: SourceFile, place: Place) -> int:
    """Where the lines begin that go with a place: with the comment above a definition, not with that of a prototype.

    What stands above the first of several prototypes is about all of them.
    """
    if place.slot == "prototype" or place.comment == place.start:
        return place.start
    return place.comment


def _kept(
    pattern: Pattern,
    removal: Removal,
    introduced: Sequence[Introduced],
    tree: Declarations,
    places: Sequence[Place],
) -> Mapping[str, str] | Blocker:
    """The old functions that the new call is built on, and their new names."""
    users: list[tuple[str, int, str]] = []  # file, offset, name that is used there
    for one in introduced:
        for found in one.found:
            names = {name for name, _ in called(found.insertion.text, removal.names)}
            users.extend((found.file, found.offset, name) for name in names)
    for place in tree.of(pattern.new_call.name):
        source = tree.source(place.file)
        users.extend((place.file, place.start, name) for name in _used(source, place, removal.names))
    kept: dict[str, str] = {}
    queue = list(users)
    while queue:
        file, offset, name = queue.pop()
        if name in kept:
            continue
        definition = [place for place in places if place.name == name and place.slot == "definition"]
        if name not in removal.static:
            return Blocker(file, tree.source(file).line(offset), f"{name}() is what the new call is built on")
        if len(definition) != 1 or definition[0].file != file:
            return Blocker(file, tree.source(file).line(offset), f"{name}() is not defined once, in this file")
        kept[name] = removal.static[name]
        place = definition[0]
        queue.extend((file, place.start, other) for other in _used(tree.source(file), place, removal.names))
    for file, offset, name in users:
        definition = [place for place in places if place.name == name and place.slot == "definition"]
        if definition and definition[0].start > offset:
            return Blocker(file, definition[0].line, f"{name}() is defined behind its use, so it cannot become static")
    return kept


def _used(source: SourceFile, place: Place, names: Collection[str]) -> Iterator[str]:
    for match in _word(names).finditer(source.code, place.closing, place.end):
        yield match.group().decode()


def _word(names: Collection[str]) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_])(?:%b)(?![A-Za-z0-9_])" % b"|".join(name.encode() for name in sorted(names)))


def _renamed(source: SourceFile, start: int, end: int, kept: Mapping[str, str]) -> Iterator[Edit]:
    """The old names in code by the new ones; calls that take several lines are laid out again."""
    if not kept:
        return
    done = start
    for match in _word(kept).finditer(source.code, start, end):
        if match.start() < done:
            continue
        done = match.end()
        text = kept[match.group().decode()]
        closing = _closing(source.code, match.end())
        given = source.data[match.end() + 1 : closing].decode("utf-8", "surrogateescape")
        if closing > 0 and "/*" not in given and "#" not in given:
            line = source.data[source.line_start(match.start()) : match.start()].decode("utf-8", "surrogateescape")
            tail = source.data[closing + 1 : source.line_end(closing)].decode("utf-8", "surrogateescape").rstrip()
            arguments = [_with_names(one, kept) for one in split_arguments(joined(given))]
            text = fill_call(line, text, arguments, tail, source.newline.decode())
            done = closing + 1
        yield Edit(match.start(), done, text.encode("utf-8", "surrogateescape"))


def _with_names(text: str, kept: Mapping[str, str]) -> str:
    return re.sub(r"\w+", lambda match: kept.get(match[0], match[0]), text)


def _closing(code: bytes, opening: int) -> int:
    """The parenthesis that closes the one at ``opening``; -1 where there is none."""
    depth = 0
    for index in range(opening, len(code)):
        depth += {0x28: 1, 0x29: -1}.get(code[index], 0)
        if depth == 0:
            return index if index > opening else -1
    return -1


def _made_static(source: SourceFile, place: Place, kept: Mapping[str, str]) -> Iterator[Edit]:
    """A definition that becomes private: its head laid out again, its comment and its body with the new names."""
    data = source.data
    for match in _word(kept).finditer(data, place.comment, place.start):
        yield Edit(match.start(), match.end(), kept[match.group().decode()].encode())
    head = data[place.node : place.name_at].decode("utf-8", "surrogateescape")
    new_head = head if place.static else f"static {head}"
    given = data[place.opening + 1 : place.closing].decode("utf-8", "surrogateescape")
    name = kept[place.name]
    if "/*" in given or "#" in given:
        laid_out = f"{name}({given})"
    else:
        newline = source.newline.decode()
        laid_out = fill_call(new_head.rpartition("\n")[2], name, split_arguments(joined(given)), "", newline)
    text = (new_head + laid_out).encode("utf-8", "surrogateescape")
    yield Edit(place.node, place.closing + 1, text)
    yield from _renamed(source, place.closing + 1, place.end, kept)


def check_removal(
    names: Sequence[str],
    edits: Mapping[str, Sequence[Edit]],
    results: Sequence[FileResult],
    tree: Declarations,
) -> Blocker | None:
    """Whether the last state of the files parses as well as the first, and has none of the names in its code."""
    known = {result.path: result for result in results}
    for path, listed in edits.items():
        before = tree.source(path)
        try:
            after = tree.parse(path, text_with(before.data, listed, known.get(path)))
        except OverlappingEditsError:
            return Blocker(path, 0, "what would be removed meets what is converted")
        left = next(words_left(after, names), None)
        if left is not None:
            return Blocker(path, 0, f"{left[1]} would be left in line {left[0]} of the result")
        lonely = _lonely(before, after)
        if lonely:
            return Blocker(path, 0, f"the static function {lonely}() would have no caller left")
        broken = sum(function.broken for function in after.functions)
        if broken > sum(function.broken for function in before.functions):
            return Blocker(path, 0, "the result would not parse")
    return None


def _lonely(before: SourceFile, after: SourceFile) -> str:
    """A static function that the file used before and does not use any more, which compilers warn of."""
    for function in after.functions:
        head = after.code[function.start : function.body.start_byte]
        if re.search(rb"\bstatic\b", head) and not re.search(rb"\binline\b", head):
            word = _word([function.name])
            if len(word.findall(after.code)) == 1 < len(word.findall(before.code)):
                return function.name
    return ""
