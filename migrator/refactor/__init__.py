"""The extension point: a refactor written in Python.

A ``Refactor`` has a name, the words that a file is searched for, and one function that is given a ``Context``: one
parsed file, with questions about it and a place to say what was found. What it says about a place is a ``fix`` (edits
over the original, all or none), a ``refuse`` or a ``keep``; a mention that it says nothing about is reported as
refused, so that none is lost. Beside that it may ``report`` a note or a warning. The result is parsed again and run
again, as for every other rewrite; what the function raises is an error of the file, and takes no other file away.

>>> from migrator import Context, Dialect, Refactor
>>> def shorten(context: Context) -> None:
...     query = '(call_expression function: (identifier) @name (#eq? @name "lamp_light_on")) @call'
...     for function in context.functions:
...         for found in context.find(query, function.node):
...             context.fix(found["name"], [context.replace(found["name"], "lamp_on")])
>>> refactor = Refactor("lamp_on", ("lamp_light_on",), shorten, "lamp_light_on() is called lamp_on()")
>>> result = refactor.run_file("lamp.c", b"void f(void) { lamp_light_on(); }", Dialect())
>>> result.after
b'void f(void) { lamp_on(); }'
>>> [(site.line, str(site.status)) for site in result.sites]
[(1, 'migrated')]

Stability: ``Refactor`` and ``Context`` keep their names and arguments within a major version; the syntax nodes that
they hand out are those of tree-sitter-c, and may change with its grammar.
"""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.errors import PatternError
from migrator.refactor.context import Context
from migrator.refactor.run import Task, rewrite_file

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Dialect

__all__ = ["Context", "Refactor"]


class Refactor(Struct, frozen=True):
    """A refactor in Python. ``run`` must be a function of a module, so that other processes can find it.

    ``words`` are what files are searched for, and what every mention of is accounted for; ``subject`` and ``body`` are
    those of the patches, as in the ``[message]`` of a pattern.

    >>> from migrator import Context, Refactor, migrate_source
    >>> def louder(context: Context) -> None:
    ...     for found in context.find('(call_expression (identifier) @name (#eq? @name "whisper"))'):
    ...         context.fix(found["name"], [context.replace(found["name"], "shout")])
    >>> pattern = Refactor("louder", ("whisper",), louder).pattern()
    >>> migrate_source(b"void f(void) { whisper(1); }", pattern).after
    b'void f(void) { shout(1); }'
    """

    name: str
    words: tuple[str, ...]
    run: Callable[[Context], None]
    summary: str = ""
    subject: str = "apply {pattern}"
    body: str = ""

    def run_file(
        self,
        path: str,
        data: bytes,
        dialect: Dialect,
        *,
        strict: bool = False,
        skip: frozenset[tuple[str, int]] = frozenset(),
    ) -> FileResult:
        """Run over the bytes of one file. ``strict`` and ``skip``: as in ``Options``."""
        return rewrite_file(Task(self.name, self.words, self.run, strict, skip), path, data, dialect)

    def pattern(self) -> Pattern:
        """The refactor in the place of a pattern: what ``scan``, ``migrate_tree`` and the command line take.

        Raises PatternError where the name or a word could not be that of a pattern.
        """
        from migrator.pattern.model import Message, Pattern

        for word in (self.name, *self.words):
            if not re.fullmatch(r"[A-Za-z_]\w*", word, re.ASCII):
                raise PatternError(f"`{word}` is not one word", self.name or "refactor")
        if not self.words:
            raise PatternError("no words are given that a file could be searched for", self.name)
        return Pattern(
            name=self.name,
            kind="refactor",
            summary=self.summary or self.name,
            reference="",
            digest=self._digest,
            folder=self._file,
            extends=(),
            queries=(),
            words=self.words,
            message=Message(self.subject, self.body),
            runner=self,
        )

    @property
    def _file(self) -> Path:
        """Where the function is written down; ``.`` where that is not known, as of a ``partial``."""
        try:
            return Path(inspect.getsourcefile(self.run) or ".")
        except TypeError:
            return Path()

    @property
    def _digest(self) -> str:
        """SHA-256, in hex, over the names and the source of the module."""
        module = inspect.getmodule(self.run)
        try:
            text = inspect.getsource(module) if module is not None else ""
        except (OSError, TypeError):
            # Typed in, or compiled: there is no text.
            text = ""
        return hashlib.sha256("\0".join((self.name, *self.words, text)).encode()).hexdigest()
