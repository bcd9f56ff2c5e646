"""The conditions of a rule, asked of one match of its query.

An answer is yes (None), no, no because of another type, or a refusal: what cannot be known is never taken for a no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.diagnostics import Code
from migrator.pattern.rules import CType
from migrator.replace.chains import links_of, target
from migrator.replace.operands import addressed_by, is_stored_to, unevaluated_in
from migrator.replace.sharing import is_unshared
from migrator.syntax import above, assigned_lvalues, body_around, callee_name, is_null, strip_parentheses, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.rules import Rule
    from migrator.pattern.template import Template
    from migrator.replace.pieces import Piece


class No(Enum):
    """The rule does not mean this match; ``OTHER_TYPE``: because the code is about something else of this name."""

    PLAIN = auto()
    OTHER_TYPE = auto()


class Doubt(Struct, frozen=True):
    """It cannot be known whether the rule means this match."""

    code: Code
    message: str


class Match(Struct, frozen=True, eq=False):
    """One match of a rule's query. ``nodes`` are the site, in order; ``captures`` its parts without the rule's name.

    ``partner``: the match that is joined to it, whose words and captures it has besides its own.
    """

    rule: Rule
    piece: Piece
    nodes: tuple[Node, ...]
    captures: Mapping[str, Sequence[Node]]
    partner: Match | None = None

    @property
    def start(self) -> int:
        """Where the site begins in the file."""
        return self.piece.start(self.nodes[0])

    @property
    def end(self) -> int:
        """Where the site ends in the file."""
        return self.piece.end(self.nodes[-1])

    @property
    def words(self) -> tuple[int, ...]:
        """The offsets of the words that the match accounts for."""
        return tuple(self.piece.start(node) for node in self.captures["name"])

    @property
    def links(self) -> tuple[Node, ...]:
        """The stores that stand between a site, which is a store itself, and the value of the chain."""
        return links_of(self.captures[self.rule.chain][0])[0] if self.rule.chain else ()

    def part(self, name: str) -> Node:
        """The code that a capture stands for in a template."""
        node = self.captures[name][0]
        return links_of(node)[1] if name == self.rule.chain else node


def judge(match: Match) -> No | Doubt | None:
    """Whether the conditions of the rule hold; None when they do."""
    where, piece = match.rule.where, match.piece
    if not _named(piece.source.path, where.files, where.not_files):
        return No.PLAIN
    if not _named(piece.function, where.functions, where.not_functions):
        return No.PLAIN
    if where.read and not all(_is_read(node) for node in match.nodes):
        return No.PLAIN
    if where.unused and (match.links or not all(_is_unused(node) for node in match.nodes)):
        return No.PLAIN
    if where.disjoint and not _are_disjoint([node for name in where.disjoint for node in match.captures[name]]):
        return No.PLAIN
    if not all(_is_like(match, name, template) for name, template in where.like.items()):
        return No.PLAIN
    if where.initialises and (answer := _initialised(match)) is not None:
        return answer
    for name, wanted in where.types.items():
        for node in match.captures[name]:
            found = piece.types.of(node)
            if found is None:
                return _unknown(match, node, str(wanted))
            if not piece.types.matches(found, wanted):
                return No.OTHER_TYPE
    for name, calls in where.origin.items():
        if not all(_comes_from(node, frozenset(calls), match) for node in match.captures[name]):
            return No.PLAIN
    for name, harmless in where.unshared.items():
        if not all(is_unshared(node, frozenset(harmless), piece.source) for node in match.captures[name]):
            return No.PLAIN
    if where.unused and piece.expression and any(_is_outermost(node) for node in match.nodes):
        return Doubt(Code.MACRO, "the value of the macro may be used where the macro is")
    return _misplaced(match) or _converted(match)


def _is_like(match: Match, name: str, template: Template) -> bool:
    source = match.piece.source
    others = [other for other in template.names if other in match.captures]
    bound = {other: source.normal(strip_parentheses(match.part(other))) for other in others}
    return template.match_nodes(source, strip_parentheses(match.part(name)), bound) is not None


def _converted(match: Match) -> Doubt | None:
    """Why the stores of a chain may not change their order: one of them may convert the value."""
    types = match.piece.types
    own = types.of(target(match.nodes[0])) if match.links else None
    if own is not None and not own.pointers and own.base.startswith(("struct ", "union ")):
        return None  # then the others have to be the same
    for link in match.links:
        if own is None or types.of(target(link)) != own:
            texts = [match.piece.source.normal(target(store)) for store in (match.nodes[0], link)]
            message = f"whether {texts[0]} and {texts[1]} are of one type is not said by a declaration within reach"
            return Doubt(Code.MACRO if match.piece.macro else Code.TYPE_UNKNOWN, message)
    return None


def _misplaced(match: Match) -> Doubt | None:
    """Why nothing may be changed here, or no call may stand here, whatever the rule says."""
    if not match.rule.edits:
        return None
    for node in match.nodes:
        operator = unevaluated_in(match.piece.source, node)
        if operator:
            return Doubt(Code.UNKNOWN_SHAPE, f"this stands in the operand of {operator}, which is not evaluated")
        macro = addressed_by(node) if match.rule.replace is not None else ""
        if macro:
            return Doubt(Code.UNKNOWN_SHAPE, f"{macro}() takes the address of its argument, and a call has none")
    return None


def _named(text: str, globs: Sequence[str], not_globs: Sequence[str]) -> bool:
    if globs and not any(fnmatchcase(text, glob) for glob in globs):
        return False
    return not any(fnmatchcase(text, glob) for glob in not_globs)


def _unknown(match: Match, node: Node, wanted: str) -> Doubt:
    text = match.piece.source.normal(node)
    if match.piece.macro:
        return Doubt(Code.MACRO, f"in a macro: whether {text} is a {wanted} depends on where it is used")
    return Doubt(Code.TYPE_UNKNOWN, f"whether {text} is a {wanted} is not said by a declaration within reach")


def _is_read(node: Node) -> bool:
    """Whether the value of a node is only read; that of a part of it counts as the node's."""
    child, parent = node, node.parent
    while parent is not None:
        if parent.type == "parenthesized_expression":
            pass
        elif parent.type == "field_expression":
            operator = parent.child_by_field_name("operator")
            if operator is not None and operator.type == "->":
                return True
        elif parent.type == "subscript_expression":
            if parent.child_by_field_name("argument") != child:
                return True
        elif parent.type == "assignment_expression":
            return parent.child_by_field_name("left") != child
        elif parent.type == "pointer_expression":
            operator = parent.child(0)
            return operator is None or operator.type != "&"
        elif parent.type == "argument_list":
            return not is_stored_to(child)
        else:
            return parent.type not in ("update_expression", "gnu_asm_output_operand")
        child, parent = parent, parent.parent
    return True


