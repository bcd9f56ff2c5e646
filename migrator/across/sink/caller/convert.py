"""One caller from first to last: rewritten, compared with what it was, and guarded where that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.passes import Text
from migrator.across.sink.caller.compare import compare_rows, rows_after, rows_before, table_of
from migrator.across.sink.caller.guard import guard_effects
from migrator.across.sink.caller.rewrite import rewrite_caller
from migrator.across.sink.caller.shape import Caller, call_of
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.results import ErrorPaths
from migrator.transaction.function import dropped_arguments
from migrator.transaction.model import FunctionModel, Transaction, capture_text, model_function
from migrator.transaction.outliving import outliving_charges

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.sink.find import Key
    from migrator.across.sink.plan import Plan
    from migrator.edits import Edit
    from migrator.engine import Options


class Converted(Struct, frozen=True, eq=False):
    """A caller without its transaction: edits, tables, what is found in it, and notes on what was guarded."""

    edits: tuple[Edit, ...]
    tables: ErrorPaths
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def convert(caller: Caller, plan: Plan, key: Key, own: frozenset[str], options: Options) -> Converted:
    """Rewrite a caller and compare it; ``own`` are the callee's own errors. Raises AcrossRefusedError."""
    source = caller.model.source
    moved = plan.moved.get(key, frozenset())
    text = Text(caller.path, source.data, source.dialect, caller.model.function)
    rewrite_caller(caller, text, plan.added[key])
    before = rows_before(caller, own)
    model, call = _rewritten(caller, text)
    after = rows_after(caller, model, call, own)
    findings, widened = compare_rows(caller, before, after, own, moved)
    notes: tuple[Finding, ...] = ()
    if widened and options.on_divergence == "guard":
        guarded = text.copy()
        if guard_effects(caller, guarded, widened, own, _result_variable(model, call)):
            model, call = _rewritten(caller, guarded)
            kept = rows_after(caller, model, call, own)
            others, left = compare_rows(caller, before, kept, own, moved)
            if not left:
                text, findings, after = guarded, others, kept
                notes = (_guard_note(caller, own, len(widened)),)
    tables = ErrorPaths(
        caller.model.function.name,
        source.line(caller.model.function.start),
        table_of(before, caller, caller.line, caller.model.line(caller.call)),
        table_of(after, caller, model.line(call), model.line(call)),
    )
    return Converted(text.edits(), tables, (*_own_findings(caller), *findings), notes)


def _own_findings(caller: Caller) -> list[Finding]:
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


def _guard_note(caller: Caller, own: frozenset[str], count: int) -> Finding:
    cleanup = "the cleanup is" if count == 1 else f"{count} cleanups are"
    return Finding(
        Code.SETUP_IN_CALLEE,
        caller.line,
        f"{cleanup} kept for {' or '.join(sorted(own))} only: by the pattern the rest of {caller.callee}() fails "
        "with nothing else; look whether it may run out of memory, too",
        ((caller.model.line(caller.call), f"{caller.callee}() is called here"),),
    )


def _rewritten(caller: Caller, text: Text) -> tuple[FunctionModel, Node]:
    """The model of the rewritten caller, checked: the transaction is gone, and the callee is called as often."""
    source, function = text.parse()
    model = model_function(source, function, caller.model.pattern)
    key = (caller.transaction.handle, caller.transaction.object)
    left = [
        item
        for item in model.roles
        if item.role in ("begin", "commit", "abort")
        and (capture_text(source, item, "handle"), capture_text(source, item, "object")) == key
    ]
    calls = call_of(model, caller.callee)
    if left or len(calls) != len(call_of(caller.model, caller.callee)) or len(calls) != 1:
        raise caller.refused(Code.REWRITE_CHECK_FAILED, "the rewritten caller is not what was meant")
    return model, calls[0]


def _result_variable(model: FunctionModel, call: Node) -> str:
    parent = call.parent
    if parent is None or parent.type != "assignment_expression":
        return ""
    left = parent.child_by_field_name("left")
    name = "" if left is None else model.source.normal(left)
    return name if name in model.facts.locals else ""
