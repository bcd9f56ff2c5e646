"""The text of the new call and of what follows its success, and where success begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.flow.facts import strip
from migrator.flow.graph import NodeKind
from migrator.rewrite.draft import Draft, Insertion, RewriteRefusedError, leaves
from migrator.rewrite.layout import fill_call, joined, split_arguments
from migrator.rewrite.lines import comments_between
from migrator.syntax import arguments, callee_name, enclosing_statement
from migrator.transaction.model import FunctionModel, Phase, Status, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tree_sitter import Node

    from migrator.pattern.query import RoleMatch


def written(model: FunctionModel, node: Node) -> str:
    """A node as written, on one line; raises RewriteRefusedError where a comment to the end of the line forbids it."""
    for span in comments_between(model.source, node.start_byte, node.end_byte):
        if model.source.data.startswith(b"//", span.start):
            raise RewriteRefusedError(
                model.source.line(span.start), "a // comment stands inside of code that has to go on one line"
            )
    return joined(model.source.text(node).decode("utf-8", "surrogateescape"))


def call_captures(model: FunctionModel, transaction: Transaction, begin: RoleMatch) -> dict[str, str]:
    """What the templates can name: captures of the begin, then those of the first commit, as written."""
    found: dict[str, str] = {}
    for match in (begin, *transaction.commits[:1], *transaction.aborts[:1]):
        for name, node in match.captures.items():
            found.setdefault(name, written(model, node))
    return found


def render_new_call(model: FunctionModel, captures: Mapping[str, str]) -> tuple[str, list[str]]:
    """Name and arguments of the new call."""
    text = model.pattern.new_call.template.render(captures)
    name, _, rest = text.partition("(")
    return name.strip(), split_arguments(rest.rsplit(")", 1)[0])


def replace_in_place(model: FunctionModel, draft: Draft, begin: RoleMatch, captures: Mapping[str, str]) -> None:
    """The new call where the begin stood, laid out for its line; comments between its arguments stay."""
    source, call = model.source, begin.node
    name, values = render_new_call(model, captures)
    if comments_between(source, call.start_byte, call.end_byte):
        _replace_around_comments(model, draft, begin, name, values)
        return
    head = source.data[source.line_start(call.start_byte) : call.start_byte].decode("utf-8", "surrogateescape")
    tail = source.masked[call.end_byte : source.line_end(call.end_byte - 1)].decode("utf-8", "replace").rstrip()
    draft.replace(call, fill_call(head, name, values, tail, source.newline.decode("ascii")))


def _replace_around_comments(
    model: FunctionModel, draft: Draft, begin: RoleMatch, name: str, values: list[str]
) -> None:
    given = arguments(begin.node)
    kept = given[: len(values)]
    if [written(model, node) for node in kept] != values:
        raise RewriteRefusedError(model.line(begin.node), "comments stand between arguments that would change places")
    draft.replace(begin.captures["name"], name)
    draft.deleted.append((kept[-1].end_byte, begin.node.end_byte - 1))


def insert_after_success(model: FunctionModel, transaction: Transaction, draft: Draft) -> None:
    """Put the pattern's statements where each begin is known to have succeeded, and only there."""
    for begin in transaction.begins:
        name = model.source.normal(begin.captures["name"])
        lines = [
            rule.statement.render(call_captures(model, transaction, begin))
            for rule in model.pattern.after_success
            if rule.begin == name
        ]
        if not lines:
            continue
        for given in model.pattern.new_call.template.names:
            node = begin.captures.get(given)
            if (
                node is not None
                and impure_calls(model, node)
                and any(given in rule.statement.names for rule in model.pattern.after_success if rule.begin == name)
            ):
                raise RewriteRefusedError(
                    model.line(node), f"`{model.readable(node)}` would be evaluated twice, and may have an effect"
                )
        place, statement = success_point(model, transaction, begin)
        if place == "behind":
            draft.insert_behind(statement, Insertion(tuple(lines)))
        else:
            draft.insert_ahead(statement, Insertion(tuple(lines)))


def testing_statement(model: FunctionModel, begin: RoleMatch) -> Node | None:
    """The if that tests the result of a begin: the one it stands in, or the one behind the assignment."""
    return test_of_call(model, begin.node)


def test_of_call(model: FunctionModel, call: Node) -> Node | None:
    """As ``testing_statement``, for any call."""
    node = model.graph.node_at(call)
    if node is None or node.syntax is None:
        return None
    statement = enclosing_statement(call)
    if node.kind is NodeKind.CONDITION:
        return statement if statement.type == "if_statement" else None
    following = statement.next_named_sibling
    if statement.parent is not None and statement.parent.type == "labeled_statement":
        following = statement.parent.next_named_sibling
    return following if following is not None and following.type == "if_statement" else None


