"""The checks of ``[introduce.NAME]`` and ``[remove]``: a text declares what it says, with the arity of the call."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from migrator.pattern.check_values import line_of_text
from migrator.pattern.declarations import (
    SLOTS,
    Caveat,
    Insertion,
    Introduction,
    RawInsertion,
    Removal,
    Slot,
)
from migrator.pattern.roles import IDENTIFIER
from migrator.pattern.template import Template, c_language, normal_expression

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.raw import Joined


def check_introductions(joined: Joined, words: Collection[str], calls: Mapping[str, int]) -> tuple[Introduction, ...]:
    """The introductions; ``words`` are the old names, ``calls`` the arities of what the templates call."""
    found: list[Introduction] = []
    for name, raw in joined.raw.introduce.items():
        path = ("introduce", name)
        _check_identifier(joined, name, *path)
        if name in words:
            raise joined.error(f"{name}() is one of the calls to be replaced", *path)
        insertions: list[Insertion] = []
        arity = calls.get(name)
        for slot in SLOTS:
            given = raw.prototype if slot == "prototype" else raw.stub if slot == "stub" else raw.definition
            if given is None:
                continue
            insertion, taken = _insertion(joined, name, slot, given)
            if arity is not None and taken != arity:
                message = f"the {slot} of {name}() has {taken} parameters; elsewhere in the pattern it has {arity}"
                raise joined.error(message, *path, slot, "text")
            arity = taken
            insertions.append(insertion)
        if not insertions:
            raise joined.error(f"[introduce.{name}] has no prototype, stub or definition", *path)
        for parameter, value in raw.fill.items():
            _check_identifier(joined, parameter, *path, "fill", parameter)
            if normal_expression(value) is None:
                raise joined.error(f"`{value}` is not a C expression", *path, "fill", parameter)
        caveats = tuple(
            Caveat(
                _identifier(joined, caveat.function, *path, "caveat", index, "function"),
                _identifier(joined, caveat.word, *path, "caveat", index, "word"),
                line_of_text(joined, caveat.message, *path, "caveat", index, "message"),
            )
            for index, caveat in enumerate(raw.caveat)
        )
        subject = f"introduce {name}()" if raw.subject is None else line_of_text(joined, raw.subject, *path, "subject")
        found.append(Introduction(name, tuple(insertions), raw.fill, caveats, subject, raw.body.strip("\n")))
    return tuple(found)


def check_removal(joined: Joined, words: Collection[str]) -> Removal | None:
    """What ``[remove]`` says; None where it names nothing."""
    raw = joined.raw.remove
    for index, name in enumerate(raw.delete):
        if name in raw.delete[:index]:
            raise joined.error(f"{name}() is named twice", "remove", "delete", index)
        if name not in words:
            raise joined.error(_unknown(name, words), "remove", "delete", index)
        if name in raw.static:
            raise joined.error(f"{name}() is both to be deleted and to become static", "remove", "static", name)
    taken = {*words, *joined.raw.introduce}
    for name, new in raw.static.items():
        path = ("remove", "static", name)
        if name not in words:
            raise joined.error(_unknown(name, words), *path)
        _check_identifier(joined, new, *path)
        if new in taken:
            raise joined.error(f"the name {new} is taken in this pattern", *path)
        taken.add(new)
    if not raw.delete and not raw.static:
        return None
    subject = "remove the old calls" if raw.subject is None else line_of_text(joined, raw.subject, "remove", "subject")
    return Removal(tuple(raw.delete), raw.static, subject, raw.body.strip("\n"))


def call_arities(templates: Collection[Template]) -> dict[str, int]:
    """What the templates call by name, and with how many arguments."""
    found: dict[str, int] = {}
    for template in templates:
        if template.callee:
            arguments = template.shape.children[1].children
            found[template.callee] = sum(shape.kind not in ("(", ")", ",") for shape in arguments)
    return found


def _unknown(name: str, words: Collection[str]) -> str:
    return f"{name}() is not one of the calls to be replaced; known: {', '.join(words)}"


def _insertion(joined: Joined, name: str, slot: Slot, raw: RawInsertion) -> tuple[Insertion, int]:
    """The insertion, and how many parameters its text declares."""
    path = ("introduce", name, slot)
    if (raw.after is None) == (raw.before is None):
        raise joined.error(f"[introduce.{name}.{slot}] needs one of `after` and `before`", *path)
    side = "after" if raw.after is not None else "before"
    anchor = _identifier(joined, raw.after or raw.before or "", *path, side)
    text = (raw.text or "").strip("\n")
    if not text.strip():
        raise joined.error(f"key `text` is missing in [introduce.{name}.{slot}]", *path)
    parameters = declared_parameters(text, name, definition=slot != "prototype")
    if parameters is None:
        wanted = "a prototype" if slot == "prototype" else "the definition"
        raise joined.error(f"the text is not {wanted} of {name}(), and nothing else", *path, "text")
    apart = slot != "prototype" if raw.apart is None else raw.apart
    return Insertion(slot, text + "\n", anchor, side == "before", raw.file, apart), parameters


def declared_parameters(text: str, name: str, *, definition: bool) -> int | None:
    """How many parameters the one function in ``text`` has; None where it is another one, or more, or none."""
    from tree_sitter import Parser

    root = Parser(c_language()).parse(text.encode()).root_node
    nodes = [node for node in root.named_children if node.type != "comment"]
    if root.has_error or len(nodes) != 1:
        return None
    if nodes[0].type != ("function_definition" if definition else "declaration"):
        return None
    declarator: Node | None = nodes[0].child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    inner = declarator.child_by_field_name("declarator") if declarator is not None else None
    if declarator is None or inner is None or inner.text != name.encode():
        return None
    listed = declarator.child_by_field_name("parameters")
    if listed is None:
        return None
    given = [child for child in listed.named_children if child.type != "comment"]
    return 0 if [child.text for child in given] == [b"void"] else len(given)


def _identifier(joined: Joined, name: str, *path: str | int) -> str:
    _check_identifier(joined, name, *path)
    return name


def _check_identifier(joined: Joined, name: str, *path: str | int) -> None:
    if not IDENTIFIER.match(name):
        raise joined.error(f"`{name}` is not a name of C", *path)
