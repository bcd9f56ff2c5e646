"""The checks of one rule of a rewrite by itself: what its conditions, its action and its captures may say.

What would only show as silence (a glob that no path matches, a type that nothing has, a removal of half a statement)
is an error when the pattern is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from migrator.pattern.check_values import line_of_text
from migrator.pattern.roles import IDENTIFIER
from migrator.pattern.rules import CType, Where
from migrator.pattern.template import normal_expression

if TYPE_CHECKING:
    from migrator.pattern.raw import Joined, RawRule
    from migrator.pattern.template import Template

_KEYWORDS = frozenset(
    {
        *("auto", "break", "case", "char", "const", "continue", "default", "do", "double", "else", "enum", "extern"),
        *("float", "for", "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed"),
        *("sizeof", "static", "struct", "switch", "typedef", "union", "unsigned", "void", "volatile", "while"),
    }
)
_TYPE = re.compile(r"(?:(?:struct|union|enum|unsigned|signed|long|short|const)\s+)*[A-Za-z_]\w*\s*\**\Z")
_NAME_GLOB = re.compile(r"[\w*?\[\]!-]+\Z")
# A site of these types is a part of a statement: the statement would not go with it.
_PARTS = ("_expression", "identifier", "_literal")


def check_word(joined: Joined, word: str, *path: str | int) -> str:
    """A name of C; raises PatternError, as all of these."""
    problem = word_problem(word)
    if problem:
        raise joined.error(problem, *path)
    return word


def word_problem(word: str) -> str:
    """Why a text is no name of C; empty where it is one."""
    if not IDENTIFIER.match(word):
        return f"`{word}` is not one word"
    return f"`{word}` is a keyword of C, not a name" if word in _KEYWORDS else ""


def check_type(joined: Joined, text: str, *path: str | int) -> CType:
    """A type of C, as far as one can be asked for."""
    if not _TYPE.match(text.strip()):
        raise joined.error(f"`{text}` is not a type such as `struct inode *`", *path)
    return CType.parse(text)


def check_captures(
    joined: Joined,
    name: str,
    raw: RawRule,
    replace: Template | None,
    always: frozenset[str],
    taken: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """The captures that a rule uses, each of which every match must have; the error is at the key that names it.

    ``taken``: those of the rule that it joins, which are for ``replace`` only.
    """
    used: list[tuple[str, tuple[str | int, ...]]] = []
    if replace is not None:
        used += [(capture, ("replace",)) for capture in sorted(replace.names - (taken - always))]
    used += [(capture, ("rename", capture)) for capture in raw.rename]
    used += [(capture, ("dropped", capture)) for capture in raw.dropped]
    used += [(capture, ("where", "type", capture)) for capture in raw.where.type]
    used += [(capture, ("where", "origin", capture)) for capture in raw.where.origin]
    used += [(capture, ("where", "unshared", capture)) for capture in raw.where.unshared]
    used += [(capture, ("where", "like", capture)) for capture in raw.where.like]
    used += [(capture, ("where", "disjoint", index)) for index, capture in enumerate(raw.where.disjoint)]
    for capture, path in used:
        if capture not in always:
            known = ", ".join(f"{{{item}}}" for item in sorted(always))
            message = f"{{{capture}}} is not what every match of @{name} captures; known: {known}"
            raise joined.error(message, "rules", name, *path)
    return frozenset(capture for capture, _ in used) | (replace.names if replace is not None else frozenset())


def check_assignment(
    joined: Joined, name: str, raw: RawRule, always: frozenset[str], taken: frozenset[str], sites: Sequence[str]
) -> None:
    """What ``chain`` and ``joins`` name: the value of an assignment, and the rule of another one.

    ``taken`` are the captures of that other rule, ``sites`` the types of the nodes of both.
    """
    for key, text in (("chain", raw.chain), ("joins", raw.joins)):
        if text and raw.replace is None:
            raise joined.error(f"`{key}` is for a rule with `replace`", "rules", name, key)
        if text and set(sites) != {"assignment_expression"}:
            raise joined.error(f"`{key}` is for assignments, and other code is captured here", "rules", name, key)
    if raw.chain and raw.chain not in always:
        known = ", ".join(f"{{{item}}}" for item in sorted(always))
        message = f"{{{raw.chain}}} is not what every match of @{name} captures; known: {known}"
        raise joined.error(message, "rules", name, "chain")
    if raw.joins:
        other = joined.raw.rules.get(raw.joins)
        if other is None:
            raise joined.error(f"no rule is called `{raw.joins}`", "rules", name, "joins")
        if not other.refuse:
            message = f"`{raw.joins}` must say with `refuse` why its sites stay where they cannot be joined"
            raise joined.error(message, "rules", name, "joins")
        if not (always & taken) - {"name"}:
            message = f"@{name} and @{raw.joins} share no capture, which would say that both are about one thing"
            raise joined.error(message, "rules", name, "joins")


def check_neutral(joined: Joined, rule: str, capture: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The values of a dropped argument that mean nothing."""
    found: list[str] = []
    for text in texts:
        normal = "*" if text == "*" else normal_expression(text)
        if normal is None:
            raise joined.error(f"`{text}` is not a C expression", "rules", rule, "dropped", capture)
        found.append(normal)
    return tuple(found)


