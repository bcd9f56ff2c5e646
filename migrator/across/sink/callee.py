"""The callee of a sink: the function that does the setup learns to charge.

It is first written as if it had always held the transaction (``protocol``), and then migrated by the engine like any
other function. So all that the engine checks and reports for a call that moves
behind its setup holds here too, and nothing has to be decided twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.across.declared import parameter_list
from migrator.across.group import AcrossRefusedError
from migrator.across.passes import Text
from migrator.across.signature import add_parameters
from migrator.across.sink.macros import is_macro
from migrator.across.sink.protocol import Charge, hold_transaction
from migrator.across.sink.returns import Returned
from migrator.diagnostics import Code, Diagnostic
from migrator.edits import Edit
from migrator.engine import Options, migrate_bytes
from migrator.errorpaths.compare import ignored_names
from migrator.errorpaths.effects import Effect, effects_of
from migrator.results import ErrorPaths, FileResult, SiteStatus

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern
    from migrator.transaction.model import FunctionModel


class SunkCallee(Struct, frozen=True, eq=False):
    """What is said of the rewritten callee, in lines of the original."""

    diagnostics: tuple[Diagnostic, ...]
    tables: tuple[ErrorPaths, ...]


def leading_effects(model: FunctionModel, pattern: Pattern) -> list[Effect]:
    """What the declarations do that a transaction cannot begin before: it runs before the charge now."""
    found: list[Effect] = []
    for child in model.function.body.named_children:
        if child.type != "declaration" and not is_macro(child):
            break
        node = model.graph.node_at(child)
        if child.type == "declaration" and node is not None:
            found += effects_of(model.facts, node, ignored_names(pattern))
    return found


def rewrite_callee(
    model: FunctionModel, returns: Sequence[Returned], text: Text, charge: Charge, options: Options
) -> SunkCallee:
    """Write the transaction into the callee and let the engine migrate it; raises AcrossRefusedError."""
    source, function = model.source, model.function
    line = source.line(function.start)
    _check_can_charge(model, charge)
    text.edit([*add_parameters(source, function.node, charge.parameters), *hold_transaction(model, returns, charge)])
    held, virtual = text.parse()
    # Behind as many newlines as there are lines before it: the lines that are spoken of stay right.
    lead = held.data.count(b"\n", 0, virtual.start)
    alone = b"\n" * lead + held.data[virtual.start : virtual.end] + b"\n"
    lines = {number: text.line_before(number) for number in range(lead + 1, held.line(virtual.end) + 1)}
    result = migrate_bytes(source.path, alone, model.pattern, held.dialect, Options(tables=options.tables))
    _check_migrated(model, result, [_renumbered(item, lines, line) for item in result.all_diagnostics])
    shift = virtual.start - lead
    text.edit([Edit(edit.start + shift, edit.end + shift, edit.replacement) for edit in result.edits])
    text.edit(_deciding(text, charge))
    text.parse()
    # Whether the object is given up is seen in the callers, which aborted until now.
    said = [item for item in result.sites[0].diagnostics if item.code is not Code.CHARGE_OUTLIVES_ABORT]
    tables = tuple(
        replace(paths, before=tuple(replace(row, line=lines.get(row.line, line)) for row in paths.before), line=line)
        for paths in result.error_paths
    )
    return SunkCallee(tuple(_renumbered(item, lines, line) for item in said), tables)


def _check_can_charge(model: FunctionModel, charge: Charge) -> None:
    """The callee must be able to say that the charge failed, and to take what it lacks for it."""
    source, function = model.source, model.function
    kind = function.node.child_by_field_name("type")
    declared = function.node.child_by_field_name("declarator")
    plain = declared is None or declared.type == "function_declarator"
    if kind is None or source.normal(kind) != "int" or not plain:
        raise _refused(model, f"{function.name}() does not return an int, so it has no error to report")
    listed = parameter_list(function.node)
    given = [] if listed is None else [item.type for item in listed.named_children]
    if charge.parameters and (not given or any(item != "parameter_declaration" for item in given)):
        raise _refused(model, f"the parameters of {function.name}() cannot be added to")


def _check_migrated(model: FunctionModel, result: FileResult, shown: Sequence[Diagnostic]) -> None:
    """The engine did it, and found nothing else to do."""
    name = model.function.name
    if len(result.sites) == 1 and result.sites[0].status is not SiteStatus.REFUSED and result.error is None:
        return
    for item in shown:
        raise AcrossRefusedError(
            item.code,
            item.file,
            item.line,
            f"in {name}(), where the charge would have to move: {item.message}",
            *((other.file, other.line, other.message) for other in item.related),
        )
    raise _refused(model, f"the charge cannot be written into {name}()")


def _refused(model: FunctionModel, message: str) -> AcrossRefusedError:
    line = model.source.line(model.function.start)
    return AcrossRefusedError(Code.SETUP_IN_CALLEE, model.source.path, line, message)


def _deciding(text: Text, charge: Charge) -> list[Edit]:
    """The constants in the function that stand for expressions become these."""
    source, function = text.parse()
    return [
        Edit(match.start(), match.end(), charge.decided[match[0].decode()].encode())
        for match in re.finditer(rb"[A-Z_]\w*", source.data[: function.end])
        if match.start() >= function.start and match[0].decode("utf-8", "surrogateescape") in charge.decided
    ]


_LINE = re.compile(r"\bline (\d+)")


def _renumbered(diagnostic: Diagnostic, lines: Mapping[int, int], otherwise: int) -> Diagnostic:
    """A diagnostic with the lines of the original, in its messages too."""

    def line(number: int) -> int:
        return lines.get(number, otherwise)

    def message(text: str) -> str:
        return _LINE.sub(lambda match: f"line {lines.get(int(match[1]), int(match[1]))}", text)

    return replace(
        diagnostic,
        line=line(diagnostic.line),
        message=message(diagnostic.message),
        related=tuple(
            replace(item, line=line(item.line), message=message(item.message)) for item in diagnostic.related
        ),
        suggestions=tuple(replace(item, line=line(item.line)) for item in diagnostic.suggestions),
    )
