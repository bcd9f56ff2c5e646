"""A draft of one function's rewrite: marks on the original tree, never on a changed one.

The refactor says what it means (this statement goes, this call becomes that text, these lines come behind this
statement); ``tidy`` adds what follows from it; ``emit`` reads the marks and makes the edits. A statement that is
marked as removed is called gone, and so is every statement of which nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.rewrite.lines import comments_between, start_with_comment, whole_lines
from migrator.syntax import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tree_sitter import Node

    from migrator.source import Function, SourceFile

SIMPLE_STATEMENTS = frozenset(
    {"expression_statement", "return_statement", "goto_statement", "break_statement", "continue_statement"}
)
LEAVING_STATEMENTS = frozenset({"return_statement", "goto_statement", "break_statement", "continue_statement"})
STATEMENTS = SIMPLE_STATEMENTS | frozenset(
    {
        "declaration",
        "compound_statement",
        "if_statement",
        "while_statement",
        "do_statement",
        "for_statement",
        "switch_statement",
        "case_statement",
        "labeled_statement",
        "attributed_statement",
        "type_definition",
    }
)


class RewriteRefusedError(Exception):
    """A consequence of the rewrite that the tool does not know how to write down."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


class Insertion(Struct, frozen=True):
    """Lines to stand before or behind a statement, without indentation of their own."""

    lines: tuple[str, ...]
    blank_before: bool = False
    blank_after: bool = False


class Draft(Struct, eq=False):
    """The marks. ``topics`` are words by which a comment is known to speak of what is removed, ``pure`` names of calls
    without effect, ``nodes`` all nodes of the function by type, ``stable`` locals that only plain assignments change.
    """

    source: SourceFile
    function: Function
    topics: tuple[str, ...] = ()
    pure: Collection[str] = frozenset()
    nodes: Mapping[str, Sequence[Node]] = field(default_factory=dict)
    stable: Collection[str] = frozenset()
    removed: dict[int, Node] = field(default_factory=dict)
    replaced: dict[tuple[int, int], str] = field(default_factory=dict)
    behind: dict[int, tuple[Node, list[Insertion]]] = field(default_factory=dict)
    ahead: dict[int, tuple[Node, list[Insertion]]] = field(default_factory=dict)
    retargeted: dict[str, str] = field(default_factory=dict)
    returning: set[str] = field(default_factory=set)
    dropped_labels: set[str] = field(default_factory=set)
    deleted: list[tuple[int, int]] = field(default_factory=list)
    unwrapped: dict[int, Node] = field(default_factory=dict)
    joined: list[tuple[Node, Node]] = field(default_factory=list)
    neighbours: set[int] = field(
        default_factory=set
    )  # ifs that only stand before what follows them since a pass before
    braced: dict[int, Node] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    _above: dict[int, tuple[int, Node]] = field(default_factory=dict)
    _gone: dict[int, bool | Node] = field(default_factory=dict)

    def remove(self, statement: Node) -> None:
        """The statement goes."""
        self.removed[statement.id] = statement
        self._gone.clear()
        chain = []
        current = statement.parent
        while current is not None and current.id not in self._above:
            chain.append(current)
            if current.id == self.function.body.id:
                break
            current = current.parent
        depth = self._above[current.id][0] if current is not None and current.id in self._above else 0
        for height, node in enumerate(chain):
            self._above[node.id] = (depth + len(chain) - height, node)

    def replace(self, node: Node, text: str) -> None:
        """The node's code becomes ``text``."""
        self.replaced[(node.start_byte, node.end_byte)] = text

    def replaces_in(self, node: Node) -> bool:
        """Whether some of a node's code is replaced."""
        return any(node.start_byte <= start and end <= node.end_byte for start, end in self.replaced)

    def take_replaced(self, node: Node) -> str:
        """A node's code with the replacements in it carried out, which are done with then.

        Raises RewriteRefusedError.
        """
        if any(node.start_byte < end and start < node.end_byte for start, end in self.deleted):
            raise RewriteRefusedError(self.line(node), "a condition that changes as a whole holds a comment that stays")
        data, text, position = self.source.data, "", node.start_byte
        for start, end in sorted(self.replaced):
            if node.start_byte <= start and end <= node.end_byte:
                text += data[position:start].decode("utf-8", "surrogateescape") + self.replaced.pop((start, end))
                position = end
        return text + data[position : node.end_byte].decode("utf-8", "surrogateescape")

    def insert_behind(self, statement: Node, insertion: Insertion) -> None:
        """Lines behind a statement; where it is an unbraced body, braces come with them."""
        self.behind.setdefault(statement.id, (statement, []))[1].append(insertion)
        self._gone.clear()

    def insert_ahead(self, statement: Node, insertion: Insertion) -> None:
        """Lines before a statement; where it is an unbraced body, braces come with them."""
        self.ahead.setdefault(statement.id, (statement, []))[1].append(insertion)
        self._gone.clear()

    def inserted_lines(self, statement: Node) -> int:
        """How many lines are inserted before and behind a statement."""
        return sum(
            len(insertion.lines)
            for marks in (self.ahead, self.behind)
            for insertion in marks.get(statement.id, (statement, []))[1]
        )

    def written(self) -> list[str]:
        """All new code: what replaces something, and inserted lines."""
        marks = (*self.ahead.values(), *self.behind.values())
        inserted = [line for _, insertions in marks for insertion in insertions for line in insertion.lines]
        return [*self.replaced.values(), *inserted]

    def needs_braces(self, statement: Node) -> bool:
        """Whether a body without braces is to be more than one line."""
        stays = 0 if statement.id in self.removed else 1
        return is_unbraced_body(statement) and stays + self.inserted_lines(statement) > 1

    def line(self, node: Node) -> int:
        """The 1-based line of a node."""
        return self.source.line(node.start_byte)

    def gone(self, statement: Node) -> bool:
        """Whether nothing is left of a statement; raises RewriteRefusedError for a loop that would be left empty."""
        if not self.removed:
            return False
        if not self._gone:
            # From the inside to the outside: depth costs no recursion.
            for _, node in sorted(self._above.values(), key=lambda item: -item[0]):
                self._gone[node.id] = self._is_gone(node)
        known = self._known(statement)
        if isinstance(known, bool):
            return known
        raise RewriteRefusedError(self.line(known), "a loop or switch would be left with an empty body")

    def _known(self, statement: Node) -> bool | Node:
        """What is known of a statement; the loop below it that would be left empty where there is one."""
        if statement.id in self.kept or statement.id in self.behind or statement.id in self.ahead:
            return False
        if statement.id in self.removed:
            return True
        return self._gone.get(statement.id, False)

    def _is_gone(self, statement: Node) -> bool | Node:
        """Whether all parts of a statement, which are known already, are gone."""
        kind = statement.type
        condition = None
        parts: list[Node | None] = []
        if kind in ("compound_statement", "else_clause"):
            parts = list(statement.named_children)
        elif kind == "if_statement":
            parts = [statement.child_by_field_name("consequence")]
            alternative = statement.child_by_field_name("alternative")
            parts += [alternative] if alternative is not None else []
            # What the condition itself does must not get lost: ``tidy`` keeps it as a statement.
            condition = statement.child_by_field_name("condition")
        elif kind in ("while_statement", "for_statement", "do_statement", "switch_statement"):
            parts = [statement.child_by_field_name("body")]
        states = [part is not None and self._known(part) for part in parts]
        if not states or any(state is False for state in states):
            return False
        empty = next((state for state in states if not isinstance(state, bool)), None)
        if empty is not None:
            return empty
        if kind in ("while_statement", "for_statement", "do_statement", "switch_statement"):
            return statement
        if kind == "compound_statement" and self._holds_dead_code(statement):
            return False
        return condition is None or (self.is_pure(condition) and not self.replaces_in(condition))

    def _holds_dead_code(self, block: Node) -> bool:
        """Whether code in ``#if 0``, which is not ours to delete, stands in a block."""
        spans = comments_between(self.source, block.start_byte, block.end_byte)
        return any(self.source.data[span.start : span.end].lstrip().startswith(b"#") for span in spans)

    def is_pure(self, expression: Node) -> bool:
        """Whether evaluating an expression changes nothing, as far as the tables know."""
        from migrator.syntax import callee_name

        for node in walk(expression):
            if node.type in ("assignment_expression", "update_expression", "gnu_asm_expression"):
                return False
            if node.type == "call_expression":
                name = callee_name(node)
                if name is None or not (name in self.pure or name in _PURE_WRAPPERS):
                    return False
        return True

    def lives(self, node: Node) -> bool:
        """Whether nothing around a node is gone."""
        current: Node | None = node
        while current is not None and current.id != self.function.body.id:
            if current.type in _PARTS and self.gone(current):
                return False
            current = current.parent
        return True

    def above_removed(self) -> dict[int, Node]:
        """What stands around the removed statements, up to the body of the function, by id."""
        return {key: node for key, (_, node) in self._above.items()}

    def live_statements(self, block: Node) -> list[Node]:
        """The statements of a block that stay."""
        return [child for child in block.named_children if not self.gone(child)]

    def keeps_comment(self, block: Node) -> bool:
        """Whether a comment in a block stays when the statements that are gone take theirs along."""
        source = self.source
        taken: list[tuple[int, int]] = []
        for child in block.named_children:
            if self.gone(child) or child.id in self.removed:
                lines = whole_lines(source, child.start_byte, child.end_byte) or (child.start_byte, child.end_byte)
                taken.append((start_with_comment(source, lines[0], block.start_byte, self.topics, lines[1]), lines[1]))
        return any(
            not any(start <= span.start < end for start, end in taken)
            for span in comments_between(source, block.start_byte, block.end_byte)
        )

    def touched(self, block: Node) -> bool:
        """Whether a direct child of the block was removed or is gone."""
        return any(child.id in self.removed or self.gone(child) for child in block.named_children)


