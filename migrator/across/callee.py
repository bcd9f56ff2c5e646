"""The callee of a sink: the function that does the setup learns to charge.

It is first written as if it had always held the transaction (begin at the top, commit and abort at its exits), and
then migrated by the engine like any other function. So all that the engine checks and reports for a call that moves
behind its setup holds here too, and nothing has to be decided twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from migrator.across.declared import function_declarator
from migrator.across.passes import AcrossRefusedError, Text
from migrator.diagnostics import Code, Diagnostic
from migrator.edits import Edit
from migrator.engine import Options, migrate_bytes
from migrator.errorpaths.compare import ignored_names
from migrator.errorpaths.effects import Effect, effects_of
from migrator.errorpaths.outcome import outcomes
from migrator.flow import values
from migrator.flow.facts import is_capitals, strip, words
from migrator.flow.values import AtomKind, Sign, Value
from migrator.results import ErrorPaths, SiteStatus
from migrator.rewrite.layout import COLUMNS, fill_statement, indentation, padding, width
from migrator.syntax import callee_name, walk

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.model import Pattern
    from migrator.source import SourceFile
    from migrator.transaction.model import FunctionModel


class Charge(Struct, frozen=True):
    """What is to be written into the callee: declarations of new ``parameters``, the declaration of a ``handle``,
    the statements of the protocol, and the lines that run when the charge fails. ``decided`` are expressions by the
    constants that stand for them until the call has its place: they are evaluated there, and not at the old commits.
    """

    parameters: tuple[str, ...]
    handle: str
    begin: str
    commit: str
    abort: str
    failing: tuple[str, ...]
    decided: Mapping[str, str]


class SunkCallee(Struct, frozen=True, eq=False):
    """The rewritten callee; ``diagnostics`` speak of lines of the original."""

    text: Text
    diagnostics: tuple[Diagnostic, ...]
    tables: tuple[ErrorPaths, ...]


# Names for a variable that holds an error, most usual first.
ERROR_NAMES = ("error", "err", "ret", "rc")


def _parameter_list(function: Node) -> Node | None:
    declarator = function_declarator(function)
    return None if declarator is None else declarator.child_by_field_name("parameters")


def add_parameters(source: SourceFile, function: Node, added: Sequence[str]) -> list[Edit]:
    """The edits that append parameters to a definition or prototype; on the last line if they fit there."""
    listed = _parameter_list(function)
    if listed is None or not added:
        return []
    if not listed.named_children:
        # ``f()`` declares nothing of its parameters.
        return []
    close = listed.end_byte - 1
    data = source.data
    head = data[source.line_start(close) : close].decode("utf-8", "surrogateescape")
    tail = data[listed.end_byte : source.line_end(close)].decode("utf-8", "surrogateescape").rstrip()
    opening = data[source.line_start(listed.start_byte) : listed.start_byte + 1].decode("utf-8", "surrogateescape")
    column = width(opening)
    if source.line_start(close) != source.line_start(listed.start_byte):
        column = width(indentation(head))
    if [parameter.type for parameter in listed.named_children] == ["parameter_declaration"] and (
        source.normal(listed.named_children[0]) == "void"
    ):
        return [Edit(listed.start_byte + 1, close, ", ".join(added).encode())]
    text = ""
    newline = source.newline.decode("ascii")
    for parameter in added:
        piece = f", {parameter}"
        if width(head + piece + ")" + tail) > COLUMNS:
            piece = f",{newline}{padding(column)}{parameter}"
            head = padding(column) + parameter
        else:
            head += piece
        text += piece
    return [Edit(close, close, text.encode("utf-8", "surrogateescape"))]


class Returned(Struct, frozen=True, eq=False):
    """A return that is reached: its statement, the code of its value, and what that can be."""

    statement: Node
    code: Node
    values: tuple[Value, ...]

    @property
    def signs(self) -> int:
        """The signs of all values."""
        signs = 0
        for value in self.values:
            signs |= values.signs_of(value)
        return signs


def returns_of(model: FunctionModel) -> tuple[Returned, ...]:
    """The returns of a function; raises AcrossRefusedError for one without a value, TooComplexError."""
    states = outcomes(model.analysis, []).states
    found = []
    for statement in model.facts.by_type.get("return_statement", ()):
        node = model.graph.node_at(statement)
        inner = statement.named_children
        if node is None or not inner:
            raise AcrossRefusedError(
                Code.NO_CLEANUP, model.source.path, model.line(statement), "a return without a value"
            )
        code = strip(inner[0])
        reached = tuple(model.analysis.evaluate(code, state.environment) for state in states.states(node.index))
        if reached:
            found.append(Returned(statement, code, reached))
    return tuple(found)


def own_errors(model: FunctionModel, returns: Sequence[Returned]) -> frozenset[str] | None:
    """The error codes that a function can return, as far as all of them are known; None where one is not.

    A code that travels in an object (``xas_error(&xas)``) is what was put there, as the pattern says.
    """
    found: set[str] = set()
    for returned in returns:
        for value in returned.values:
            for atom in value:
                if atom.signs == Sign.ZERO:
                    continue
                if atom.kind is AtomKind.CONSTANT:
                    found.add(atom.text.replace(" ", ""))
                    continue
                carried = _carried(model, returned.code, atom.text)
                if not carried:
                    return None
                found |= carried
    return frozenset(found)


def _carried(model: FunctionModel, node: Node, text: str) -> frozenset[str]:
    """The codes that setters put where a getter reads, by the pattern's ``[[sink.errors]]``."""
    found: set[str] = set()
    calls = model.facts.by_type.get("call_expression", ())
    getters = [call for call in calls if model.source.normal(call) in (text, model.source.normal(node))]
    for rule in model.pattern.sink.errors if model.pattern.sink is not None else ():
        for getter in getters[:1]:
            bound = rule.get.match(model.source, getter)
            if bound is None:
                continue
            for call in calls:
                setter = rule.set.match_with(model.source, call, bound)
                if setter is not None:
                    found.add(setter["error"].replace(" ", ""))
    return frozenset(found)


