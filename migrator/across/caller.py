"""A caller of a sink: begin, commits and aborts go, and the callee, which charges now, is given what it lacks.

The caller's error paths are compared with the callee in the place of the begin: when the charge fails now, it is the
callee that fails. So a cleanup that stood behind the callee's failure alone is seen to run for the charge too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.callee import is_assertion, is_macro
from migrator.across.passes import AcrossRefusedError, Text
from migrator.diagnostics import Code
from migrator.edits import Edit
from migrator.errorpaths.compare import CHARGE_ERROR, Finding, ignored_names
from migrator.errorpaths.effects import effects_of
from migrator.errorpaths.outcome import outcomes
from migrator.errorpaths.table import Row, follow_failure
from migrator.flow.environment import Analysis
from migrator.flow.explore import State, TooComplexError, explore
from migrator.flow.facts import strip, words
from migrator.flow.graph import NodeKind
from migrator.flow.values import Sign, Value
from migrator.results import ErrorRow
from migrator.rewrite.draft import Draft, RewriteRefusedError, leaves
from migrator.rewrite.emit import emit
from migrator.rewrite.layout import fill_call
from migrator.rewrite.lines import comments_between
from migrator.rewrite.tidy import tidy
from migrator.syntax import arguments, assigned_lvalues, callee_name, enclosing_statement, walk
from migrator.transaction.at_begin import remove_endings
from migrator.transaction.calls import impure_calls, is_literal, testing_statement, written
from migrator.transaction.function import dropped_arguments, remove_locals, topics_of
from migrator.transaction.model import FunctionModel, Status, Transaction, capture_text, model_function
from migrator.transaction.outliving import outliving_charges
from migrator.transaction.place import held_behind

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode


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
    variable = _variable(caller, begin.node)
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


def _variable(caller: Caller, call: Node) -> str:
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


def check_caller(caller: Caller) -> list[Finding]:
    """What must hold for the charge to move from the begin into the callee; findings about what lies between."""
    model, transaction = caller.model, caller.transaction
    flow, graph = transaction.flow, model.graph
    call = graph.node_at(caller.call)
    begin = graph.node_at(transaction.begins[0].node)
    if flow is None or call is None or begin is None:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the transaction cannot be followed")
    phases = flow.states.keys(call.index)
    if not phases or any(phase.status is not Status.OPEN or phase.stale for phase in phases):
        raise caller.refused(
            Code.GUARD_CHANGES,
            f"{caller.callee}() is also called where {transaction.object} has no open transaction",
            (call.line, "called here"),
        )
    commits = {node.index for item in transaction.commits if (node := graph.node_at(item.node)) is not None}
    if commits & _open_reach(caller, begin.index, call.index):
        raise caller.refused(
            Code.NO_SETUP, f"a path leads to the commit without {caller.callee}()", (call.line, "it is called here")
        )
    if call.index in graph.behind([call.index], [begin.index]):
        raise caller.refused(
            Code.UNKNOWN_SHAPE, f"{caller.callee}() may be called twice for one begin", (call.line, "here")
        )
    held = held_behind(model, caller.call)
    if held and model.pattern.new_call.may_sleep:
        what, line = held[0]
        raise caller.refused(
            Code.MAY_SLEEP_IN_ATOMIC,
            f"{caller.callee}() is called with {what} held, and the new call may sleep",
            (line, f"{what} is taken here"),
            (call.line, f"{caller.callee}() is called here"),
        )
    if transaction.uses:
        raise caller.refused(Code.HANDLE_ESCAPES, "the handle is used for more than the transaction")
    if comments_between(model.source, caller.call.start_byte, caller.call.end_byte):
        raise caller.refused(
            Code.UNKNOWN_SHAPE, f"comments stand between the arguments of {caller.callee}()", (call.line, "here")
        )
    _check_position(caller)
    _check_failure_aborts(caller, commits)
    _check_result_unread(caller, call.index)
    return [*_check_between(caller, begin.index, call.index), *_check_until_tested(caller, call)]


def _check_position(caller: Caller) -> None:
    """The callee's result is tested or kept, and nobody else sees it: a macro around it would act on the charge too."""
    node = caller.call.parent
    while node is not None and not node.type.endswith("statement") and node.type != "declaration":
        if node.type == "call_expression" and callee_name(node) not in ("likely", "unlikely"):
            raise caller.refused(
                Code.UNKNOWN_SHAPE,
                f"the result of {caller.callee}() is given to {callee_name(node) or 'a call'}()",
                (caller.model.line(node), "here"),
            )
        if node.type in ("conditional_expression", "binary_expression") and not _is_test(node):
            raise caller.refused(
                Code.UNKNOWN_SHAPE,
                f"the result of {caller.callee}() is used in an expression",
                (caller.model.line(node), "here"),
            )
        node = node.parent