def conjunct_guard(begin: RoleMatch) -> Node | None:
    """The ``a`` of ``if (a && begin(..))``: what is tested before the begin in the same condition, if it is that."""
    statement = enclosing_statement(begin.node)
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    tested = strip(condition) if condition is not None else None
    if tested is None or tested.type != "binary_expression":
        return None
    operator, left = tested.child_by_field_name("operator"), tested.child_by_field_name("left")
    if operator is None or operator.type != "&&" or left is None or left.end_byte > begin.node.start_byte:
        return None
    return left


def conjuncts(condition: Node) -> list[Node]:
    """The parts of ``a && b && c``; the condition itself where it is no such thing."""
    pending, found = [strip(condition)], []
    while pending:
        node = pending.pop()
        operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if operator is not None and operator.type == "&&" and left is not None and right is not None:
            pending += [strip(right), strip(left)]
        else:
            found.append(node)
    return found


def success_point(model: FunctionModel, transaction: Transaction, begin: RoleMatch) -> tuple[str, Node]:
    """("behind" | "ahead", statement): where a statement runs exactly when the begin succeeded.

    Raises RewriteRefusedError where there is no such place without a new branch.
    """
    line = model.line(begin.node)
    test = testing_statement(model, begin)
    flow = transaction.flow
    if test is None or flow is None:
        raise RewriteRefusedError(line, "there is no if behind the begin in which its success could be followed")
    consequence = test.child_by_field_name("consequence")
    alternative = test.child_by_field_name("alternative")
    condition = test.child_by_field_name("condition")
    if consequence is None or condition is None:
        raise RewriteRefusedError(line, "the test of the begin has no branch")
    inside: set[Status] = set()
    outside: set[Status] = set()
    for (origin, goal, _), phases in flow.edges.items():
        syntax = model.graph.nodes[origin].syntax
        if syntax is None or not _within(syntax, condition):
            continue
        target = model.graph.nodes[goal].syntax
        if target is not None and _within(target, condition):
            continue
        found = inside if target is not None and _within(target, consequence) else outside
        found.update(phase.status for phase in phases)
    if inside == {Status.OPEN} and Status.OPEN not in outside:
        return "ahead", first_statement(consequence)
    if outside == {Status.OPEN} and Status.OPEN not in inside:
        if alternative is not None:
            return "ahead", first_statement(alternative.named_children[-1])
        if test.parent is not None and test.parent.type == "else_clause":
            raise RewriteRefusedError(line, "the begin is tested in an else-if, behind which other branches run too")
        if leaves(consequence) or not _reaches_end(model, consequence):
            return "behind", test
    raise RewriteRefusedError(line, "the paths on which the begin succeeded and failed run together behind its test")


def _reaches_end(model: FunctionModel, block: Node) -> bool:
    """Whether control runs out of a block's end, by the graph (a call that never returns ends it too)."""
    for node in model.graph.nodes:
        if node.syntax is None or not _within(node.syntax, block):
            continue
        for edge in model.graph.successors(node.index):
            goal = model.graph.nodes[edge.target]
            last = node.syntax.type in ("goto_statement", "return_statement", "break_statement", "continue_statement")
            if goal.syntax is not None and not _within(goal.syntax, block) and not last:
                return True
    return False


def first_statement(block: Node) -> Node:
    """The first statement of a block that is no declaration; the statement itself where there are no braces."""
    if block.type != "compound_statement":
        return block
    inner = [child for child in block.named_children if child.type != "declaration"]
    if not inner:
        raise RewriteRefusedError(block.start_point[0] + 1, "the success branch holds nothing but declarations")
    return inner[0]


def _within(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def statuses_on_entry(transaction: Transaction, index: int) -> frozenset[Phase]:
    """The phases in which a flow node may be entered."""
    return transaction.flow.states.keys(index) if transaction.flow is not None else frozenset()


def is_literal(text: str) -> bool:
    """Whether an argument's text is a constant that means the same everywhere."""
    return text in ("true", "false", "NULL") or text.isdigit() or (text.isupper() and text.isidentifier())


def impure_calls(model: FunctionModel, node: Node) -> list[str]:
    """Names of calls inside an argument that the pattern does not know to be without effect."""
    from migrator.flow.facts import is_capitals
    from migrator.syntax import walk

    found = []
    for child in walk(node):
        if child.type == "call_expression":
            name = callee_name(child) or "a function pointer"
            if name not in model.facts.quiet and not is_capitals(name):
                found.append(name)
    return found
