"""Hold a function that has lost a handle against what it was: parsed again, its flow and error paths compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.group import AcrossRefusedError
from migrator.across.signature import spans
from migrator.diagnostics import Code
from migrator.edits import Edit, PositionMap
from migrator.source import SourceFile
from migrator.source.lexing import BLANK
from migrator.syntax import arguments
from migrator.transaction.function import FunctionRewrite, examine, flow_changes
from migrator.transaction.model import Transaction, model_function, new_calls
from migrator.transaction.protocol import check_protocol

if TYPE_CHECKING:
    from migrator.across.travel.touched import Touched
    from migrator.errorpaths.compare import Finding
    from migrator.results import ErrorPaths


_PROTOCOL = ("begin", "commit", "abort")


class Checked(Struct, frozen=True):
    """What the comparison found: findings with the number of their transaction in the function, and tables."""

    findings: tuple[tuple[int | None, Finding], ...]
    error_paths: ErrorPaths | None


def check(
    touched: Touched, rewrite: FunctionRewrite, after: SourceFile, edits: Sequence[Edit], *, tables: bool
) -> Checked:
    """Hold a function of the rewritten file against what it was.

    Raises AcrossRefusedError where it does not hold, TooComplexError where it cannot be told.
    """
    model = touched.model
    positions = PositionMap(edits)
    line = model.source.line(model.function.start)

    def failed(message: str) -> AcrossRefusedError:
        return AcrossRefusedError(
            Code.REWRITE_CHECK_FAILED, touched.path, line, f"{model.function.name}(), rewritten, {message}"
        )

    body = positions.forward(model.function.body.start_byte)
    function = None if body is None else after.function_at(body)
    if function is None or function.name != model.function.name or function.broken or function.cut:
        raise failed("does not parse")
    again = model_function(after, function, model.pattern)
    gone = {item.node.start_byte for transaction in touched.transactions for item in transaction.calls}
    gone |= set(touched.endings)
    left = sum(item.role in _PROTOCOL for item in again.roles)
    if left != sum(item.role in _PROTOCOL for item in model.roles) - len(gone):
        raise failed("still has calls of the old protocol")
    begins = sum(len(transaction.begins) for transaction in touched.transactions)
    if len(new_calls(again.facts, again.pattern)) != len(new_calls(model.facts, model.pattern)) + begins:
        raise failed("does not hold the expected new calls")
    lines = flow_changes(rewrite, again, positions)
    if lines:
        raise failed(f"has other code behind line {', '.join(str(item) for item in lines[:5])}")
    examined = _without_arguments(touched, rewrite)
    examine(examined, again, positions, tables=tables)
    numbers = {id(transaction): number for number, transaction in enumerate(examined.done)}
    findings = tuple((None if owner is None else numbers[id(owner)], item) for owner, item in examined.findings)
    return Checked(findings, examined.error_paths)


def _without_arguments(touched: Touched, rewrite: FunctionRewrite) -> FunctionRewrite:
    """The rewrite as of a function that never had the arguments which go, so that its calls are the same in both.

    The arguments are blanked: every other byte and line stays where it was.
    """
    if not touched.arguments:
        return rewrite
    source, function = touched.model.source, touched.model.function
    data = bytearray(source.data)
    for call, places in touched.arguments.values():
        for start, end in spans(arguments(call), places):
            data[start:end] = data[start:end].translate(BLANK)
    blanked = SourceFile.parse(source.path, bytes(data), source.dialect)
    twin = blanked.function_at(function.body.start_byte)
    same: list[Transaction] = []
    if twin is not None and not twin.broken and not twin.cut:
        model = model_function(blanked, twin, touched.model.pattern)
        for transaction in touched.transactions:
            start = transaction.begins[0].node.start_byte
            for found in model.transactions:
                if any(item.node.start_byte == start for item in found.begins):
                    check_protocol(model, found)
                    found.warnings = transaction.warnings
                    same.append(found)
        if len(same) == len(touched.transactions):
            return FunctionRewrite(model, rewrite.edits, same)
    raise AcrossRefusedError(
        Code.REWRITE_CHECK_FAILED,
        touched.path,
        source.line(function.start),
        f"{function.name}() cannot be read without its arguments",
    )
