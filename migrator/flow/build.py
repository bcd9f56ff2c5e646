"""Builds the control-flow graph of one function from its syntax tree, in one pass and linear time.

The builder holds a *frontier*: half-edges that wait for the next node. A statement consumes the frontier and
leaves a new one; a condition leaves two lists, for true and for false (jumping code: Aho, Sethi, Ullman,
"Compilers", 8.4), so that every operand of ``&&``, ``||`` and ``?:`` becomes a node. Gotos are joined to their labels
at the end.

Depth costs no Python recursion: a statement that holds others is a generator that yields its parts, and ``_run``
keeps the stack of generators on the heap. Whatever the tree holds that is no statement of C (an ERROR node, a macro
that stands alone) becomes one plain node, so that building never fails.

Left out: the truth of conditions that are constant outside of loop heads (``if (0)`` has both branches: what
stands there is still code to refactor), and jumps out of a callee (longjmp).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from tree_sitter import Node

from migrator.flow.assembly import Assembly, Frontier, joined
from migrator.flow.graph import FlowGraph, NodeKind
from migrator.flow.noreturn import DEFAULT_NORETURN
from migrator.flow.shapes import arm_contents, arm_text, asm_labels, first_part, has_effects, is_logical, unwrapped

if TYPE_CHECKING:
    from migrator.source import Function, SourceFile

Step: TypeAlias = Generator["Step | None", None, None]

# What may have to be split. Strings and initialisers match as well, and cost a walk.
_COMPOSED = re.compile(rb"&&|\|\||[?{]")
_CALL = re.compile(rb"(\w++)(?:\s++\w++)*+\s*+\(")  # also: asm volatile goto (
_ASM = re.compile(rb"_*asm")
_COMPUTED = re.compile(rb"goto\s*\*")
_LOOP_CONSTANTS = {b"0": False, b"false": False, b"FALSE": False, b"1": True, b"true": True, b"TRUE": True}
_TRUTH_WRAPPERS = frozenset((b"likely", b"unlikely", b"__builtin_expect", b"likely_notrace", b"unlikely_notrace"))
_UNEVALUATED = frozenset(("sizeof_expression", "alignof_expression", "offsetof_expression", "ERROR"))
_PREPROCESSOR_ARMS = frozenset(("preproc_if", "preproc_ifdef", "preproc_elif", "preproc_elifdef", "preproc_else"))


def build_graph(source: SourceFile, function: Function, noreturn: Collection[str] = DEFAULT_NORETURN) -> FlowGraph:
    """The control-flow graph of ``function``; ``noreturn`` names the calls that end control.

    Never fails: for a broken function the graph holds what could be recognised.
    """
    names = _NORETURN_BYTES if noreturn is DEFAULT_NORETURN else frozenset(name.encode() for name in noreturn)
    builder = _Builder(source, names)
    builder.add(NodeKind.ENTRY, None, source.line(function.body.start_byte))
    _run(builder.block(function.body.named_children))
    return builder.finish(source.line(max(function.end - 1, 0)))


_NORETURN_BYTES = frozenset(name.encode() for name in DEFAULT_NORETURN)


def _run(first: Step) -> None:
    """Run a step and the steps that it yields, depth first."""
    stack = [first]
    while stack:
        for inner in stack[-1]:
            if inner is not None:
                stack.append(inner)
                break
        else:
            stack.pop()


class _Switch(Struct):
    index: int
    has_default: bool = False


class _Builder(Assembly):
    """The state of one build. Methods that return a Step do their work when it is run."""

    def __init__(self, source: SourceFile, noreturn: frozenset[bytes]) -> None:
        super().__init__(source)
        self.noreturn = noreturn
        self.breaks: Frontier = self.returns  # a stray break leaves the function
        self.continues: Frontier = self.returns
        self.switch: _Switch | None = None

    # statements

    def block(self, statements: Iterable[Node]) -> Step:
        for syntax in statements:
            yield self.statement(syntax)

    def statement(self, syntax: Node | None) -> Step | None:
        """Build one statement at once (None), or say which step builds it."""
        if syntax is None:
            return None
        kind = syntax.type
        if kind == "expression_statement" or kind == "declaration":
            return self.simple(syntax)
        if kind == "compound_statement":
            return self.block(syntax.named_children)
        if kind == "if_statement":
            return self.if_statement(syntax)
        if kind == "return_statement" or kind == "goto_statement":
            return self.leaving(syntax)
        if kind == "break_statement":
            self.place(NodeKind.STATEMENT, syntax)
            self.breaks.extend(self.frontier)
            self.frontier = []
            return None
        if kind == "continue_statement":
            self.place(NodeKind.STATEMENT, syntax)
            self.continues.extend(self.frontier)
            self.frontier = []
            return None
        if kind == "labeled_statement":
            return self.labeled(syntax)
        if kind == "while_statement":
            return self.while_statement(syntax)
        if kind == "for_statement":
            return self.for_statement(syntax)
        if kind == "do_statement":
            return self.do_statement(syntax)
        if kind == "switch_statement":
            return self.switch_statement(syntax)
        if kind == "case_statement":
            return self.case_statement(syntax)
        if kind in _PREPROCESSOR_ARMS:
            return self.conditional_region(syntax)
        if kind == "attributed_statement" or kind == "else_clause":
            return self.block(child for child in syntax.named_children if child.type != "attribute_declaration")
        if kind.startswith("preproc_") or kind == "comment":
            return None
        self.place(NodeKind.STATEMENT, syntax)
        return None

    def simple(self, syntax: Node) -> Step | None:
        """An expression statement, a declaration, or the expression of a for head."""
        if self.may_split(syntax):
            return self.composed(syntax)
        self.plain(syntax)
        return None

    def composed(self, syntax: Node) -> Step:
        yield self.prelude(syntax)
        self.plain(syntax)

    def plain(self, syntax: Node) -> None:
        """The node of a simple statement whose parts stand already."""
        index = self.place(NodeKind.STATEMENT, syntax)
        call = _CALL.match(self.masked, syntax.start_byte, syntax.end_byte)
        if call is None:
            return
        if call.group(1) in self.noreturn:
            expression = first_part(syntax) if syntax.type == "expression_statement" else syntax
            if expression is not None and expression.type == "call_expression":
                self.frontier = []
        elif _ASM.match(call.group(1)) is not None:
            labels = list(asm_labels(syntax, self.masked))
            self.jumps.extend((index, label) for label in labels)
            if not labels and b"goto" in call.group(1):
                self.jumps.append((index, None))  # asm_volatile_goto(..): which labels is hard to tell

    def leaving(self, syntax: Node) -> Step:
        """``return`` and ``goto``."""
        if syntax.type == "return_statement":
            if self.may_split(syntax):
                yield self.prelude(syntax)
            self.place(NodeKind.STATEMENT, syntax)
            self.returns.extend(self.frontier)
        else:
            index = self.place(NodeKind.STATEMENT, syntax)
            label = syntax.child_by_field_name("label")
            written = self.source.data[syntax.start_byte : syntax.end_byte]
            computed = label is None or _COMPUTED.match(written) is not None
            self.jumps.append((index, None if computed or label is None else self.code(label)))
        self.frontier = []

    def labeled(self, syntax: Node) -> Step:
        for child in syntax.named_children:
            if child.type == "statement_identifier":
                self.labels.setdefault(self.code(child), self.place(NodeKind.LABEL, child))
            else:
                yield self.statement(child)

    def if_statement(self, syntax: Node) -> Step:
        """``if`` with all its ``else if``, in a loop."""
        after: Frontier = []
        while True:
            true: Frontier = []
            false: Frontier = []
            yield self.condition(syntax.child_by_field_name("condition"), true, false)
            self.frontier = true
            yield self.statement(syntax.child_by_field_name("consequence"))
            after = joined(after, self.frontier)
            self.frontier = false
            alternative = syntax.child_by_field_name("alternative")
            chained = first_part(alternative) if alternative is not None else None
            if chained is None or chained.type != "if_statement":
                break
            syntax = chained
        yield self.statement(alternative)
        self.frontier = joined(after, self.frontier)

    def while_statement(self, syntax: Node) -> Step:
        head = len(self.nodes)
        true: Frontier = []
        false: Frontier = []
        condition = syntax.child_by_field_name("condition")
        if condition is not None and self.source.iterator_at(syntax) is not None:
            if self.may_split(condition):
                yield self.prelude(condition)
            index = self.place(NodeKind.ITERATOR, condition)
            true, false = [(index, True, None)], [(index, False, None)]
        else:
            yield self.condition(condition, true, false, loop=True)
        yield self.loop_body(syntax.child_by_field_name("body"), head, true, false, None)

    def for_statement(self, syntax: Node) -> Step:
        initializer = syntax.child_by_field_name("initializer")
        if initializer is not None:
            yield self.simple(initializer)
        head = len(self.nodes)
        condition = syntax.child_by_field_name("condition")
        true: Frontier = self.frontier
        false: Frontier = []
        if condition is not None:
            true = []
            yield self.condition(condition, true, false, loop=True)
        update = syntax.child_by_field_name("update")
        yield self.loop_body(syntax.child_by_field_name("body"), head, true, false, update)

    def loop_body(self, body: Node | None, head: int, true: Frontier, false: Frontier, update: Node | None) -> Step:
        """The body, entered by ``true``; then ``update`` and back to ``head``, the first node of the loop."""
        outer = self.breaks, self.continues
        again: Frontier = []
        self.breaks, self.continues = false, again
        self.frontier = true
        yield self.statement(body)
        self.breaks, self.continues = outer
        self.frontier = joined(self.frontier, again)
        if update is not None:
            yield self.simple(update)
        if head == len(self.nodes) and body is not None:  # for (;;) { }
            self.place(NodeKind.STATEMENT, body)
        self.connect(self.frontier, head)
        self.frontier = false

    def do_statement(self, syntax: Node) -> Step:
        head = len(self.nodes)
        outer = self.breaks, self.continues
        left: Frontier = []
        again: Frontier = []
        self.breaks, self.continues = left, again
        yield self.statement(syntax.child_by_field_name("body"))
        self.breaks, self.continues = outer
        self.frontier = joined(self.frontier, again)
        true: Frontier = []
        false: Frontier = []
        yield self.condition(syntax.child_by_field_name("condition"), true, false, loop=True)
        self.connect(true, head)
        self.frontier = joined(false, left)

    def switch_statement(self, syntax: Node) -> Step:
        condition = syntax.child_by_field_name("condition")
        if condition is None:
            yield self.statement(syntax.child_by_field_name("body"))
            return
        if self.may_split(condition):
            yield self.prelude(condition)
        switch = _Switch(self.place(NodeKind.SWITCH, unwrapped(condition) or condition))
        outer = self.breaks, self.switch
        left: Frontier = []
        self.breaks, self.switch = left, switch
        self.frontier = []
        yield self.statement(syntax.child_by_field_name("body"))
        self.breaks, self.switch = outer
        self.frontier = joined(self.frontier, left)
        if not switch.has_default:
            self.frontier.append((switch.index, None, "default"))

    def case_statement(self, syntax: Node) -> Step:
        children = syntax.children
        colon = next((number for number, child in enumerate(children) if child.type == ":"), 0)
        if self.switch is not None:
            written = self.source.code[syntax.start_byte : children[colon].start_byte].decode("utf-8", "replace")
            text = " ".join(written.split()).removeprefix("case").lstrip()
            self.switch.has_default |= text == "default"
            self.frontier.append((self.switch.index, None, text))
        yield self.block(child for child in children[colon + 1 :] if child.is_named)

    def conditional_region(self, syntax: Node) -> Step:
        """``#if`` .. ``#elif`` .. ``#else``: every branch is possible, and none when there is no ``#else``."""
        # Behind a jump only the case labels and labels inside are reached: no choice is made here.
        index = self.place(NodeKind.PREPROCESSOR, syntax) if self.frontier else None
        after: Frontier = []
        arm: Node | None = syntax
        otherwise = False
        while arm is not None:
            otherwise = otherwise or arm.type == "preproc_else"
            self.frontier = [] if index is None else [(index, None, arm_text(arm, self.masked))]
            alternative = arm.child_by_field_name("alternative")
            yield self.block(arm_contents(arm, alternative))
            after = joined(after, self.frontier)
            arm = alternative
        if index is not None and not otherwise:
            after.append((index, None, "else"))
        self.frontier = after

    # expressions

    def may_split(self, syntax: Node) -> bool:
        """Whether parts of it may have to become nodes of their own: a quick look at the text."""
        return _COMPOSED.search(self.masked, syntax.start_byte, syntax.end_byte) is not None

    def condition(self, expression: Node | None, true: Frontier, false: Frontier, loop: bool = False) -> Step:
        """Test ``expression`` and leave by ``true`` or ``false``; in a ``loop`` head constants have one way out."""
        while True:
            if expression is None:  # a broken tree: both ways
                true.extend(self.frontier)
                false.extend(self.frontier)
                return
            kind = expression.type
            if kind == "parenthesized_expression":
                inner = first_part(expression)
                if inner is not None and inner.type != "compound_statement":
                    expression = inner
                    continue
            elif kind == "unary_expression":
                operand = expression.child_by_field_name("argument")
                operator = expression.child_by_field_name("operator")
                if operator is not None and operator.type == "!" and operand is not None:
                    expression, true, false = operand, false, true
                    continue
            elif kind == "call_expression":
                wrapped = self.wrapped(expression)
                if wrapped is not None:
                    expression = wrapped
                    continue
            elif kind == "binary_expression":
                operator = expression.child_by_field_name("operator")
                name = operator.type if operator is not None else ""
                if name == "&&" or name == "||":
                    between: Frontier = []
                    left = expression.child_by_field_name("left")
                    ways = (between, false) if name == "&&" else (true, between)
                    yield self.condition(left, *ways, loop)
                    self.frontier = between
                    expression = expression.child_by_field_name("right")
                    continue
            elif kind == "conditional_expression":
                chosen: Frontier = []
                other: Frontier = []
                consequence = expression.child_by_field_name("consequence")
                yield self.condition(
                    expression.child_by_field_name("condition"), chosen if consequence is not None else true, other
                )
                if consequence is not None:
                    self.frontier = chosen
                    yield self.condition(consequence, true, false)
                self.frontier = other
                expression = expression.child_by_field_name("alternative")
                continue
            elif kind == "comma_expression":
                first = expression.child_by_field_name("left")
                if first is not None:
                    yield self.simple(first)
                expression = expression.child_by_field_name("right")
                continue
            break
        if self.may_split(expression):
            yield self.prelude(expression)
        index = self.place(NodeKind.CONDITION, expression)
        constant = _LOOP_CONSTANTS.get(self.code(expression)) if loop else None
        if constant is not False:
            true.append((index, True, None))
        if constant is not True:
            false.append((index, False, None))
        self.frontier = []

    def wrapped(self, call: Node) -> Node | None:
        """The x of ``likely(x)`` and its like."""
        function, arguments = call.child_by_field_name("function"), call.child_by_field_name("arguments")
        if function is None or arguments is None or self.code(function) not in _TRUTH_WRAPPERS:
            return None
        return first_part(arguments)

    def prelude(self, syntax: Node) -> Step:
        """The nodes that come before the one of ``syntax``: its statement expressions and conditions with effects."""
        pending = [syntax]
        while pending:
            part = pending.pop()
            kind = part.type
            if kind == "compound_statement":
                yield self.block(part.named_children)
            elif kind == "conditional_expression" or (kind == "binary_expression" and is_logical(part)):
                if has_effects(part):
                    yield self.value(part)
            elif kind not in _UNEVALUATED:
                pending.extend(part.named_children[::-1])

    def value(self, expression: Node) -> Step:
        """The conditions of ``a && b``, ``a || b``, ``a ? b : c`` where its value is wanted."""
        if expression.type != "conditional_expression":
            true: Frontier = []
            false: Frontier = []
            yield self.condition(expression, true, false)
            self.frontier = joined(true, false)
            return
        after: Frontier = []
        while True:  # a ? b : c ? d : e in a loop
            chosen: Frontier = []
            other: Frontier = []
            consequence = expression.child_by_field_name("consequence")
            yield self.condition(expression.child_by_field_name("condition"), chosen, other)
            self.frontier = chosen
            yield self.operand(consequence)
            after = joined(after, self.frontier)
            self.frontier = other
            last = unwrapped(expression.child_by_field_name("alternative"))
            if last is None or last.type != "conditional_expression":
                break
            expression = last
        yield self.operand(last)
        self.frontier = joined(after, self.frontier)

    def operand(self, expression: Node | None) -> Step | None:
        """The b or c of ``a ? b : c``: a node if it has effects, else part of the statement."""
        expression = unwrapped(expression)
        if expression is None or not has_effects(expression):
            return None
        if expression.type == "conditional_expression" or is_logical(expression):
            return self.value(expression)
        return self.simple(expression)