def _is_test(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type in ("==", "!=", "<", ">", "<=", ">=", "&&", "||")


def commits_when_positive(caller: Caller) -> bool:
    """Whether the caller takes a positive result of the callee for success."""
    commits = {
        node.index for item in caller.transaction.commits if (node := caller.model.graph.node_at(item.node)) is not None
    }
    call = caller.model.graph.node_at(caller.call)
    begin = caller.model.graph.node_at(caller.transaction.begins[0].node)
    if call is None or begin is None:
        return True
    assumed = dict(caller.model.analysis.assumed) | {caller.call.start_byte: Sign.POSITIVE}
    analysis = Analysis(caller.model.facts, assumed, caller.model.analysis.errors)
    return bool(commits & _visited(analysis, [(call.index, {})], begin.index))


def _visited(analysis: Analysis, starts: Sequence[tuple[int, Environment]], stop: int) -> set[int]:
    """The flow nodes on feasible paths from the starts, not beyond ``stop``; raises TooComplexError."""
    visited: set[int] = set()

    def transfer(
        node: FlowNode, _environment: Environment, key: None, _data: None
    ) -> tuple[None, None, Mapping[str, Value]] | None:
        visited.add(node.index)
        return None if node.index == stop else (key, None, {})

    def follow(_edge: FlowEdge, _environment: Environment, key: None, _data: None) -> tuple[None, None] | None:
        return key, None

    states = [(index, State(None, dict(environment), None)) for index, environment in starts]
    explore(analysis, states, transfer, follow, lambda _left, _right: None)
    return visited


def _open_reach(caller: Caller, start: int, stop: int) -> set[int]:
    """What is reached from the begin on paths on which it did not fail, without passing the callee."""
    flow = caller.transaction.flow
    assert flow is not None
    following: dict[int, list[int]] = {}
    for (source, target, _), phases in flow.edges.items():
        if any(phase.status in (Status.PENDING, Status.OPEN) for phase in phases):
            following.setdefault(source, []).append(target)
    seen: set[int] = set()
    pending = list(following.get(start, ()))
    while pending:
        index = pending.pop()
        if index not in seen and index != stop:
            seen.add(index)
            pending.extend(following.get(index, ()))
    return seen


def _check_failure_aborts(caller: Caller, commits: set[int]) -> None:
    """When the callee fails nothing may be committed: the charge is not made then."""
    analysis = callee_analysis(caller.model, caller.call, frozenset())
    begin = caller.model.graph.node_at(caller.transaction.begins[0].node)
    try:
        outcome = outcomes(analysis, [caller.call])
        starts = [(edge[1], environment) for edge, environment in outcome.failures.items()]
        visited = _visited(analysis, starts, begin.index if begin is not None else -1)
    except TooComplexError as error:
        raise caller.refused(Code.TOO_COMPLEX, str(error)) from None
    if not outcome.failures or not outcome.successes:
        raise caller.refused(
            Code.UNKNOWN_SHAPE,
            f"the result of {caller.callee}() is not tested, so its failure cannot be followed",
            (caller.model.line(caller.call), "called here"),
        )
    if visited & commits:
        raise caller.refused(
            Code.COMMIT_BEFORE_SETUP,
            f"the charge is committed even when {caller.callee}() fails",
            (caller.model.line(caller.call), "called here"),
        )


def _check_result_unread(caller: Caller, call: int) -> None:
    """The begin leaves 0 in its variable; nobody may read that once it is gone."""
    model, transaction = caller.model, caller.transaction
    variable = _variable(caller, transaction.begins[0].node)
    flow = transaction.flow
    if not variable or flow is None:
        return
    pending = [
        target
        for (source, target, _), phases in flow.edges.items()
        if any(phase.status is Status.OPEN for phase in phases)
        and not any(phase.status is Status.OPEN for phase in flow.states.keys(source))
    ]
    seen: set[int] = set()
    while pending:
        index = pending.pop()
        if index in seen:
            continue
        seen.add(index)
        node = model.graph.nodes[index]
        facts = model.facts.of(node)
        given = {lvalue.id for lvalue, kind in facts.lvalues if kind in ("assign", "init")}
        for part in model.graph.own(node):
            if part.type == "identifier" and part.id not in given and model.source.normal(part) == variable:
                raise caller.refused(
                    Code.GUARD_CHANGES,
                    f"`{variable}` is read at line {node.line} with the value that the begin left in it",
                    (node.line, "read here"),
                )
        if variable not in facts.defined:
            pending.extend(edge.target for edge in model.graph.successors(index))


def _check_between(caller: Caller, begin: int, call: int) -> list[Finding]:
    """Nothing that the charge takes may change on the way; failures on the way change places with it."""
    model, transaction = caller.model, caller.transaction
    behind = model.graph.reachable([begin], [call])
    passing = (behind & model.graph.reachable([call], [begin], backwards=True)) - {begin, call}
    match = transaction.begins[0]
    keys = {
        name: model.source.normal(strip(node))
        for name, node in match.captures.items()
        if name in model.pattern.new_call.template.names
    }
    for name in keys:
        impure = impure_calls(model, match.captures[name])
        if impure:
            raise caller.refused(
                Code.ARGUMENT_DROPPED,
                f"`{model.readable(match.captures[name])}` would be evaluated elsewhere or not at all, and "
                f"{impure[0]}() may have an effect",
            )
    findings: list[Finding] = []
    drifting: set[str] = set()
    changed: set[str] = set()
    own = testing_statement(model, match)
    for index in sorted(passing):
        node = model.graph.nodes[index]
        facts = model.facts.of(node)
        for name, key in keys.items():
            if model.facts.forgets(facts, key) and key not in drifting and not is_literal(key):
                drifting.add(key)
                findings.append(
                    Finding(
                        Code.ARGUMENT_DRIFT,
                        caller.line,
                        f"`{model.readable(match.captures[name])}`, the {name} of the charge, may change before "
                        f"{caller.callee}() is called",
                        ((node.line, "it may change here"),),
                    )
                )
            if model.facts.stores_to(facts, key) or any(word in facts.defined for word in words(key)):
                raise caller.refused(
                    Code.ARGUMENT_DRIFT,
                    f"`{key}`, the {name} of the charge, changes between the begin and {caller.callee}()",
                    (node.line, "here"),
                )
        findings += [
            Finding(
                Code.SETUP_NOT_UNDONE,
                caller.line,
                f"`{effect.text}` now runs before the charge, and so also when the charge fails",
                ((effect.line, f"`{effect.text}`"),),
            )
            for effect in effects_of(model.facts, node, ignored_names(model.pattern))
            if own is None or not _inside(node.syntax, own)
        ]
        changed |= facts.defined & model.facts.locals if own is None or not _inside(node.syntax, own) else set()
        if node.kind is NodeKind.CONDITION and node.syntax is not None:
            statement = enclosing_statement(node.syntax)
            body = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
            if body is not None and leaves(body) and (own is None or statement.id != own.id):
                findings.append(
                    Finding(
                        Code.FAILURE_ORDER_CHANGED,
                        caller.line,
                        f"`{model.readable(node.syntax)}` is tested before the charge now, and was behind it",
                        ((node.line, "tested here"),),
                    )
                )
    _check_unread(caller, changed - {_variable(caller, match.node)}, call)
    return findings


def _check_until_tested(caller: Caller, call: FlowNode) -> list[Finding]:
    """What runs with the callee and until its result is known, and ran for a failed charge neither."""
    model = caller.model
    ignored = ignored_names(model.pattern)
    outcome = outcomes(callee_analysis(model, caller.call, frozenset()), [caller.call], local=True)
    known = {*outcome.failures, *outcome.successes}
    seen = {call.index}
    pending = [call.index]
    while pending:
        for edge in model.graph.successors(pending.pop()):
            if (edge.source, edge.target, edge.truth) not in known and edge.target not in seen:
                seen.add(edge.target)
                pending.append(edge.target)
    return [
        Finding(
            Code.ERROR_PATH_WIDENED,
            caller.line,
            f"`{effect.text}` now also runs when the charge fails: it stands before the test of {caller.callee}()",
            ((effect.line, f"`{effect.text}`"),),
        )
        for index in sorted(seen)
        for effect in effects_of(model.facts, model.graph.nodes[index], ignored)
        if not (effect.node.start_byte <= caller.call.start_byte and caller.call.end_byte <= effect.node.end_byte)
    ]


def _check_unread(caller: Caller, changed: set[str], call: int) -> None:
    """What is set between begin and callee may not be read when the callee fails: a failed charge never saw it set."""
    model = caller.model
    analysis = callee_analysis(model, caller.call, frozenset())
    outcome = outcomes(analysis, [caller.call], local=True)
    starts = [(edge[1], environment) for edge, environment in outcome.failures.items()]
    begin = model.graph.node_at(caller.transaction.begins[0].node)
    for index in sorted(_visited(analysis, starts, begin.index if begin is not None else -1)) if changed else ():
        node = model.graph.nodes[index]
        for part in model.graph.own(node):
            if part.type == "identifier" and model.source.normal(part) in changed:
                raise caller.refused(
                    Code.GUARD_CHANGES,
                    f"`{model.readable(part)}` is set between the begin and {caller.callee}(), and read when it fails",
                    (node.line, "read here"),
                )


def _inside(node: Node | None, outer: Node) -> bool:
    return node is not None and outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


def callee_analysis(model: FunctionModel, call: Node, errors: frozenset[str]) -> Analysis:
    """The function's analysis, with the callee known to return 0 or a negative errno (one of ``errors``, if given)."""
    assumed = {call.start_byte: Sign.NEGATIVE | Sign.ZERO}
    return Analysis(
        model.facts,
        dict(model.analysis.assumed) | assumed,
        dict(model.analysis.errors) | ({call.start_byte: errors} if errors else {}),
    )


# -- rewriting -----------------------------------------------------------------------------------------------------


def rewrite_caller(caller: Caller, text: Text, added: Sequence[str]) -> None:
    """Take the transaction out and give ``added`` arguments to the callee; raises AcrossRefusedError."""
    shape = read_begin(caller)
    if shape.inverted:
        text.edit(_without_if(caller, shape.test))
    source, function = text.parse()
    model = model_function(source, function, caller.model.pattern)
    transaction = _same(model, caller)
    call = _node_at(model, text.forward(caller.call.start_byte), caller.call.type)
    begin = transaction.begins[0] if transaction is not None and transaction.begins else None
    if transaction is None or begin is None or call is None:
        raise caller.refused(Code.REWRITE_CHECK_FAILED, "the calls are not found any more once the branch is taken out")
    draft = Draft(
        source,
        function,
        topics_of(model.pattern, [transaction.handle]),
        model.facts.quiet,
        model.facts.by_type,
        model.facts.locals - model.facts.address_taken,
    )
    try:
        draft.remove(enclosing_statement(begin.node))
        test = None if shape.inverted else testing_statement(model, begin)
        if test is not None:
            draft.remove(test)
        last = _node_at(model, text.forward(_last_of(shape.test).start_byte), "if_statement")
        if shape.inverted and last is not None:
            draft.neighbours.add(last.id)
        remove_endings(transaction, draft)
        if added:
            _add_arguments(model, draft, call, added)
        remove_locals(model, draft, [transaction])
        tidy(draft)
        edits = emit(draft)
    except RewriteRefusedError as error:
        raise AcrossRefusedError(
            Code.UNKNOWN_SHAPE,
            caller.path,
            caller.line,
            error.message,
            (caller.path, text.line_before(error.line), "here"),
        ) from None
    text.edit(edits)
    text.parse()


def _last_of(test: Node) -> Node:
    """The last statement of an if's branch."""
    body = test.child_by_field_name("consequence") or test
    return body.named_children[-1] if body.type == "compound_statement" and body.named_children else body


def _same(model: FunctionModel, caller: Caller) -> Transaction | None:
    for item in model.transactions:
        if (item.handle, item.object) == (caller.transaction.handle, caller.transaction.object):
            return item
    return None


def _node_at(model: FunctionModel, offset: int | None, kind: str) -> Node | None:
    if offset is None:
        return None
    return next((node for node in model.facts.by_type.get(kind, ()) if node.start_byte == offset), None)


def check_added(caller: Caller, added: Sequence[Node]) -> None:
    """Evaluating the arguments that are there may not change those that come beside them."""
    model = caller.model
    acting = [
        item
        for item in arguments(caller.call)
        if impure_calls(model, item)
        or any(node.type in ("assignment_expression", "update_expression") for node in walk(item))
    ]
    stored = {model.source.normal(lvalue) for item in acting for lvalue, _ in assigned_lvalues(walk(item))}
    for node in added:
        key = model.source.normal(strip(node))
        if acting and (not model.facts.survives_calls(key) or words(key) & stored):
            raise caller.refused(
                Code.ARGUMENT_DRIFT,
                f"`{model.readable(node)}` would be evaluated beside `{model.readable(acting[0])}`, which may "
                "change it",
                (model.line(caller.call), f"{caller.callee}() is called here"),
            )


def _add_arguments(model: FunctionModel, draft: Draft, call: Node, added: Sequence[str]) -> None:
    source = model.source
    name = call.child_by_field_name("function")
    assert name is not None
    values = [written(model, node) for node in arguments(call)] + list(added)
    head = source.data[source.line_start(call.start_byte) : call.start_byte].decode("utf-8", "surrogateescape")
    tail = source.masked[call.end_byte : source.line_end(call.end_byte - 1)].decode("utf-8", "replace").rstrip()
    draft.replace(call, fill_call(head, written(model, name), values, tail, source.newline.decode("ascii")))


def _without_if(caller: Caller, test: Node) -> list[Edit]:
    """Take the body of an if that holds whole lines out of it, one tab to the left."""
    source = caller.model.source
    body = test.child_by_field_name("consequence")
    assert body is not None
    data = source.data
    first = source.line_start(test.start_byte)
    if body.type != "compound_statement":
        start = source.line_start(body.start_byte)
        if start <= first or data[first : test.start_byte].strip():
            raise caller.refused(Code.UNKNOWN_SHAPE, "the if that tests the begin shares lines with its branch")
        return [Edit(first, start, b""), *_dedented(data, start, source.line_end(body.end_byte - 1))]
    start, end = source.line_end(body.start_byte), source.line_start(body.end_byte - 1)
    if b"\\\n" in data[start:end].replace(b"\r", b""):
        raise caller.refused(Code.UNKNOWN_SHAPE, "a line in the branch taken when the begin succeeds is continued")
    behind = source.line_end(body.end_byte - 1)
    header, footer = data[body.start_byte + 1 : start], data[end:behind]
    if header.strip() or footer.strip() != b"}" or data[first : test.start_byte].strip() or start > end:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the if that tests the begin shares lines with its branch")
    return [Edit(first, start, b""), *_dedented(data, start, end), Edit(end, behind, b"")]


def _dedented(data: bytes, start: int, end: int) -> list[Edit]:
    edits = []
    position = start
    while position < end:
        if data[position : position + 1] == b"\t":
            edits.append(Edit(position, position + 1, b""))
        newline = data.find(b"\n", position, end)
        position = end if newline < 0 else newline + 1
    return edits


# -- comparison ----------------------------------------------------------------------------------------------------


class Rows(Struct, frozen=True, eq=False):
    """The rows of a caller: the charge fails, and the rest of the callee fails."""

    charge: Row
    callee: Row


def rows_before(caller: Caller, own: frozenset[str]) -> Rows:
    """Before the sink."""
    model = caller.model
    ignored = ignored_names(model.pattern)
    begin = caller.transaction.begins[0].node
    analysis = callee_analysis(model, caller.call, own)
    return Rows(
        _row(model, analysis, begin, (begin, caller.call), ignored, CHARGE_ERROR),
        _row(model, analysis, caller.call, (begin, caller.call), ignored, caller.callee),
    )


def rows_after(caller: Caller, model: FunctionModel, call: Node, own: frozenset[str]) -> Rows:
    """After it, in the rewritten function."""
    ignored = ignored_names(model.pattern)
    charged = frozenset(model.pattern.new_call.errors)
    return Rows(
        _row(model, callee_analysis(model, call, charged), call, (call,), ignored, CHARGE_ERROR),
        _row(model, callee_analysis(model, call, own), call, (call,), ignored, caller.callee),
    )


def _row(
    model: FunctionModel, analysis: Analysis, call: Node, retries: Sequence[Node], ignored: frozenset[str], name: str
) -> Row:
    """What happens when a call fails, with nothing known before it; ``retries`` are calls at which all begins again."""
    outcome = outcomes(analysis, [call], local=True)
    known = analysis.errors.get(call.start_byte, frozenset())
    if name != CHARGE_ERROR and len(known) == 1:
        (name,) = known
    starts = [(edge[1], environment) for edge, environment in outcome.failures.items()]
    stops = {node.index for item in retries if (node := model.graph.node_at(item)) is not None}
    return follow_failure(analysis, starts, ignored, stops, {call.start_byte: name})


def table_of(rows: Rows, caller: Caller, charge: int, callee: int) -> tuple[ErrorRow, ...]:
    """The rows for people; ``charge`` and ``callee`` are the lines at which the two fail."""
    return (
        rows.charge.render("the charge fails", charge),
        rows.callee.render(f"the rest of {caller.callee}() fails", callee),
    )


def compare_rows(
    caller: Caller, before: Rows, after: Rows, own: frozenset[str], moved: frozenset[str]
) -> tuple[list[Finding], list[str]]:
    """The findings, and the effects (normal text) that the charge's failure runs now and did not before.

    ``moved`` are effects that run in the callee instead.
    """
    pattern = caller.model.pattern
    charged = " or ".join(pattern.new_call.errors) or "its error"
    findings: list[Finding] = []
    old, new = before.charge, after.charge
    widened = sorted(_more(old, new), key=lambda item: new.effects[item])
    for normal in widened:
        effect = new.effects[normal]
        held = before.callee.effects.get(normal)
        runs = normal in before.callee.may and held is not None
        errors = f" ({', '.join(sorted(own))})" if own else ""
        message = f"`{effect.text}` now also runs when the charge fails ({charged})"
        if normal in old.may:
            message = f"`{effect.text}` runs more often than before when the charge fails ({charged})"
        elif runs:
            message += f"; until now only when the rest of `{caller.callee}()` failed{errors}"
        place = held.line if runs and held is not None else caller.line
        findings.append(
            Finding(
                Code.ERROR_PATH_WIDENED,
                caller.line,
                message,
                ((place, f"`{effect.text}`, which was not run when the begin failed"),),
            )
        )
    for normal in sorted(_more(new, old), key=lambda item: old.effects[item]):
        if normal in moved:
            continue
        effect = old.effects[normal]
        findings.append(
            Finding(
                Code.CLEANUP_LOST,
                caller.line,
                f"`{effect.text}` ran when the charge failed and no longer does",
                ((effect.line, f"`{effect.text}`"),),
            )
        )
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                caller.line,
                f"when the charge fails the function returned {_listed(old)} and now returns {_listed(new)}",
            )
        )
    findings += _callee_findings(caller, before.callee, after.callee)
    return findings, widened


