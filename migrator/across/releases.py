"""*Caller releases*: a charge that outlives its abort does no harm where every caller gives the object up.

A warning of this kind about a parameter is put to the callers: behind the call, with the result that the function
returns on the aborted path, the argument must be released on every path. Where all do, the warning is withdrawn;
where one does not, it is named. A caller that passes on a parameter of its own is asked in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.across.declared import is_static, parameters
from migrator.across.group import Group
from migrator.across.sites import statuses_of, transaction_of
from migrator.across.uses import OPEN_KINDS, UseKind
from migrator.diagnostics import Code, Diagnostic, Related, Severity
from migrator.errorpaths.outlives import unreleased_ends
from migrator.errors import MigratorError
from migrator.flow import values
from migrator.flow.environment import Analysis
from migrator.flow.explore import State, TooComplexError, explore
from migrator.flow.facts import strip
from migrator.flow.values import Sign, Value
from migrator.results import SiteStatus
from migrator.syntax import arguments, callee_name
from migrator.transaction.model import FunctionModel, Status, capture_text, model_function
from migrator.transaction.outliving import node_indices, taking_calls
from migrator.transaction.protocol import check_transactions

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.index import Program
    from migrator.across.uses import Use
    from migrator.flow.environment import Environment
    from migrator.flow.graph import FlowEdge, FlowNode
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult, Site
    from migrator.transaction.model import Transaction

# What is said of a path on which the function ends with the object unreleased.
LEAVES = "leaves without releasing"

# Callers of callers of callers: further up nobody could read the answer.
_DEPTH = 3


class _Keeper(Struct, frozen=True):
    """A place where the object is not given up, or where that cannot be seen."""

    file: str
    line: int
    message: str


class Question(Struct, frozen=True):
    """A transaction of which the callers are asked, by the parameter that its object is."""

    site: Site
    model: FunctionModel
    transaction: Transaction
    position: int


def questions(program: Program, pattern: Pattern, results: Sequence[FileResult]) -> list[Question]:
    """The sites whose warnings may change by what their callers do."""
    sites = [site for result in results for site in result.sites if _leaves(site)]
    located = (_question(program, pattern, site) for site in sites)
    return [question for question in located if question is not None]


def ask_callers(program: Program, pattern: Pattern, asked: Sequence[Question]) -> list[Group]:
    """The sites of the questions whose warnings change by what their callers do."""
    changed = (_ask(program, pattern, question) for question in asked)
    return [group for group in changed if group is not None]


def _leaves(site: Site) -> bool:
    """Whether the object of a charge that outlives its abort leaves the function by every such path."""
    if site.status is not SiteStatus.WARNED:
        return False
    found = [item for item in site.diagnostics if item.code is Code.CHARGE_OUTLIVES_ABORT]
    return bool(found) and all(LEAVES in place.message for item in found for place in item.related)


def _question(program: Program, pattern: Pattern, site: Site) -> Question | None:
    located = transaction_of(program, pattern, site)
    if located is None:
        return None
    model, transaction = located
    position = _position(model, transaction.object)
    if position is None or not (program.complete or is_static(model.source, model.function.node)):
        return None
    return Question(site, model, transaction, position)


def _ask(program: Program, pattern: Pattern, question: Question) -> Group | None:
    """The site by what the callers do, with the status of its mentions; None where they cannot be asked."""
    site, model, transaction = question.site, question.model, question.transaction
    check_transactions(model)
    try:
        signs = _returned_signs(model, transaction)
        keepers = list(_keepers(program, pattern, model, question.position, signs, _DEPTH))
    except (TooComplexError, MigratorError):
        return None
    asked = _said_of(site, keepers)
    calls = [call.node for call in transaction.calls]
    return Group(sites=(asked,), statuses=statuses_of(model.source, calls, asked.status))


def _said_of(site: Site, keepers: Sequence[_Keeper]) -> Site:
    """The site with its callers named that keep the object, or, where none does, without the warning."""
    if keepers:
        related = tuple(Related(keeper.file, keeper.line, keeper.message) for keeper in keepers)
        diagnostics = tuple(
            replace(item, related=(*item.related, *related)) if item.code is Code.CHARGE_OUTLIVES_ABORT else item
            for item in site.diagnostics
        )
        return replace(site, diagnostics=diagnostics)
    left = tuple(item for item in site.diagnostics if item.code is not Code.CHARGE_OUTLIVES_ABORT)
    warned = any(item.severity is Severity.WARNING for item in left)
    note = Diagnostic(
        Code.CHARGE_OUTLIVES_ABORT,
        Severity.NOTE,
        site.file,
        site.line,
        f"{site.object} is not released here when something fails; every caller of {site.function}() does it",
        site.function,
    )
    return replace(site, status=SiteStatus.WARNED if warned else SiteStatus.MIGRATED, diagnostics=(*left, note))


def _position(model: FunctionModel, name: str) -> int | None:
    """Which parameter a name is, when the function never gives it another value."""
    given = parameters(model.source, model.function.node) or ()
    if any(name in model.facts.of(node).defined for node in model.graph.nodes) or name in model.facts.address_taken:
        return None
    return next((index for index, item in enumerate(given) if item.name == name), None)


def _returned_signs(model: FunctionModel, transaction: Transaction) -> int:
    """The signs of what the function can return behind an abort of an open transaction."""
    flow = transaction.flow
    if flow is None:
        return int(Sign.ANY)
    starts: list[tuple[int, Environment]] = []
    for abort in transaction.aborts:
        node = model.graph.node_at(abort.node)
        if node is None:
            return int(Sign.ANY)
        starts += [
            (node.index, state.environment)
            for state in flow.states.states(node.index)
            if state.key.status is Status.OPEN
        ]
    return signs_returned(model.analysis, starts)


def signs_returned(analysis: Analysis, starts: Iterable[tuple[int, Environment]]) -> int:
    """The signs of the values that may be returned on paths from the starts; raises TooComplexError."""
    signs = 0

    def transfer(
        node: FlowNode, environment: Environment, key: None, _data: None
    ) -> tuple[None, None, Mapping[str, Value]] | None:
        nonlocal signs
        if node.syntax is not None and node.syntax.type == "return_statement":
            inner = node.syntax.named_children
            signs |= values.signs_of(analysis.evaluate(strip(inner[0]), environment)) if inner else Sign.ANY
        return key, None, {}

    def follow(_edge: FlowEdge, _environment: Environment, key: None, _data: None) -> tuple[None, None] | None:
        return key, None

    states = [(index, State(None, dict(environment), None)) for index, environment in starts]
    explore(analysis, states, transfer, follow, lambda _left, _right: None)
    return int(signs or Sign.ANY)


def _keepers(
    program: Program, pattern: Pattern, model: FunctionModel, position: int, signs: int, depth: int
) -> Iterable[_Keeper]:
    """The callers that do not release the argument, or cannot be seen to."""
    name = model.function.name
    calls = 0
    for use in program.callers_of(model.source.path, model.function):
        if use.kind is UseKind.CALL and use.node is not None and use.function is not None:
            calls += 1
            yield from _keeps(program, pattern, use, use.node, position, signs, depth)
        elif use.kind in OPEN_KINDS or use.kind in (UseKind.EXPORT, UseKind.CALL):
            calls += 1
            yield _Keeper(use.path, use.line, f"{name}() may be called from where it cannot be seen, by this")
    if not calls:
        yield _Keeper(model.source.path, model.line(model.function.node), f"no caller of {name}() is seen in the tree")


def _keeps(
    program: Program, pattern: Pattern, use: Use, call: Node, position: int, signs: int, depth: int
) -> Iterable[_Keeper]:
    function = use.function
    given = arguments(call)
    if function is None or position >= len(given):
        yield _Keeper(use.path, use.line, "it is called here in a way that is not understood")
        return
    model = model_function(program.source(use.path), function, pattern)
    target = model.source.normal(strip(given[position]))
    node = model.graph.node_at(call)
    who = f"{function.name}()"
    if target not in model.facts.locals or target in model.facts.address_taken:
        yield _Keeper(use.path, use.line, f"{who} gives it `{target}`, of which nothing is known later")
        return
    if node is None:
        yield _Keeper(use.path, use.line, f"{who} calls it in code that cannot be followed")
        return
    releasing = [item.node for item in model.of_role("release") if capture_text(model.source, item, "object") == target]
    matches = [item for item in model.of_role("release") if item.node in releasing]
    lives = pattern.object_lives
    sure = [item for item in releasing if lives is not None and callee_name(item) == lives.callee]
    analysis = Analysis(model.facts, dict(model.analysis.assumed) | {call.start_byte: signs}, model.analysis.errors)
    # What was charged exists.
    known: Environment = {target: values.unknown(target, Sign.NONZERO)}
    taking = taking_calls(model, matches) if matches else []
    ends = unreleased_ends(
        analysis,
        [(node.index, known)],
        target,
        node_indices(model, releasing),
        # Charged once more, it is another charge that would have to be given up.
        (node.index,),
        node_indices(model, taking),
        node_indices(model, sure),
    )
    own = [item for item in taking if node.index in model.graph.behind(node_indices(model, [item]))]
    if own and not sure:
        line = model.line(own[0])
        yield _Keeper(use.path, line, f"{who} takes a reference of its own here, which may be the one that it gives up")
        return
    if not ends:
        return
    upward = _position(model, target)
    if depth > 1 and upward is not None:
        further = list(
            _keepers(program, pattern, model, upward, signs_returned(analysis, [(node.index, known)]), depth - 1)
        )
        if not further:
            return
        yield from further
    line = min(line for line, _ in ends)
    yield _Keeper(use.path, use.line, f"{who} calls it here and leaves at line {line} without releasing {target}")
