"""The error paths of a caller, before and after.

They are compared with the callee in the place of the begin: when the charge fails now, it is the callee that fails. So
a cleanup that stood behind the callee's failure alone is seen to run for the charge too. The callee's own failures are
a second row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.sink.caller.failure import callee_analysis
from migrator.diagnostics import Code
from migrator.errorpaths.compare import CHARGE_ERROR, Finding, ignored_names
from migrator.errorpaths.outcome import outcomes
from migrator.errorpaths.table import Row, follow_failure
from migrator.transaction.model import FunctionModel

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.caller.shape import Caller
    from migrator.flow.environment import Analysis
    from migrator.results import ErrorRow


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

    ``own`` are the callee's own errors, ``moved`` effects that run in the callee instead.
    """
    old, new = before.charge, after.charge
    widened = sorted(_more(old, new), key=lambda item: new.effects[item])
    findings = [_widened(caller, before, new, normal, own) for normal in widened]
    for normal in sorted(_more(new, old) - moved, key=lambda item: old.effects[item]):
        findings.append(_lost(caller.line, old, normal, "the charge"))
    if old.returns != new.returns:
        findings.append(_returning(caller.line, old, new, "the charge"))
    return [*findings, *_callee_findings(caller, before.callee, after.callee)], widened


def _widened(caller: Caller, before: Rows, new: Row, normal: str, own: frozenset[str]) -> Finding:
    """An effect that runs now when the charge fails, with where it ran until now."""
    effect = new.effects[normal]
    charged = " or ".join(caller.model.pattern.new_call.errors) or "its error"
    held = before.callee.effects.get(normal) if normal in before.callee.may else None
    message = f"`{effect.text}` now also runs when the charge fails ({charged})"
    if normal in before.charge.may:
        message = f"`{effect.text}` runs more often than before when the charge fails ({charged})"
    elif held is not None:
        errors = f" ({', '.join(sorted(own))})" if own else ""
        message += f"; until now only when the rest of `{caller.callee}()` failed{errors}"
    place = held.line if held is not None else caller.line
    related = ((place, f"`{effect.text}`, which was not run when the begin failed"),)
    return Finding(Code.ERROR_PATH_WIDENED, caller.line, message, related)


def _callee_findings(caller: Caller, old: Row, new: Row) -> list[Finding]:
    """How the callee's own failure changes; it should not."""
    line, name = caller.model.line(caller.call), f"`{caller.callee}()`"
    findings = []
    for normal in sorted(_more(old, new)):
        message = f"`{new.effects[normal].text}` now also runs when the rest of {name} fails"
        findings.append(Finding(Code.ERROR_PATH_WIDENED, line, message))
    findings += [_lost(line, old, normal, name) for normal in sorted(_more(new, old))]
    if old.returns != new.returns:
        findings.append(_returning(line, old, new, name))
    return findings


def _lost(line: int, old: Row, normal: str, failing: str) -> Finding:
    effect = old.effects[normal]
    message = f"`{effect.text}` ran when {failing} failed and no longer does"
    return Finding(Code.CLEANUP_LOST, line, message, ((effect.line, f"`{effect.text}`"),))


def _returning(line: int, old: Row, new: Row, failing: str) -> Finding:
    message = f"when {failing} fails the function returned {_listed(old)} and now returns {_listed(new)}"
    return Finding(Code.RETURN_CHANGED, line, message)


def _more(less: Row, more: Row) -> frozenset[str]:
    """The effects that a row runs more often than another, for sure or perhaps."""
    return frozenset(
        normal
        for normal in more.may
        if more.surely(normal) > less.surely(normal) or more.possibly(normal) > less.possibly(normal)
    )


def _listed(row: Row) -> str:
    return " or ".join(sorted(row.returns)) or "nothing"
