"""Where a handle goes: from its begin through members of structs, parameters and locals to every commit and abort.

A *carrier* is a variable that holds the handle. Each of its uses must be one that can go together with it: a call of
the protocol, an argument for a parameter that is a carrier itself, a store of NULL or of another carrier, an assertion
about nothing but the handle, a test around nothing but such uses. Anything else is refused with its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from migrator.across.declared import is_called_from_assembly, locals_named, parameters
from migrator.across.group import AcrossRefusedError
from migrator.across.index import Program
from migrator.across.members import Member, accesses, find_member, struct_of
from migrator.across.travel.conditions import is_asked_for, note_condition, outside
from migrator.across.travel.touched import Touched
from migrator.across.uses import Use, UseKind
from migrator.diagnostics import Code
from migrator.flow.facts import strip
from migrator.syntax import arguments, callee_name, declared_name, enclosing, enclosing_statement, is_null
from migrator.transaction.model import model_function

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.model import Pattern
    from migrator.source import Function, SourceFile
    from migrator.transaction.model import Transaction


_OPEN = {
    UseKind.VALUE: "the address of {}() is taken, so not all its callers are known",
    UseKind.MACRO: "{}() is used in a macro, so not all its callers are known",
    UseKind.EXPORT: "{}() is exported, so it may have callers that are not in this tree",
    UseKind.UNPARSED: "{}() is used in code that does not parse",
}

_CODES = {UseKind.VALUE: Code.HANDLE_ESCAPES, UseKind.MACRO: Code.MACRO, UseKind.UNPARSED: Code.UNPARSED}


class Journey:
    """All that a handle passes through. ``begin_at`` fills it; what is not understood raises AcrossRefusedError."""

    def __init__(self, program: Program, pattern: Pattern) -> None:
        self.program = program
        self.pattern = pattern
        self.functions: dict[tuple[str, int], Touched] = {}
        self.prototypes: dict[tuple[str, int], tuple[Use, set[int]]] = {}
        self.members: list[Member] = []
        self._seen: set[tuple[str, int | str, str]] = set()

    # -- functions -------------------------------------------------------------------------------------------------

    def touched(self, path: str, function: Function | None, line: int) -> Touched:
        """The record of a function, made when it is met first."""
        if function is None:
            raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, path, line, "the handle is used here outside functions")
        if function.broken or function.cut:
            raise AcrossRefusedError(
                Code.UNPARSED, path, line, f"the handle is used in {function.name}(), which does not parse"
            )
        key = (path, function.start)
        known = self.functions.get(key)
        if known is None:
            model = model_function(self.program.source(path), function, self.pattern)
            known = self.functions[key] = Touched(model)
        return known

    def begin_at(self, path: str, function: Function, line: int) -> None:
        """Follow the handle of the begin at a line of a function."""
        touched = self.touched(path, function, line)
        for item in touched.model.roles:
            if item.role == "begin" and touched.model.line(item.node) == line:
                self.carrier(touched, strip(item.captures["handle"]))
                return
        raise AcrossRefusedError(Code.UNKNOWN_SHAPE, path, line, "there is no begin here")

    # -- carriers --------------------------------------------------------------------------------------------------

    def carrier(self, touched: Touched, node: Node) -> None:
        """The variable that an expression names carries the handle; follow all its uses."""
        model = touched.model
        node = strip(node)
        if node.type == "field_expression":
            base, name = node.child_by_field_name("argument"), node.child_by_field_name("field")
            tag = None if base is None else struct_of(model.source, model.function, base)
            if not tag or name is None:
                self._refuse(touched, node, "it cannot be told which struct holds the handle here")
            self._member(tag, model.source.normal(name))
            return
        if node.type != "identifier":
            self._refuse(touched, node, "the handle is kept here in something other than a variable or a member")
        name_text = model.source.normal(node)
        given = parameters(model.source, model.function.node) or ()
        for index, parameter in enumerate(given):
            if parameter.name == name_text:
                self._parameter(touched.path, model.function, index)
                return
        self._local(touched, node, name_text)

    def _member(self, tag: str, name: str) -> None:
        if not self._first("", tag, name):
            return
        member = find_member(self.program, tag, name)
        self.members.append(member)
        for access in accesses(self.program, member):
            line = self.program.source(access.path).line(access.node.start_byte)
            touched = self.touched(access.path, access.function, line)
            if access.node.type == "initializer_pair":
                self._pair(touched, access.node)
            else:
                self._use(touched, access.node)

    def _local(self, touched: Touched, node: Node, name: str) -> None:
        model = touched.model
        if not self._first(touched.path, model.function.start, name):
            return
        declared = list(locals_named(model.source, model.function, name))
        if len(declared) != 1:
            self._refuse(touched, node, f"`{name}` is declared {len(declared)} times in this function, not once")
        declarator, declaration, identifier = declared[0]
        if any(child.type == "storage_class_specifier" for child in declaration.named_children):
            self._refuse(touched, declaration, f"`{name}` outlives the call of this function")
        value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
        if value is not None:
            self._value(touched, value)
        touched.locals[identifier.start_byte] = identifier
        self._all_uses(touched, name, identifier)

    def _parameter(self, path: str, function: Function, index: int) -> None:
        if not self._first(path, function.start, str(index)):
            return
        source = self.program.source(path)
        line = source.line(function.start)
        touched = self.touched(path, function, line)
        given = parameters(source, function.node)
        if given is None or index >= len(given) or given[index].name == "...":
            self._refuse(touched, function.node, f"the parameters of {function.name}() are not understood")
        if is_called_from_assembly(source, function.node):
            self._refuse(touched, function.node, f"{function.name}() has callers that are not in C")
        touched.parameters.add(index)
        for use in self.program.callers_of(path, function):
            self._use_of_function(use, function.name, index, len(given))
        name = given[index].name
        if not name:
            return
        if any(locals_named(source, function, name)):
            self._refuse(touched, function.node, f"a local hides the parameter `{name}`")
        self._all_uses(touched, name, None)

    def _use_of_function(self, use: Use, name: str, index: int, count: int) -> None:
        if use.kind in _OPEN:
            code = _CODES.get(use.kind, Code.COMMIT_ELSEWHERE)
            raise AcrossRefusedError(code, use.path, use.line, _OPEN[use.kind].format(name))
        if use.kind is UseKind.DEFINITION and use.function is not None:
            self._parameter(use.path, use.function, index)
        elif use.kind is UseKind.PROTOTYPE and use.node is not None:
            source = self.program.source(use.path)
            declared = parameters(source, use.node)
            if declared is None or len(declared) != count:
                message = f"this prototype of {name}() has other parameters than its definition"
                raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, use.path, use.line, message)
            self.prototypes.setdefault((use.path, use.offset), (use, set()))[1].add(index)
        elif use.kind is UseKind.CALL and use.node is not None:
            touched = self.touched(use.path, use.function, use.line)
            given = arguments(use.node)
            if len(given) != count:
                self._refuse(touched, use.node, f"{name}() is called here with {len(given)} arguments, not {count}")
            self._argument(touched, use.node, index)

    def _argument(self, touched: Touched, call: Node, index: int) -> None:
        removed = touched.arguments.setdefault(call.start_byte, (call, set()))[1]
        if index not in removed:
            removed.add(index)
            self._value(touched, arguments(call)[index])

    def _value(self, touched: Touched, value: Node) -> None:
        """What a carrier is given: nothing, or another carrier."""
        value = strip(value)
        if is_null(value):
            return
        if value.type not in ("identifier", "field_expression"):
            self._refuse(
                touched, value, f"the handle comes from `{touched.model.readable(value)}` here, not from a begin"
            )
        self.carrier(touched, value)

    def _pair(self, touched: Touched, pair: Node) -> None:
        value = pair.child_by_field_name("value")
        if value is not None:
            self._value(touched, value)
        touched.pairs[pair.start_byte] = pair

    def _first(self, path: str, place: int | str, name: str) -> bool:
        key = (path, place, name)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    # -- uses ------------------------------------------------------------------------------------------------------

    def _all_uses(self, touched: Touched, name: str, declared: Node | None) -> None:
        source = touched.model.source
        self._check_macros(touched, name)
        for node in touched.model.facts.by_type.get("identifier", ()):
            inside = node.start_byte >= touched.model.function.body.start_byte
            if inside and source.normal(node) == name and (declared is None or node.id != declared.id):
                self._use(touched, node)

    def _check_macros(self, touched: Touched, name: str) -> None:
        source = touched.model.source
        for span in source.directives:
            head = _DEFINE.match(source.data, span.start, span.end)
            if head is None:
                continue
            body = source.code[head.end() : span.end]
            if name.encode() in re.findall(rb"\w+", body) and name.encode() not in re.findall(rb"\w+", head[1] or b""):
                raise AcrossRefusedError(
                    Code.MACRO, touched.path, source.line(span.start), f"a macro of this file names `{name}`"
                )

    def _use(self, touched: Touched, node: Node) -> None:
        """One use of a carrier: note what goes with it, or refuse."""
        model = touched.model
        region = enclosing(node, "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef")
        if region is not None and region.start_byte > model.function.start:
            raise AcrossRefusedError(
                Code.CONDITIONAL_COMPILATION,
                touched.path,
                model.line(node),
                "the handle is used in an #if region that begins inside a function",
            )
        if node.type == "field_expression":
            touched.roots.add(_root(model.source, node))
        if self._is_of_protocol(touched, node) or self._is_known(touched, node):
            return
        outer, parent = outside(node)
        if parent is None:
            self._refuse(touched, node, "a use of the handle that is not understood")
        elif parent.type == "assignment_expression":
            self._assigned(touched, outer, parent)
        elif parent.type == "init_declarator":
            name = declared_name(parent)
            if name is None or (value := parent.child_by_field_name("value")) is None or value.id != outer.id:
                self._refuse(touched, node, "a use of the handle that is not understood")
            self.carrier(touched, name)
        elif parent.type == "initializer_pair":
            self._stored_in_pair(touched, parent)
        elif parent.type == "argument_list" and self._passed(touched, outer, parent):
            return
        elif not note_condition(touched, node):
            text = model.readable(enclosing_statement(node))[:100]
            self._refuse(touched, node, f"the handle is used in a way that cannot go with it: {text}")

    def _is_of_protocol(self, touched: Touched, node: Node) -> bool:
        """Whether the handle is that of a begin, commit or abort, which is noted."""
        model = touched.model
        for item in model.roles:
            if item.role not in ("begin", "commit", "abort"):
                continue
            handle = strip(item.captures["handle"])
            if (handle.start_byte, handle.end_byte) != (node.start_byte, node.end_byte):
                continue
            if item.role == "begin":
                for transaction in model.transactions:
                    if item in transaction.begins and transaction not in touched.transactions:
                        touched.transactions.append(transaction)
                return True
            parent = item.node.parent
            if parent is None or parent.type != "expression_statement":
                self._refuse(touched, item.node, "the result of a commit or abort is used")
            touched.endings[item.node.start_byte] = item
            return True
        return False

    def _is_known(self, touched: Touched, node: Node) -> bool:
        """Whether the pattern knows how to rewrite this use, which is noted."""
        source = touched.model.source
        for rule in self.pattern.handle_uses:
            outer: Node | None = node
            while outer is not None and outer.type not in ("expression_statement", "compound_statement"):
                bound = rule.old.match_with(source, outer, {"handle": source.normal(node)})
                if bound is not None:
                    touched.known[outer.start_byte] = (outer, rule, bound)
                    return True
                outer = outer.parent
        return False

    def _assigned(self, touched: Touched, outer: Node, assignment: Node) -> None:
        left, right = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        operator, statement = assignment.child_by_field_name("operator"), assignment.parent
        plain = operator is not None and operator.type == "="
        if left is None or right is None or not plain or statement is None or statement.type != "expression_statement":
            self._refuse(touched, assignment, "the handle is part of an assignment that is not understood")
        elif left.id == outer.id:
            self._value(touched, right)
            touched.statements[statement.start_byte] = statement
        else:
            self.carrier(touched, left)
            touched.statements[statement.start_byte] = statement

    def _stored_in_pair(self, touched: Touched, pair: Node) -> None:
        listed = pair.parent
        outer = None if listed is None else listed.parent
        declaration = None if outer is None or outer.type != "init_declarator" else outer.parent
        kind = None if declaration is None else declaration.child_by_field_name("type")
        tag = None if kind is None else kind.child_by_field_name("name")
        designators = [item for item in pair.children_by_field_name("designator") if item.type == "field_designator"]
        if tag is None or len(designators) != 1 or not designators[0].named_children:
            self._refuse(touched, pair, "it cannot be told which struct takes the handle here")
        source = touched.model.source
        self._member(source.normal(tag), source.normal(designators[0].named_children[0]))

    def _passed(self, touched: Touched, outer: Node, listed: Node) -> bool:
        """Whether the handle is an argument of a function of the program, whose parameter is followed."""
        call = listed.parent
        name = None if call is None else callee_name(call)
        if call is None or name is None:
            self._refuse(touched, listed, "the handle is passed through a pointer to a function")
        if is_asked_for(name):
            return False
        index = next(place for place, item in enumerate(arguments(call)) if item.id == outer.id)
        definitions = self.program.meant_by(touched.path, name)
        if not definitions:
            self._refuse(touched, call, f"the handle is passed to {name}(), which is no function of this tree")
        for use in definitions:
            if use.function is not None:
                self._parameter(use.path, use.function, index)
        self._argument(touched, call, index)
        return True

    def _refuse(self, touched: Touched, node: Node, message: str) -> NoReturn:
        raise AcrossRefusedError(Code.COMMIT_ELSEWHERE, touched.path, touched.model.line(node), message)


_DEFINE = re.compile(rb"\s*#\s*define\s+\w+(\([^)]*\))?")


def _root(source: SourceFile, node: Node) -> str:
    """The variable through which a member is reached; empty where there is none."""
    current: Node | None = strip(node)
    while current is not None and current.type in ("field_expression", "subscript_expression", "pointer_expression"):
        inner = current.child_by_field_name("argument")
        current = None if inner is None else strip(inner)
    return source.normal(current) if current is not None and current.type == "identifier" else ""


def begin_lines(journey: Journey) -> dict[tuple[str, int], tuple[Touched, Transaction]]:
    """The begins that were met, by file and line."""
    return {
        (touched.path, touched.model.line(begin.node)): (touched, transaction)
        for touched in journey.functions.values()
        for transaction in touched.transactions
        for begin in transaction.begins
    }