def _more(less: Row, more: Row) -> frozenset[str]:
    """The effects that a row runs more often than another, for sure or perhaps."""
    return frozenset(
        normal
        for normal in more.may
        if more.surely(normal) > less.surely(normal) or more.possibly(normal) > less.possibly(normal)
    )


def _callee_findings(caller: Caller, old: Row, new: Row) -> list[Finding]:
    line = caller.model.line(caller.call)
    findings = []
    for normal in sorted(_more(old, new)):
        findings.append(
            Finding(
                Code.ERROR_PATH_WIDENED,
                line,
                f"`{new.effects[normal].text}` now also runs when the rest of `{caller.callee}()` fails",
            )
        )
    for normal in sorted(_more(new, old)):
        findings.append(
            Finding(
                Code.CLEANUP_LOST,
                line,
                f"`{old.effects[normal].text}` ran when `{caller.callee}()` failed and no longer does",
                ((old.effects[normal].line, f"`{old.effects[normal].text}`"),),
            )
        )
    if old.returns != new.returns:
        findings.append(
            Finding(
                Code.RETURN_CHANGED,
                line,
                f"when `{caller.callee}()` fails the function returned {_listed(old)} and now returns {_listed(new)}",
            )
        )
    return findings


def _listed(row: Row) -> str:
    return " or ".join(sorted(row.returns)) or "nothing"


