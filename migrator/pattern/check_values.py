"""Values that many tables of a pattern have: a name, a line of text, a template and what it may name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, TypeVar

from migrator.pattern.roles import IDENTIFIER, CheckedQuery, captured, captured_always
from migrator.pattern.template import Template, TemplateError

if TYPE_CHECKING:
    from migrator.pattern.raw import Joined

T = TypeVar("T")


def required(joined: Joined, value: T | None, *path: str | int) -> T:
    """The value of a key that must be there; raises PatternError, as all of these."""
    if value is None:
        table = ".".join(str(step) for step in path[:-1])
        raise joined.error(f"key `{path[-1]}` is missing" + (f" in [{table}]" if table else ""), *path)
    return value


def line_of_text(joined: Joined, text: str, *path: str | int) -> str:
    """One line of text without blanks around it."""
    if not text.strip() or not text.isprintable():
        raise joined.error(f"`{'.'.join(map(str, path))}` must be one line of text", *path)
    return text.strip()


def identifier(joined: Joined, name: str, *path: str | int) -> str:
    """The name of a function."""
    if not IDENTIFIER.match(name):
        raise joined.error(f"`{name}` is not the name of a function", *path)
    return name


def template_of(joined: Joined, text: str, statement: bool, *path: str | int) -> Template:
    """A template that is a statement, or is none."""
    try:
        template = Template.parse(text)
    except TemplateError as error:
        raise joined.error(str(error), *path) from None
    if template.statement != statement:
        wanted = "a statement must end in `;`" if statement else "an expression is wanted here, without `;`"
        raise joined.error(f"`{template.source}`: {wanted}", *path)
    return template


def check_names(joined: Joined, template: Template, allowed: Collection[str], whence: str, *path: str | int) -> None:
    """A template names nothing but what is ``allowed``; ``whence`` says in the message what that is."""
    for name in sorted(template.names - set(allowed)):
        known = ", ".join(f"{{{item}}}" for item in sorted(allowed)) or "none"
        raise joined.error(f"{{{name}}} in `{template.source}` is not {whence}; known: {known}", *path)


def check_call_names(joined: Joined, template: Template, checked: Sequence[CheckedQuery], *path: str | int) -> None:
    """What is written at a begin names captures that every begin, or every commit, has; the handle is gone by then."""
    always = captured_always(checked, "begin") | captured_always(checked, "commit")
    for name in sorted(template.names):
        if name == "handle":
            raise joined.error(f"{{handle}} in `{template.source}`: the handle is removed with the old calls", *path)
        if name not in always and name in captured(checked, "begin", "commit"):
            raise joined.error(f"{{{name}}} in `{template.source}` is captured only by some of the calls", *path)
    check_names(joined, template, always - {"handle"}, "a capture of @begin or @commit", *path)