def placeholder(expression: str) -> str:
    """A constant as wide as an expression, to stand for it while lines are filled."""
    return re.sub(r"\W", "_", expression).upper()


def may_return_positive(model: FunctionModel, returns: Sequence[Returned]) -> bool:
    """Whether a return may give a positive value."""
    return any(item.signs & Sign.POSITIVE and not _known_to_fail(model, item) for item in returns)


def rewrite_callee(
    model: FunctionModel, returns: Sequence[Returned], text: Text, charge: Charge, options: Options
) -> SunkCallee:
    """Write the transaction into the callee and let the engine migrate it; raises AcrossRefusedError."""
    source, function, pattern = model.source, model.function, model.pattern
    path = source.path
    line = source.line(function.start)
    kind = function.node.child_by_field_name("type")
    declared = function.node.child_by_field_name("declarator")
    if (
        kind is None
        or source.normal(kind) != "int"
        or (declared is not None and declared.type != "function_declarator")
    ):
        raise AcrossRefusedError(
            Code.SETUP_IN_CALLEE, path, line, f"{function.name}() does not return an int, so it has no error to report"
        )
    listed = _parameter_list(function.node)
    if charge.parameters and (
        listed is None
        or not listed.named_children
        or any(item.type != "parameter_declaration" for item in listed.named_children)
    ):
        raise AcrossRefusedError(
            Code.SETUP_IN_CALLEE, path, line, f"the parameters of {function.name}() cannot be added to"
        )
    variable, declaration = _error_variable(model)
    edits = add_parameters(source, function.node, charge.parameters)
    edits += _at_the_top(model, charge, variable, declaration)
    edits += _at_the_exits(model, returns, charge)
    text.edit(edits)
    parsed, virtual = text.parse()
    lines = text.line_before
    before = parsed.line(virtual.start)
    lead = parsed.data.count(b"\n", 0, virtual.start)
    alone = b"\n" * lead + parsed.data[virtual.start : virtual.end] + b"\n"
    moved = {number: lines(number) for number in range(before, parsed.line(virtual.end) + 1)}
    result = migrate_bytes(path, alone, pattern, parsed.dialect, Options(tables=options.tables))
    sites = [site for site in result.sites if site.status is not SiteStatus.REFUSED]
    if len(result.sites) != 1 or not sites or result.error is not None:
        for diagnostic in result.all_diagnostics:
            raise AcrossRefusedError(
                diagnostic.code,
                path,
                moved.get(diagnostic.line, line),
                f"in {function.name}(), where the charge would have to move: {_renumbered(diagnostic.message, moved)}",
                *((path, moved.get(item.line, line), _renumbered(item.message, moved)) for item in diagnostic.related),
            )
        raise AcrossRefusedError(
            Code.SETUP_IN_CALLEE, path, line, f"the charge cannot be written into {function.name}()"
        )
    shift = virtual.start - lead
    text.edit([Edit(edit.start + shift, edit.end + shift, edit.replacement) for edit in result.edits])
    written, rewritten = text.parse()
    text.edit(
        [
            Edit(match.start(), match.end(), charge.decided[match[0].decode()].encode())
            for match in re.finditer(rb"[A-Z_]\w*", written.data[: rewritten.end])
            if match.start() >= rewritten.start and match[0].decode("utf-8", "surrogateescape") in charge.decided
        ]
    )
    text.parse()
    diagnostics = tuple(
        replace(
            diagnostic,
            line=moved.get(diagnostic.line, line),
            message=_renumbered(diagnostic.message, moved),
            related=tuple(
                replace(item, line=moved.get(item.line, line), message=_renumbered(item.message, moved))
                for item in diagnostic.related
            ),
            suggestions=tuple(replace(item, line=moved.get(item.line, line)) for item in diagnostic.suggestions),
        )
        for diagnostic in sites[0].diagnostics
        # Whether the object is given up is seen in the callers, which aborted until now.
        if diagnostic.code is not Code.CHARGE_OUTLIVES_ABORT
    )
    tables = tuple(
        replace(paths, before=tuple(replace(row, line=moved.get(row.line, line)) for row in paths.before), line=line)
        for paths in result.error_paths
    )
    return SunkCallee(text, diagnostics, tables)