def _is_unused(node: Node) -> bool:
    """Whether nothing takes the value of an expression; statements have none."""
    child, parent = node, node.parent
    if child.type.endswith("_statement"):
        return True
    while parent is not None:
        if parent.type == "parenthesized_expression":
            pass
        elif parent.type == "cast_expression":
            kind = parent.child_by_field_name("type")
            if kind is None or kind.text != b"void":
                return False
        elif parent.type == "comma_expression":
            if parent.child_by_field_name("left") == child:
                return True
        elif parent.type == "for_statement":
            return child in (parent.child_by_field_name("update"), parent.child_by_field_name("initializer"))
        else:
            return parent.type == "expression_statement" and not _is_value_of_block(parent)
        child, parent = parent, parent.parent
    return False


def _is_value_of_block(statement: Node) -> bool:
    """Whether a statement is the last of ``({ ... })``, whose value it is."""
    block = statement.parent
    if block is None or block.type != "compound_statement":
        return False
    outer = block.parent
    last = [child for child in block.named_children if child.type != "comment"][-1]
    return outer is not None and outer.type == "parenthesized_expression" and last == statement


def _is_outermost(node: Node) -> bool:
    """Whether the statement of a node stands directly in the frame around a macro's body."""
    current: Node | None = node
    while current is not None and not current.type.endswith("_statement"):
        current = current.parent
    block = current.parent if current is not None else None
    return block is not None and block.parent is not None and block.parent.type == "function_definition"


def _are_disjoint(nodes: Sequence[Node]) -> bool:
    """Whether the nodes are names, joined by ``|``, of which none occurs twice."""
    seen: set[bytes] = set()
    pending = list(nodes)
    while pending:
        node = strip_parentheses(pending.pop())
        if node.type == "identifier" and node.text is not None and node.text not in seen:
            seen.add(node.text)
            continue
        operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is None or operator.type != "|" or left is None or right is None:
            return False
        pending += (left, right)
    return True


def _initialised(match: Match) -> No | Doubt | None:
    where, piece = match.rule.where, match.piece
    listed = next((node for node in above(match.nodes[0]) if node.type == "initializer_list"), None)
    if listed is None:
        return No.PLAIN
    found = piece.types.of_initialiser(listed)
    if found is None:
        message = f"whether this initialises a {where.initialises} is not said by a declaration within reach"
        return Doubt(Code.MACRO if piece.macro else Code.TYPE_UNKNOWN, message)
    if not piece.types.matches(CType(found.base), CType(where.initialises)):
        return No.OTHER_TYPE
    for pair in listed.named_children:
        for designator in pair.children_by_field_name("designator"):
            if piece.source.normal(designator).removeprefix(".").strip() in where.absent:
                name = piece.source.normal(designator).removeprefix(".").strip()
                return Doubt(Code.UNKNOWN_SHAPE, f"the initialiser already has a field .{name}")
    return None


def _comes_from(node: Node, calls: frozenset[str], match: Match) -> bool:
    """Whether a local variable only ever holds what one of the calls returned (or a null pointer)."""
    node = strip_parentheses(node)
    body = body_around(node)
    if node.type != "identifier" or body is None or match.piece.macro:
        return False
    found = False
    for lvalue, kind in assigned_lvalues(walk(body)):
        if lvalue.type != "identifier" or lvalue.text != node.text:
            continue
        holder: Node | None = lvalue
        wanted = "init_declarator" if kind == "init" else "assignment_expression"
        while holder is not None and holder.type != wanted:
            holder = holder.parent
        value = holder.child_by_field_name("value" if kind == "init" else "right") if holder is not None else None
        if kind not in ("assign", "init") or value is None:
            return False
        value = strip_parentheses(value)
        if callee_name(value) in calls:
            found = True
        elif not is_null(value):
            return False
    return found
