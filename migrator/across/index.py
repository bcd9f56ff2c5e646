"""The program index: who defines, declares, calls and mentions a function, over the whole tree.

Files are found by words and parsed once, when they are asked for. What a mention is, ``uses`` says; names that macros
put together are found by ``pasting``. What is left out: callers in assembly files, and files that come in by way of an
include of an include (``uses_of`` looks at the direct includes of ``.c`` files and of templates only).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.across.declared import is_static
from migrator.across.pasting import PASTED, pasted_in, pasting_words
from migrator.across.uses import Use, UseKind, classify, local_names
from migrator.errors import MigratorError
from migrator.source import Function, SourceFile
from migrator.transaction.mentions import word_expression

if TYPE_CHECKING:
    from migrator.source import Dialect


class Program:
    """The files of one tree as far as they are asked for.

    ``find`` gives the display paths of the C files that mention any of some words, ``read`` the bytes of a path; it may
    raise MigratorError.
    """

    def __init__(
        self,
        find: Callable[[Collection[str]], Sequence[str]],
        read: Callable[[str], bytes],
        dialect: Dialect,
        *,
        complete: bool = True,
    ) -> None:
        """``complete``: whether ``find`` looks at the whole tree."""
        self.complete = complete
        self._find = find
        self._read = read
        self._dialect = dialect
        self._sources: dict[str, SourceFile] = {}
        self._texts: dict[str, bytes] = {}
        self._files: dict[str, tuple[str, ...]] = {}
        self._uses: dict[str, tuple[Use, ...]] = {}
        self._in: dict[tuple[str, str], tuple[SourceFile, tuple[Use, ...]]] = {}
        self._expected: set[str] = set()
        self._shadows: dict[tuple[str, int], frozenset[str]] = {}

    def text(self, path: str) -> bytes:
        """The bytes of a file, read once; raises MigratorError."""
        known = self._texts.get(path)
        if known is None:
            known = self._texts[path] = self._read(path)
        return known

    def _readable(self, path: str) -> bytes:
        """The bytes of a file; none where it cannot be read, which is a use of all that is looked for."""
        try:
            return self.text(path)
        except MigratorError:
            return b""

    def source(self, path: str) -> SourceFile:
        """A file, parsed once; raises MigratorError where it cannot be read."""
        known = self._sources.get(path)
        if known is None:
            known = self._sources[path] = SourceFile.parse(path, self.text(path), self._dialect)
        return known

    def with_texts(self, texts: Mapping[str, bytes]) -> Program:
        """The same program with other texts in some files, which must hold no word that the files did not have."""

        def read(path: str) -> bytes:
            return texts[path] if path in texts else self.text(path)

        other = Program(self._find, read, self._dialect)
        other._files = self._files
        other._sources = {path: source for path, source in self._sources.items() if path not in texts}
        return other

    def files(self, words: Collection[str]) -> tuple[str, ...]:
        """The display paths of the files that mention any of the words, sorted."""
        self.prefetch(words)
        return tuple(sorted({path for word in words for path in self._files[word]}))

    def prefetch(self, words: Collection[str]) -> None:
        """Look for many words at once, which takes little longer than for one."""
        if self._files.keys() >= set(words):
            return
        wanted = sorted((set(words) | self._expected) - self._files.keys())
        self._expected.clear()
        paths = self._find(wanted)
        if len(wanted) == 1:
            self._files[wanted[0]] = tuple(paths)
            return
        found: dict[str, list[str]] = {word: [] for word in wanted}
        for path in paths:
            try:
                text = self.text(path)
            except MigratorError:
                text = None
            for word in wanted:
                if text is None or _mentions(text, word):
                    found[word].append(path)
        self._files.update((word, tuple(items)) for word, items in found.items())

    def uses(self, name: str) -> tuple[Use, ...]:
        """Every mention of the name in the tree, in order of path and offset."""
        known = self._uses.get(name)
        if known is None:
            found: list[Use] = []
            for path in self.files([name]):
                try:
                    source = self.source(path)
                except MigratorError:
                    found.append(Use(path, 0, 0, UseKind.UNPARSED))
                    continue
                found.extend(self.uses_in(source, name))
            known = self._uses[name] = tuple(found)
        return known

    def uses_in(self, source: SourceFile, name: str) -> tuple[Use, ...]:
        """The mentions in one file."""
        key = (source.path, name)
        known = self._in.get(key)
        if known is None or known[0] is not source:
            known = self._in[key] = (source, tuple(self._found_in(source, name)))
        return known[1]

    def _found_in(self, source: SourceFile, name: str) -> Iterator[Use]:
        for match in word_expression((name,)).finditer(source.data):
            offset = match.start()
            kind, node = classify(source, offset, match.end(), name, lambda function: self._shadowed(source, function))
            yield Use(source.path, offset, source.line(offset), kind, source.function_at(offset), node)

    def definitions(self, name: str) -> tuple[Use, ...]:
        """The definitions of functions with this name, static ones too."""
        return tuple(use for use in self.uses(name) if use.kind is UseKind.DEFINITION)

    def meant_by(self, path: str, name: str) -> list[Use]:
        """The definitions that a file can mean by a name."""
        return [
            use
            for use in self.definitions(name)
            if use.function is not None and any(other.path == path for other in self.uses_of(use.path, use.function))
        ]

    def uses_of(self, path: str, function: Function) -> tuple[Use, ...]:
        """The uses that can mean this definition, and not another function of its name.

        Those of a static function are in its own file, in files that include that file, and in headers without a
        definition of their own that it includes; those of a static function in a header in all files that do not define
        the name; those of a global function in all files but those that define a static function of the name and
        declare no global one.
        """
        everywhere = self.uses(function.name)
        hidden = self._hidden(path, function, {use.path for use in everywhere})
        return tuple(use for use in everywhere if use.path not in hidden)

    def callers_of(self, path: str, function: Function) -> tuple[Use, ...]:
        """The uses that can mean this definition, and macros that may call it by a name that they paste together."""
        self.expect_callers([(path, function)])
        uses = list(self.uses_of(path, function))
        # Who can call a static function is in its file, or in one that has its name.
        words = self._pasting_words(path, function, {path, *(use.path for use in uses)})
        places = self.files([function.name, *words])
        hidden = self._hidden(path, function, places)
        for place in places:
            if place not in hidden:
                uses += self._pasted(place, path, function.name)
        return tuple(uses)

    def expect_callers(self, functions: Collection[tuple[str, Function]]) -> None:
        """The next search, whatever it is for, looks for what ``callers_of`` needs too; functions by their files."""
        self._expected.update(function.name for _, function in functions)
        self._expected.update(word for each in functions for word in self._pasting_words(*each, {each[0]}))

    def _pasting_words(self, path: str, function: Function, places: Collection[str]) -> Collection[str]:
        """What to look for in macros that may paste the name; for a static function, where it is used in ``places``."""
        words = pasting_words(function.name)
        if not (path.endswith(".c") and is_static(self.source(path), function.node)):
            return words
        # The rest of the name must be written there.
        near = {word for place in places for word in _words(self._readable(place))}
        return [word for word, others in words.items() if near.issuperset(others)]

    def _pasted(self, path: str, home: str, name: str) -> Iterator[Use]:
        """The macros of a file that may call a function of the file ``home`` by a name that they paste together."""
        text = self._readable(path)
        for pasting in pasted_in(text, name):
            # What is added must be written somewhere; nearby, where the macro says nothing of the name itself.
            near = set() if pasting.literal else {*_words(text), *_words(self._readable(home))}
            for split in pasting.splits:
                if all(self.files([part]) if pasting.literal else part in near for part in split):
                    line = text.count(b"\n", 0, pasting.offset) + 1
                    yield Use(path, pasting.offset, line, UseKind.MACRO)
                    break

    def _hidden(self, path: str, function: Function, places: Collection[str]) -> set[str]:
        """Those of some files that do not see a definition, or have another of its name."""
        everywhere = self.uses(function.name)
        own = self.source(path)
        defining: dict[str, list[Use]] = {}
        for use in everywhere:
            if use.kind is UseKind.DEFINITION:
                defining.setdefault(use.path, []).append(use)
        if not is_static(own, function.node):
            return {
                other
                for other, uses in defining.items()
                if other != path
                and all(self._is_static(use) for use in uses)
                and not self._declares_global(other, everywhere)
            }
        if path.endswith(".h"):
            return set(defining) - {path}
        return {
            other
            for other in set(places) - {path}
            if other in defining or not (self.includes(other, path) or self.includes(path, other))
        }

    def _is_static(self, use: Use) -> bool:
        return use.node is not None and is_static(self.source(use.path), use.node)

    def _declares_global(self, path: str, uses: Sequence[Use]) -> bool:
        return any(use.path == path and use.kind is UseKind.PROTOTYPE and not self._is_static(use) for use in uses)

    def includes(self, path: str, other: str) -> bool:
        """Whether a file includes another, by the last part of its name."""
        name = re.escape(posixpath.basename(other).encode("utf-8", "surrogateescape"))
        try:
            text = self.text(path)
        except MigratorError:
            return True
        return re.search(rb'#[ \t]*include[ \t]*[<"](?:[^\n">]*/)?' + name + rb'[">]', text) is not None

    def _shadowed(self, source: SourceFile, function: Function) -> frozenset[str]:
        key = (source.path, function.start)
        known = self._shadows.get(key)
        if known is None:
            known = self._shadows[key] = local_names(source, function)
        return known


def _words(text: bytes) -> Iterator[str]:
    return (word.decode("ascii", "replace") for word in re.findall(rb"\w+", text))


def _mentions(text: bytes, word: str) -> bool:
    name = word.removeprefix(PASTED)
    return (
        (name == word or PASTED.encode() in text)
        and name.encode() in text
        and bool(word_expression((name,)).search(text))
    )
