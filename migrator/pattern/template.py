"""Templates: C with ``{captures}``, matched against syntax trees and written out again.

A template is one expression, or one expression statement when it ends in ``;``. It is parsed once with an identifier
in the place of each ``{capture}`` and kept as a ``Shape``: plain nested tuples that carry no tree-sitter node, so a
template can be pickled and compared. Matching walks shape and node side by side. Comments and parentheses that only
group do not count; a capture that occurs twice must stand for equal code. ``{name}`` is always a capture: braces
of C (a compound literal) cannot be written with a lone name in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tree_sitter import Language, Node

    from migrator.source import SourceFile

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PREFIX = "migrator_capture_"
_FUNCTION = "int f(void)\n{{\n\treturn (\n{}\n);\n}}\n"

# Contexts in which any expression but a comma may stand without parentheses.
_ROOMY = frozenset({"argument_list", "parenthesized_expression", "return_statement"})
# The same around a node of a file.
_LISTS = frozenset({"init_declarator", "initializer_list", "initializer_pair"})
# Contexts in which nothing binds to an expression.
_FREE = frozenset({"expression_statement", "comma_expression", "for_statement"})
# Expressions that bind tighter than every operator.
_POSTFIX = frozenset(
    {
        "identifier",
        "call_expression",
        "field_expression",
        "subscript_expression",
        "parenthesized_expression",
        "number_literal",
        "string_literal",
        "char_literal",
        "concatenated_string",
        "null",
        "true",
        "false",
    }
)
_PLAIN = re.compile(r"[A-Za-z0-9_]+(?:\s*(?:->|\.)\s*[A-Za-z_][A-Za-z0-9_]*)*\Z")
# bytes that are not UTF-8, as "surrogateescape" has them, and types as arguments: the grammar stumbles over them
_TYPE = r"\b(?:struct|union|enum)\s+\w+(?:\s*\*)*"
_NO_TEXT = re.compile(rf"[\udc80-\udcff]|{_TYPE}(?=\s*,)|(?<=,)\s*{_TYPE}(?=\s*\))")


class TemplateError(ValueError):
    """A text that is not a template; the message says why, the loader adds file and line."""


class Shape(Struct, frozen=True):
    """One node of a parsed template: its type; for a leaf its text; for a placeholder its capture."""

    kind: str
    text: bytes = b""
    capture: str = ""
    children: tuple[Shape, ...] = ()


class Template(Struct, frozen=True):
    """A checked template. Build it with ``Template.parse``.

    ``source`` is the text as given; ``names`` the captures in it; ``statement`` whether it ends in ``;``.
    """

    source: str
    names: frozenset[str]
    statement: bool
    shape: Shape
    # per occurrence of a placeholder: whether operators of the template bind to it
    bound_tightly: tuple[bool, ...]

    @classmethod
    def parse(cls, source: str) -> Template:
        """Parse ``source``; raises TemplateError when it is not one C expression or expression statement."""
        text = source.strip()
        statement = text.endswith(";")
        node = parse_expression(PLACEHOLDER.sub(lambda match: _PREFIX + match[1], text.removesuffix(";")))
        if node is None:
            wanted = "one C expression and a semicolon" if statement else "one C expression"
            raise TemplateError(f"`{source.strip()}` is not {wanted}")
        tight: list[bool] = []
        found: list[str] = []
        shape = _shape(node, tight, found)
        if found != PLACEHOLDER.findall(text):
            lost = sorted(set(PLACEHOLDER.findall(text)) - set(found)) or sorted(set(found))
            raise TemplateError(f"{{{lost[0]}}} does not stand for an expression in `{source.strip()}`")
        return cls(text, frozenset(found), statement, shape, tuple(tight))

    @property
    def callee(self) -> str:
        """The name of the called function when the template is a call of a plain name, else empty."""
        if self.shape.kind != "call_expression" or self.shape.children[0].kind != "identifier":
            return ""
        return self.shape.children[0].text.decode()

    def render(self, captures: Mapping[str, str]) -> str:
        """The template with the code of the captures in it, in parentheses where an operator would tear it apart.

        Further captures are ignored. That none is missing is checked when the pattern is loaded.
        """
        occurrence = iter(self.bound_tightly)
        return PLACEHOLDER.sub(lambda match: _fitted(captures[match[1]], next(occurrence)), self.source)

    def match(self, source: SourceFile, node: Node) -> dict[str, str] | None:
        """The normal text of each capture when ``node`` has the shape of the template, else None."""
        return self.match_with(source, node, {})

    def match_with(self, source: SourceFile, node: Node, bound: Mapping[str, str]) -> dict[str, str] | None:
        """As ``match``, where the captures of ``bound`` must stand for the code given (normal text)."""
        nodes = self.match_nodes(source, node, bound)
        if nodes is None:
            return None
        return dict(bound) | {name: source.normal(found) for name, found in nodes.items()}

    def match_nodes(
        self, source: SourceFile, node: Node, bound: Mapping[str, str] | None = None
    ) -> dict[str, Node] | None:
        """As ``match_with``, with the (first) node of each capture instead of its text; parentheses stripped."""
        if self.statement and node.type == "expression_statement":
            inner = node.named_children
            if not inner:
                return None
            node = inner[0]
        found: dict[str, Node] = {}
        texts = dict(bound or {})
        return found if _matches(self.shape, node, source, texts, found) else None


def parse_expression(text: str) -> Node | None:
    """The syntax of one C expression, parentheses around the whole stripped; None when ``text`` is not one."""
    from tree_sitter import Parser

    root = Parser(c_language()).parse(_FUNCTION.format(text).encode("utf-8", "surrogateescape")).root_node
    if root.has_error or root.child_count != 1:
        return None
    body = root.children[0].child_by_field_name("body")
    if body is None or body.named_child_count != 1 or body.named_children[0].type != "return_statement":
        return None
    returned = body.named_children[0].named_children
    if len(returned) != 1 or returned[0].type != "parenthesized_expression":
        return None
    return _stripped(returned[0])


def in_place_of(text: str, node: Node, *, exposed: bool = False) -> str:
    """A new expression for a node, in parentheses where what is around the node would tear it apart.

    ``exposed``: the node may be all of a macro's body, with who knows what around it.
    """
    parent = node.parent
    if node.type not in _expression_kinds() or parent is None or text.endswith(";"):
        return text
    if parent.type in _FREE and not (exposed and parent.type == "expression_statement"):
        return text
    new = parse_expression(_NO_TEXT.sub("x", text))
    if new is not None and _binds_like(new) == _binds_like(node):
        return text
    return _fitted(text, parent.type not in _LISTS and not _roomy(node))


def _binds_like(node: Node) -> tuple[str, str]:
    operator = node.child_by_field_name("operator")
    return node.type, operator.type if node.type == "binary_expression" and operator is not None else ""


def normal_expression(text: str) -> str | None:
    """The leaf tokens of a C expression joined by blanks, as ``SourceFile.normal`` has them; None when it is none."""
    node = parse_expression(text)
    if node is None:
        return None
    return " ".join((leaf.text or b"").decode("utf-8", "surrogateescape") for leaf in _leaves(node))


@lru_cache(maxsize=1)
def c_language() -> Language:
    """The grammar of C."""
    import tree_sitter_c
    from tree_sitter import Language

    return Language(tree_sitter_c.language())


@lru_cache(maxsize=1)
def _expression_kinds() -> frozenset[str]:
    language = c_language()
    for supertype in language.supertypes:
        if language.node_kind_for_id(supertype) == "expression":
            kinds = {language.node_kind_for_id(kind) for kind in language.subtypes(supertype)}
            return frozenset(kind for kind in kinds if kind) | {"comma_expression"}
    raise AssertionError("the grammar of C has no supertype named expression")


def _leaves(node: Node) -> Iterator[Node]:
    if not node.child_count or node.type in ("string_literal", "char_literal"):
        yield node
        return
    for child in node.children:
        yield from _leaves(child)


def _stripped(node: Node) -> Node:
    while node.type == "parenthesized_expression":
        inner = [child for child in node.named_children if not child.is_extra]
        if len(inner) != 1:
            break
        node = inner[0]
    return node


def _shape(node: Node, tight: list[bool], found: list[str]) -> Shape:
    node = _stripped(node)
    if not node.child_count:
        text = node.text or b""
        if node.type not in ("identifier", "field_identifier") or not text.startswith(_PREFIX.encode()):
            return Shape(node.type, text)
        capture = text.decode().removeprefix(_PREFIX)
        found.append(capture)
        tight.append(not _roomy(node))
        return Shape(node.type, b"", capture)
    children = tuple(_shape(child, tight, found) for child in node.children if not child.is_extra)
    return Shape(node.type, b"", "", children)


def _roomy(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type in _ROOMY:
        return True
    if parent.type == "assignment_expression":
        return parent.child_by_field_name("right") == node
    if parent.type == "subscript_expression":
        return parent.child_by_field_name("index") == node
    return False


def _fitted(text: str, tightly: bool) -> str:
    if _PLAIN.match(text) or (not tightly and "," not in text):
        return text
    node = parse_expression(_NO_TEXT.sub("x", text))
    if text.startswith("(") and text.endswith(")") and _is_grouped(text):
        return text
    if node is None:
        return f"({text})" if tightly else text
    if node.type in _POSTFIX or (not tightly and node.type != "comma_expression"):
        return text
    return f"({text})"


def _is_grouped(text: str) -> bool:
    """Whether the first parenthesis closes at the very end: ``(a) + (b)`` does not."""
    return parse_expression(_NO_TEXT.sub("x", text[1:-1])) is not None


def _matches(shape: Shape, node: Node, source: SourceFile, texts: dict[str, str], found: dict[str, Node]) -> bool:
    if shape.capture:
        return _binds(shape, node, source, texts, found)
    if node.type != shape.kind or node.is_missing:
        return False
    if not shape.children:
        return source.masked[node.start_byte : node.end_byte] == shape.text
    children = [child for child in node.children if not child.is_extra]
    if len(children) != len(shape.children):
        return False
    return all(
        _matches(part, _stripped(child), source, texts, found)
        for part, child in zip(shape.children, children, strict=True)
    )


def _binds(shape: Shape, node: Node, source: SourceFile, texts: dict[str, str], found: dict[str, Node]) -> bool:
    if node.is_missing:
        return False
    fits = node.type == "field_identifier" if shape.kind == "field_identifier" else node.type in _expression_kinds()
    if not fits:
        return False
    text = source.normal(node)
    if texts.setdefault(shape.capture, text) != text:
        return False
    found.setdefault(shape.capture, node)
    return True