def check_action(joined: Joined, name: str, raw: RawRule, replace: Template | None, sites: Sequence[str]) -> str:
    """The action fits the code that the queries capture, by the types of its nodes; gives the text of a refusal."""
    if raw.remove:
        for site in sites:
            if site.endswith(_PARTS):
                message = f"@{name} captures {site}: only a statement or a member of an initialiser can be removed"
                raise joined.error(message, "rules", name, "remove")
    if replace is not None:
        for site in sites:
            if replace.statement and site.endswith(_PARTS):
                message = f"`{replace.source}` is a statement, @{name} captures {site}: leave out the `;`"
                raise joined.error(message, "rules", name, "replace")
            if not replace.statement and site == "expression_statement":
                message = f"`{replace.source}` is no statement, @{name} captures one: it must end in `;`"
                raise joined.error(message, "rules", name, "replace")
    return line_of_text(joined, raw.refuse, "rules", name, "refuse") if raw.refuse else ""


def check_where(joined: Joined, rule: str, raw: RawRule) -> Where:
    """The conditions of a rule."""
    where = raw.where
    path = ("rules", rule, "where")
    _check_globs(joined, rule, raw)
    for name, calls in where.origin.items():
        if not calls:
            raise joined.error(f"no call is named that {{{name}}} may come from", *path, "origin", name)
        for call in calls:
            check_word(joined, call, *path, "origin", name)
    for name, calls in where.unshared.items():
        for index, call in enumerate(calls):
            check_word(joined, call, *path, "unshared", name, index)
    for index, field in enumerate(where.absent):
        if not where.initialises:
            raise joined.error("`absent` needs `initialises`: the struct whose fields are meant", *path, "absent")
        check_word(joined, field, *path, "absent", index)
    initialises = check_type(joined, where.initialises, *path, "initialises") if where.initialises else None
    if initialises is not None and initialises.pointers:
        raise joined.error(f"`{where.initialises}` is a pointer: name the struct itself", *path, "initialises")
    return Where(
        types={name: check_type(joined, text, *path, "type", name) for name, text in where.type.items()},
        origin={name: tuple(calls) for name, calls in where.origin.items()},
        unshared={name: tuple(calls) for name, calls in where.unshared.items()},
        like={name: _template(joined, text, *path, "like", name) for name, text in where.like.items()},
        functions=tuple(where.functions),
        not_functions=tuple(where.not_functions),
        files=tuple(where.files),
        not_files=tuple(where.not_files),
        unused=where.unused,
        read=where.read,
        initialises=str(initialises) if initialises is not None else "",
        absent=tuple(where.absent),
        disjoint=tuple(where.disjoint),
    )


def _template(joined: Joined, text: str, *path: str | int) -> Template:
    from migrator.pattern.template import Template, TemplateError

    try:
        return Template.parse(text)
    except TemplateError as error:
        raise joined.error(str(error), *path) from None


def _check_globs(joined: Joined, rule: str, raw: RawRule) -> None:
    for key, globs, names in (
        ("functions", raw.where.functions, True),
        ("not_functions", raw.where.not_functions, True),
        ("files", raw.where.files, False),
        ("not_files", raw.where.not_files, False),
    ):
        for index, glob in enumerate(globs):
            for problem in _glob_problems(glob, names=names):
                raise joined.error(f"`{glob}` can match nothing: {problem}", "rules", rule, "where", key, index)


def _glob_problems(glob: str, *, names: bool) -> Iterator[str]:
    """Why a glob can match no name of a function, or no path."""
    if not glob:
        yield "it is empty"
    if "[" in re.sub(r"\[!?\]?[^]]*\]", "", glob):
        yield "its [ has no ]"
    if names and not _NAME_GLOB.match(glob):
        yield "it is not the name of a function, with *, ? and [...]"
    if not names and glob.startswith(("/", "./", "../")):
        yield "paths are relative to the root of the tree"
    if not names and glob.endswith("/"):
        yield f"it is a folder; its files are `{glob}*`"
