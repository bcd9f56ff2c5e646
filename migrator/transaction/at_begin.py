"""Placement ``at-begin``: the new call stands where begin stood; commits and aborts go.

Nothing moves, so the only questions are where success begins (for what the pattern puts behind it) and which
arguments of the old calls have no place in the new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rewrite.draft import RewriteRefusedError
from migrator.syntax import enclosing_statement
from migrator.transaction.calls import call_captures, insert_after_success, replace_in_place
from migrator.transaction.model import Status, capture_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from tree_sitter import Node

    from migrator.rewrite.draft import Draft
    from migrator.transaction.model import FunctionModel, Transaction


def draft_at_begin(model: FunctionModel, transaction: Transaction, draft: Draft) -> None:
    """Mark the edits of one transaction; raises RewriteRefusedError."""
    for begin in transaction.begins:
        replace_in_place(model, draft, begin, call_captures(model, transaction, begin))
    insert_after_success(model, transaction, draft)
    remove_endings(transaction, draft)
    rewrite_uses(model, transaction, draft)


def remove_endings(transaction: Transaction, draft: Draft) -> None:
    """Commits and aborts go."""
    for call in (*transaction.commits, *transaction.aborts):
        draft.remove(enclosing_statement(call.node))


def rewrite_uses(
    model: FunctionModel, transaction: Transaction, draft: Draft, placed: Collection[int] | None = None
) -> None:
    """Other uses of the handle become what the pattern says, with the text as written where it was captured.

    ``placed``: the flow nodes behind the new place, when the call moved. Raises RewriteRefusedError where the object is
    not surely charged, or may be given up already.
    """
    for use in transaction.uses:
        _check_charged(model, transaction, use.node, placed)
        captures = dict(use.bound)
        captures["object"] = transaction_object(model, transaction)
        draft.replace(use.node, use.rule.new.render(captures))


def _check_charged(model: FunctionModel, transaction: Transaction, use: Node, placed: Collection[int] | None) -> None:
    line = model.line(use)
    node = model.graph.node_at(use)
    flow = transaction.flow
    if node is None or flow is None:
        raise RewriteRefusedError(line, "the handle is used in code that cannot be followed")
    phases = flow.states.keys(node.index)
    charged = all(phase.status in (Status.OPEN, Status.COMMITTED) and not phase.stale for phase in phases)
    if not phases or not charged or (placed is not None and node.index not in placed):
        raise RewriteRefusedError(line, f"{transaction.object} is not surely charged where the handle is used")
    begins = {found.index for item in transaction.begins if (found := model.graph.node_at(item.node)) is not None}
    for release in model.of_role("release"):
        found = model.graph.node_at(release.node)
        same = capture_text(model.source, release, "object") == transaction.object
        if found is not None and same and node.index in model.graph.behind([found.index], begins) - begins:
            raise RewriteRefusedError(line, f"{transaction.object} may be released before the handle is used")


def transaction_object(model: FunctionModel, transaction: Transaction) -> str:
    """The object as written at the first begin."""
    from migrator.transaction.calls import written

    return written(model, transaction.begins[0].captures["object"])