_PARTS = STATEMENTS | {"else_clause"}
_PURE_WRAPPERS = frozenset(
    {"likely", "unlikely", "READ_ONCE", "IS_ERR", "IS_ERR_OR_NULL", "IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE"}
)


def is_unbraced_body(statement: Node) -> bool:
    """Whether a statement is the whole body of an if, else or loop without braces around it."""
    parent = statement.parent
    if parent is None or statement.type == "compound_statement":
        return False
    if parent.type == "else_clause":
        return statement.type != "if_statement"
    if parent.type == "if_statement":
        consequence = parent.child_by_field_name("consequence")
        return consequence is not None and consequence.id == statement.id
    if parent.type in ("while_statement", "for_statement", "do_statement"):
        body = parent.child_by_field_name("body")
        return body is not None and body.id == statement.id
    return False


def leaves(statement: Node) -> bool:
    """Whether control never runs out of the end of a statement (by its last statement alone)."""
    pending = [statement]
    while pending:
        node = pending.pop()
        kind = node.type
        if kind in LEAVING_STATEMENTS:
            continue
        inner = node.named_children
        if kind in ("compound_statement", "labeled_statement") and inner:
            pending.append(inner[-1])
            continue
        consequence = node.child_by_field_name("consequence") if kind == "if_statement" else None
        alternative = node.child_by_field_name("alternative") if kind == "if_statement" else None
        if consequence is None or alternative is None:
            return False
        pending += [consequence, alternative.named_children[-1]]
    return True
