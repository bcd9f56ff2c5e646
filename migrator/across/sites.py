"""Where a site stands in the program, and which mentions its calls are.

A site is known by its file, line and function only: no syntax node leaves the engine. Who goes on with it finds the
function and the transaction again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from migrator.errors import MigratorError
from migrator.transaction.mentions import name_offset
from migrator.transaction.model import FunctionModel, Transaction, model_function

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.index import Program
    from migrator.pattern.model import Pattern
    from migrator.results import Site, SiteStatus
    from migrator.source import Function, SourceFile


def function_of(source: SourceFile, site: Site) -> Function | None:
    """The function that a site of this file stands in."""
    for function in source.functions:
        if function.name == site.function and source.line(function.start) <= site.line <= source.line(function.end):
            return function
    return None


def transaction_of(program: Program, pattern: Pattern, site: Site) -> tuple[FunctionModel, Transaction] | None:
    """The transaction that begins at a site, and its function; None where they are not found again."""
    try:
        source = program.source(site.file)
    except MigratorError:
        return None
    function = function_of(source, site)
    if function is None:
        return None
    model = model_function(source, function, pattern)
    for transaction in model.transactions:
        if any(model.line(begin.node) == site.line for begin in transaction.begins):
            return model, transaction
    return None


def statuses_of(source: SourceFile, calls: Iterable[Node], status: SiteStatus) -> dict[tuple[str, int, int], str]:
    """The status of calls of the protocol, by (path, line, column) of their mentions."""
    offsets = [name_offset(call) for call in calls]
    return {(source.path, source.line(offset), source.column(offset)): str(status) for offset in offsets}