def own_findings(caller: Caller) -> list[Finding]:
    """What is said of any transaction: dropped arguments, charges that outlive their abort, ends too many."""
    model, transaction = caller.model, caller.transaction
    found = [Finding(item.code, item.line, item.message, item.related) for item in transaction.warnings]
    found += dropped_arguments(model, transaction)
    call = model.graph.node_at(caller.call)
    if call is not None:
        behind = model.graph.behind([call.index])
        kept = [
            item for item in transaction.aborts if (node := model.graph.node_at(item.node)) and node.index in behind
        ]
        trimmed = Transaction(
            transaction.object,
            transaction.handle,
            transaction.begins,
            transaction.commits,
            kept,
            flow=transaction.flow,
        )
        found += outliving_charges(model, trimmed, None)
    return found


def call_of(model: FunctionModel, name: str) -> list[Node]:
    """The calls of a function by name."""
    return [node for node in model.facts.by_type.get("call_expression", ()) if callee_name(node) == name]


def guard_effects(caller: Caller, text: Text, widened: Sequence[str], own: frozenset[str], variable: str) -> bool:
    """Put the widened effects under a test for the one error that they were for; whether that could be done."""
    charged = frozenset(caller.model.pattern.new_call.errors)
    if len(own) != 1 or own & charged or not charged or not variable:
        return False
    (error,) = own
    source, function = text.parse()
    model = model_function(source, function, caller.model.pattern)
    calls = call_of(model, caller.callee)
    edits = []
    newline = source.newline.decode("ascii")
    for normal in widened:
        statement = _guarded_statement(model, normal, variable, calls)
        if statement is None:
            return False
        start = source.line_start(statement.start_byte)
        indent = source.data[start : statement.start_byte]
        if indent.strip():
            return False
        head = indent + f"if ({variable} == {error}){newline}\t".encode()
        edits.append(Edit(start, statement.start_byte, head + indent))
    text.edit(edits)
    text.parse()
    return True


def _guarded_statement(model: FunctionModel, normal: str, variable: str, calls: Sequence[Node]) -> Node | None:
    """The one statement of an effect inside of a branch on the callee's error, where a test can be put before it."""
    found = []
    for node in model.facts.by_type.get("expression_statement", ()):
        inner = node.named_children
        if not inner or model.source.normal(inner[0]) != normal:
            continue
        parent = node.parent
        test = parent.parent if parent is not None and parent.type == "compound_statement" else None
        condition = test.child_by_field_name("condition") if test is not None and test.type == "if_statement" else None
        if condition is not None and model.source.normal(strip(condition)) in (variable, f"{variable} < 0"):
            found.append(node)
    return found[0] if len(found) == 1 and calls and calls[0].start_byte < found[0].start_byte else None


def commit_argument(caller: Caller, name: str) -> str | None:
    """The text of an argument that the commits give, where they agree."""
    texts = {
        capture_text(caller.model.source, item, name) for item in caller.transaction.commits if name in item.captures
    }
    return texts.pop() if len(texts) == 1 else None
