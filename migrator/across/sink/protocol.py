"""The callee as if it had always held the transaction: begin at its top, commit and abort at its exits.

Nothing of this stays: the engine takes the protocol out again and puts the new call where it may stand. What matters is
that success and failure are told apart at every return, and that the begin stands behind what cannot come after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.across.group import AcrossRefusedError
from migrator.across.sink.macros import defines, is_assertion, is_macro
from migrator.across.sink.returns import Returned, known_to_fail
from migrator.diagnostics import Code
from migrator.edits import Edit
from migrator.flow.values import Sign
from migrator.rewrite.layout import fill_statement
from migrator.syntax import walk

if TYPE_CHECKING:
    from migrator.across.signature import NewParameter
    from migrator.source import SourceFile
    from migrator.transaction.model import FunctionModel


class Charge(Struct, frozen=True):
    """What is to be written into the callee: the new ``parameters``, the declaration of a ``handle``,
    the statements of the protocol, and the lines that run when the charge fails. ``decided`` are expressions by the
    constants that stand for them until the call has its place: they are evaluated there, and not at the old commits.
    """

    parameters: tuple[NewParameter, ...]
    handle: str
    begin: str
    commit: str
    abort: str
    failing: tuple[str, ...]
    decided: Mapping[str, str]


def placeholder(expression: str) -> str:
    """A constant as wide as an expression, to stand for it while lines are filled."""
    return re.sub(r"\W", "_", expression).upper()


def hold_transaction(model: FunctionModel, returns: Sequence[Returned], charge: Charge) -> list[Edit]:
    """The edits that write the protocol into a function; raises AcrossRefusedError."""
    return [*_at_the_top(model, charge), *_at_the_exits(model, returns, charge)]


# Names for a variable that holds an error, most usual first.
_ERROR_NAMES = ("error", "err", "ret", "rc")


def _error_variable(model: FunctionModel) -> tuple[str, str]:
    """A local that can take the error of the charge, and its declaration where it is new."""
    source = model.source
    free: list[str] = []
    for node in model.function.body.named_children:
        if node.type == "declaration":
            kind = node.child_by_field_name("type")
            if kind is not None and source.normal(kind) == "int":
                free += [
                    source.normal(item)
                    for item in node.children_by_field_name("declarator")
                    if item.type == "identifier" and source.normal(item) in (*_ERROR_NAMES, "retval", "result", "res")
                ]
    if free:
        return free[0], ""
    taken = {source.normal(node) for node in walk(model.function.node) if node.type.endswith("identifier")}
    for name in _ERROR_NAMES:
        if name not in taken and not defines(source, name):
            return name, f"int {name};"
    raise AcrossRefusedError(
        Code.NO_CLEANUP,
        source.path,
        source.line(model.function.start),
        f"{model.function.name}() has no variable for the error of the charge, and all usual names are taken",
    )


def _at_the_top(model: FunctionModel, charge: Charge) -> list[Edit]:
    """Declarations behind the last one, and the begin with its test."""
    source = model.source
    body = model.function.body
    variable, declaration = _error_variable(model)
    last = behind = None
    for child in body.named_children:
        if child.type == "declaration":
            last = behind = child
        elif is_assertion(child):
            # Assertions are no setup: the transaction begins behind them.
            behind = child
        elif not is_macro(child):
            break
    if (
        behind is not None
        and last is not None
        and any(
            is_macro(child) and not is_assertion(child) and last.end_byte <= child.start_byte < behind.start_byte
            for child in body.named_children
        )
    ):
        behind = last
    newline = source.newline.decode("ascii")
    declared = [f"\t{text}" for text in (declaration, f"{charge.handle};") if text]
    lines = ["", fill_statement("\t", f"{variable} = {charge.begin};", newline)]
    if charge.failing:
        failing = [f"\t\t{line}" for line in charge.failing]
        lines += [f"\tif ({variable}) {{", *failing, f"\t\treturn {variable};", "\t}"]
    else:
        lines += [f"\tif ({variable})", f"\t\treturn {variable};"]
    if last is None:
        lines.append("")
    top = source.line_end(body.start_byte if last is None else last.end_byte - 1)
    place = source.line_end(body.start_byte if behind is None else behind.end_byte - 1)
    if place == top:
        return [_inserted(source, top, [*declared, *lines])]
    return [_inserted(source, top, declared), _inserted(source, place, lines)]


def _inserted(source: SourceFile, place: int, lines: Sequence[str]) -> Edit:
    newline = source.newline.decode("ascii")
    return Edit(place, place, "".join(line + newline for line in lines).encode("utf-8", "surrogateescape"))


def _at_the_exits(model: FunctionModel, returns: Sequence[Returned], charge: Charge) -> list[Edit]:
    """A commit before each return of success, an abort before each return of an error."""
    source = model.source
    edits: list[Edit] = []
    newline = source.newline.decode("ascii")
    for item in returns:
        returned = item.statement
        line = source.line(returned.start_byte)
        signs = item.signs
        if signs & Sign.ZERO and known_to_fail(model, item):
            signs = Sign.NEGATIVE
        start = source.line_start(returned.start_byte)
        indent = source.data[start : returned.start_byte].decode("utf-8", "surrogateescape")
        if indent.strip():
            raise AcrossRefusedError(Code.NO_CLEANUP, source.path, line, "the return shares its line with other code")
        if signs == Sign.ZERO:
            added = [fill_statement(indent, charge.commit, newline)]
        elif not signs & Sign.ZERO:
            added = [fill_statement(indent, charge.abort, newline)]
        elif model.facts.remembers(source.normal(item.code)):
            tested = source.text(item.code).decode("utf-8", "surrogateescape")
            added = [
                f"{indent}if ({tested})",
                fill_statement(indent + "\t", charge.abort, newline),
                f"{indent}else",
                fill_statement(indent + "\t", charge.commit, newline),
            ]
        else:
            raise AcrossRefusedError(
                Code.NO_CLEANUP,
                source.path,
                line,
                f"{model.function.name}() returns `{model.readable(item.code)}`, which may mean success or an error",
            )
        lines = "".join(text + newline for text in added)
        parent = returned.parent
        if parent is not None and parent.type in ("if_statement", "else_clause"):
            condition = parent.child_by_field_name("condition")
            if condition is None or parent.child_by_field_name("alternative") is not None:
                raise AcrossRefusedError(Code.NO_CLEANUP, source.path, line, "a return in a branch without braces")
            outer = indent[:-1]
            edits.append(Edit(condition.end_byte, condition.end_byte, b" {"))
            edits.append(Edit(start, start, lines.encode("utf-8", "surrogateescape")))
            edits.append(Edit(returned.end_byte, returned.end_byte, f"{newline}{outer}}}".encode()))
            continue
        edits.append(Edit(start, start, lines.encode("utf-8", "surrogateescape")))
    return edits