_LINE = re.compile(r"\bline (\d+)")


def _renumbered(message: str, lines: Mapping[int, int]) -> str:
    return _LINE.sub(lambda match: f"line {lines.get(int(match[1]), int(match[1]))}", message)


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
                    if item.type == "identifier" and source.normal(item) in (*ERROR_NAMES, "retval", "result", "res")
                ]
    if free:
        return free[0], ""
    taken = {source.normal(node) for node in walk(model.function.node) if node.type.endswith("identifier")}
    for name in ERROR_NAMES:
        if name not in taken:
            return name, f"int {name};"
    raise AcrossRefusedError(
        Code.NO_CLEANUP,
        source.path,
        source.line(model.function.start),
        f"{model.function.name}() has no variable for the error of the charge, and all usual names are taken",
    )


def _at_the_top(model: FunctionModel, charge: Charge, variable: str, declaration: str) -> list[Edit]:
    """Declarations behind the last one, and the begin with its test."""
    source = model.source
    body = model.function.body
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


_ASSERTION = re.compile(r"_*(?:VM_|LOCKDEP_)?(?:BUG|WARN|ASSERT)")


def is_assertion(statement: Node) -> bool:
    """Whether a statement is a macro that only checks."""
    return is_macro(statement) and _ASSERTION.match(callee_name(statement.named_children[0]) or "") is not None


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


def is_macro(statement: Node) -> bool:
    """Whether a statement is a use of a macro in capitals: an assertion, or a declaration in disguise."""
    if statement.type != "expression_statement" or not statement.named_children:
        return False
    inner = statement.named_children[0]
    return inner.type == "call_expression" and is_capitals(callee_name(inner) or "")


def _at_the_exits(model: FunctionModel, returns: Sequence[Returned], charge: Charge) -> list[Edit]:
    """A commit before each return of success, an abort before each return of an error."""
    source = model.source
    edits: list[Edit] = []
    newline = source.newline.decode("ascii")
    for item in returns:
        returned = item.statement
        line = source.line(returned.start_byte)
        signs = item.signs
        if signs & Sign.ZERO and _known_to_fail(model, item):
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


def _known_to_fail(model: FunctionModel, item: Returned) -> bool:
    """Whether a return stands in the branch of a test of the same error getter, whose object nothing touches there."""
    source, returned, value = model.source, item.statement, item.code
    rules = model.pattern.sink.errors if model.pattern.sink is not None else ()
    bound = next((found for rule in rules if (found := rule.get.match(source, value)) is not None), None)
    if bound is None:
        return False
    block = returned.parent
    while block is not None and block.id != model.function.body.id:
        outer = block.parent
        if outer is not None and outer.type == "if_statement" and _is_consequence(outer, block):
            condition = outer.child_by_field_name("condition")
            if condition is not None and source.normal(strip(condition)) == source.normal(value):
                names = frozenset().union(*(words(text) for text in bound.values()))
                return not any(
                    source.normal(node) in names
                    for node in model.facts.by_type.get("identifier", ())
                    if block.start_byte <= node.start_byte < returned.start_byte
                )
        block = outer
    return False


def _is_consequence(statement: Node, block: Node) -> bool:
    consequence = statement.child_by_field_name("consequence")
    return consequence is not None and consequence.id == block.id
