"""A caller of a sink, and the shape of its begin: how it is tested, and what runs when it fails.

The one shape that can go is a call whose result an ``if`` without ``else`` tests; the branch is that of the failure,
and leaves, or that of the success, and is taken out of its ``if``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.group import AcrossRefusedError
from migrator.across.sink.macros import is_assertion, is_macro
from migrator.diagnostics import Code
from migrator.flow.facts import strip
from migrator.rewrite.draft import leaves
from migrator.syntax import callee_name
from migrator.transaction.calls import testing_statement
from migrator.transaction.model import FunctionModel, Transaction, capture_text

if TYPE_CHECKING:
    from tree_sitter import Node


class Caller(Struct, frozen=True, eq=False):
    """A transaction of which one call to the callee lies between begin and commit."""

    model: FunctionModel
    transaction: Transaction
    call: Node

    @property
    def path(self) -> str:
        """The file."""
        return self.model.source.path

    @property
    def line(self) -> int:
        """The line of the begin."""
        return self.model.line(self.transaction.begins[0].node)

    @property
    def callee(self) -> str:
        """The name of the callee."""
        return callee_name(self.call) or ""

    def refused(self, code: Code, message: str, *related: tuple[int, str]) -> AcrossRefusedError:
        """A reason that stands in this caller."""
        return AcrossRefusedError(
            code, self.path, self.line, message, *((self.path, line, text) for line, text in related)
        )


class Failing(Struct, frozen=True, eq=False):
    """How the begin is tested: the branch taken when it fails, what runs there besides leaving, and the variable.

    ``inverted``: the if holds the success branch.
    """

    test: Node
    branch: Node | None
    extras: tuple[Node, ...]
    variable: str
    inverted: bool


def read_begin(caller: Caller) -> Failing:
    """The shape of the begin; raises AcrossRefusedError where it is none that can go."""
    model, begin = caller.model, caller.transaction.begins[0]
    if len(caller.transaction.begins) > 1:
        raise caller.refused(Code.UNKNOWN_SHAPE, "several begins lead to one call of the callee")
    test = testing_statement(model, begin)
    node = model.graph.node_at(begin.node)
    if test is None or node is None:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the begin is not followed by an if that tests its result")
    condition, branch = test.child_by_field_name("condition"), test.child_by_field_name("consequence")
    if condition is None or branch is None or test.child_by_field_name("alternative") is not None:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the test of the begin has an else branch")
    variable = result_variable(caller, begin.node)
    tested = strip(condition)
    text = model.source.normal(tested)
    whole = strip(begin.node)
    if text in (variable, f"{variable} < 0", f"{variable} != 0") or _is(tested, whole, variable, model):
        if not leaves(branch):
            raise caller.refused(Code.UNKNOWN_SHAPE, "the branch taken when the begin fails does not leave")
        inner = list(branch.named_children) if branch.type == "compound_statement" else [branch]
        return Failing(test, branch, tuple(inner[:-1]), variable, inverted=False)
    argument = tested.child_by_field_name("argument") if tested.type == "unary_expression" else None
    negated = argument is not None and model.source.text(tested)[:1] == b"!"
    if text == f"{variable} == 0" or (
        negated and argument is not None and model.source.normal(strip(argument)) == variable and variable
    ):
        body = branch.named_children if branch.type == "compound_statement" else [branch]
        if any(
            item.type == "declaration"
            or not item.type.endswith("statement")
            or (is_macro(item) and not is_assertion(item))
            for item in body
        ):
            raise caller.refused(
                Code.UNKNOWN_SHAPE,
                "the branch taken when the begin succeeds declares variables, and would lose its block",
                (model.line(branch), "here"),
            )
        return Failing(test, None, (), variable, inverted=True)
    raise caller.refused(Code.UNKNOWN_SHAPE, "the begin is tested together with something else")


def _is(tested: Node, call: Node, variable: str, model: FunctionModel) -> bool:
    if (tested.start_byte, tested.end_byte) == (call.start_byte, call.end_byte):
        return True
    if tested.type == "assignment_expression" and variable:
        right = tested.child_by_field_name("right")
        return right is not None and strip(right).start_byte == call.start_byte
    return False


def result_variable(caller: Caller, call: Node) -> str:
    """The variable that takes the result of a call; empty where none does."""
    parent = call.parent
    while parent is not None and parent.type in ("parenthesized_expression", "cast_expression"):
        parent = parent.parent
    if parent is None or parent.type != "assignment_expression":
        if parent is not None and parent.type == "init_declarator":
            raise caller.refused(Code.UNKNOWN_SHAPE, "a declaration is initialised with the result of the begin")
        return ""
    left = parent.child_by_field_name("left")
    name = "" if left is None else caller.model.source.normal(left)
    if name not in caller.model.facts.locals:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the result of the begin is kept in something other than a local")
    return name


def call_of(model: FunctionModel, name: str) -> list[Node]:
    """The calls of a function by name."""
    return [node for node in model.facts.by_type.get("call_expression", ()) if callee_name(node) == name]


def commit_argument(caller: Caller, name: str) -> str | None:
    """The text of an argument that the commits give, where they agree."""
    texts = {
        capture_text(caller.model.source, item, name) for item in caller.transaction.commits if name in item.captures
    }
    return texts.pop() if len(texts) == 1 else None
