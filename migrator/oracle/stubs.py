"""Which functions a C text calls and does not define, and what each may come to.

A stub's outcomes follow from what the callers do with its result: a pointer is an object or NULL, a tested number is
0 or not, an error code is 0 or an errno of its own, and whatever the result is compared with is an outcome too. The
first outcome is the plain one; a scenario deviates from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct, field
from tree_sitter import Node

from migrator.flow.lock_table import DEFAULT_LOCKS
from migrator.oracle.c_types import CType, expression_type, parameters, returned_type, variables
from migrator.source import Function, SourceFile
from migrator.syntax import arguments, callee_name, node_text, walk

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern

OBJECT = "AN_OBJECT"
ARGUMENT = "AN_ARGUMENT"
_WRAPPERS = frozenset({"likely", "unlikely", "WARN_ON", "WARN_ON_ONCE"})
_ERRNOS = ("-EEXIST", "-EAGAIN", "-EBUSY", "-EINVAL", "-ENOSPC", "-EIO", "-EFAULT")
_TESTS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_CONSTANT = re.compile(r"-?(\d\w*|[A-Z_][A-Z0-9_]+)$")
_FIXED_WORDS = frozenset(
    {"gfp_t", "pgoff_t", "unsigned long", "long", "size_t", "pte_t", "pmd_t", "pgprot_t", "loff_t"}
)
# Entry of an iterator macro: by default its first argument.
_ENTRY_ARGUMENT = {"xas_for_each": 1, "xa_for_each": 2, "radix_tree_for_each_slot": 0}


class Stub(Struct):
    """``kind`` is the runtime's; ``outcomes`` are C expressions; ``object`` and ``handle`` are argument positions."""

    name: str
    kind: str = "PLAIN"
    target: str = ""
    outcomes: list[str] = field(default_factory=list)
    object: int = -1
    handle: int = -1

    def add(self, *outcomes: str) -> None:
        """Add outcomes, each once."""
        for outcome in outcomes:
            if outcome not in self.outcomes:
                self.outcomes.append(outcome)


class Roles(Struct, frozen=True):
    """Positions of the captures in the protocol's calls, by role."""

    begin: tuple[str, ...]
    commit: tuple[str, ...]
    abort: tuple[str, ...]
    new: tuple[str, ...]


def roles_of(pattern: Pattern) -> Roles:
    """Read the positions off the pattern's queries and its template."""
    found = {
        query.role: tuple(name for name in query.captures if name != "name")
        for query in pattern.roles
        if query.role in ("begin", "commit", "abort")
    }
    new = tuple(re.findall(r"\{(\w+)\}", pattern.new_call.template.source))
    return Roles(found.get("begin", ()), found.get("commit", ()), found.get("abort", ()), new)


def _position(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1


def protocol_stubs(pattern: Pattern) -> dict[str, Stub]:
    """The stubs of the old protocol, the new call, and the calls without effect."""
    roles = roles_of(pattern)
    stubs: dict[str, Stub] = {}
    outcomes = ["0", *(pattern.new_call.errors or ("-ENOMEM",))]
    for name in sorted(pattern.begin_names):
        handle = -1 if pattern.late_object else _position(roles.begin, "handle")
        stubs[name] = Stub(name, "BEGIN", "", list(outcomes), _position(roles.begin, "object"), handle)
    for name in sorted(pattern.commit_names):
        stubs[name] = Stub(name, "COMMIT", "", ["0"], _position(roles.commit, "object"))
    for name in sorted(pattern.abort_names):
        stubs[name] = Stub(name, "ABORT", "", ["0"], _position(roles.abort, "object"))
    new = pattern.new_call.name
    # An object that the begin does not know names no scenario, or the two versions would speak of different ones.
    stubs[new] = Stub(new, "CHARGE", "", list(outcomes), -1 if pattern.late_object else _position(roles.new, "object"))
    for name in sorted(pattern.pure):
        stubs[name] = Stub(name, "PURE", "", ["0", "1"])
    statements = [item.statement for item in pattern.after_success]
    statements += [template for use in pattern.handle_uses for template in (use.old, use.new)]
    for template in statements:
        stubs[template.callee] = Stub(template.callee, "QUIET", "", ["0"])
    for pair in pattern.undo:
        for template in (pair.effect, pair.undo):
            if template.callee:
                stubs.setdefault(template.callee, Stub(template.callee, "KNOWN"))
    for row in DEFAULT_LOCKS:
        if row.indirect and isinstance(row.argument, int):
            stubs[row.acquire] = Stub(row.acquire, handle=row.argument)
    return stubs


def infer_stubs(stubs: dict[str, Stub], sources: Iterable[SourceFile], skip: frozenset[str]) -> set[str]:
    """Add the stubs that the texts need; returns the names of those that are iterator macros. ``skip``: macros."""
    listed = list(sources)
    fixed = set(stubs)
    defined = skip | {function.name for source in listed for function in source.functions}
    iterators: set[str] = set()
    for source in listed:
        for function in source.functions:
            known = variables(function)
            for node in walk(function.body):
                if node.type == "while_statement" and (name := source.iterator_at(node)) is not None:
                    iterators.add(name)
                    _add_iterator(stubs, name, node, known)
                name = callee_name(node) or ""
                if not name or name in defined or name in known:
                    continue
                stub = stubs.setdefault(name, Stub(name))
                if name not in fixed or not stub.outcomes:
                    _infer(stub, node, function, known)
    for index, stub in enumerate(stubs.values()):
        if not stub.outcomes:
            stub.add(str(1000 + index))
        if stub.outcomes == ["void"]:
            stub.outcomes = ["0"]
        stub.outcomes = [outcome for outcome in stub.outcomes if outcome != "void"] or ["0"]
    return iterators


def _add_iterator(stubs: dict[str, Stub], name: str, loop: Node, known: dict[str, CType]) -> None:
    condition = loop.child_by_field_name("condition")
    words = [node_text(node) for node in walk(condition) if node.type == "identifier"] if condition is not None else []
    pointers = [word for word in words if known.get(word, CType("")).stars]
    stub = stubs.setdefault(name, Stub(name))
    stub.target = known[pointers[0]].target if pointers else "void"
    stub.add("0", OBJECT)


def entry_argument(iterator: str) -> int:
    """Which argument of an iterator macro is the variable that it moves."""
    return _ENTRY_ARGUMENT.get(iterator, 0)


def _infer(stub: Stub, call: Node, function: Function, known: dict[str, CType]) -> None:
    node, parent = call, call.parent
    while parent is not None and (
        parent.type in ("parenthesized_expression", "cast_expression")
        or (parent.type == "argument_list" and parent.parent is not None and callee_name(parent.parent) in _WRAPPERS)
        or (parent.type == "call_expression" and callee_name(parent) in _WRAPPERS)
    ):
        node, parent = parent, parent.parent
    if parent is None:
        return
    if parent.type == "expression_statement":
        stub.add("void")
    elif parent.type == "init_declarator":
        name = parent.child_by_field_name("declarator")
        while name is not None and name.type != "identifier":
            name = name.child_by_field_name("declarator")
        if name is not None:
            _typed(stub, known.get(node_text(name), CType("int")), name, function)
    elif parent.type == "assignment_expression":
        left = parent.child_by_field_name("left")
        if left is not None:
            _typed(stub, expression_type(left, known), left, function)
    elif parent.type == "return_statement":
        _typed(stub, returned_type(function), None, function)
    elif parent.type == "binary_expression" and (operator := parent.child_by_field_name("operator")) is not None:
        if operator.type in ("&&", "||"):
            stub.add("0", "1")
        elif operator.type in _TESTS:
            _compared(stub, parent, node)
    elif parent.type in (
        "unary_expression", "if_statement", "while_statement", "do_statement", "for_statement", "conditional_expression"
    ):  # fmt: skip
        stub.add("0", "1")


def _compared(stub: Stub, test: Node, side: Node) -> None:
    others = [child for child in test.named_children if child != side]
    stub.add("0", "-EIO")
    for other in others:
        text = node_text(other)
        if _CONSTANT.match(text):
            stub.add(text)


def _typed(stub: Stub, kind: CType, variable: Node | None, function: Function) -> None:
    if kind.stars:
        stub.target = stub.target or kind.target
        stub.add(OBJECT)
        if stub.handle >= 0:  # takes a lock: never fails
            return
        stub.add("0", ARGUMENT)
        body = node_text(function.body)
        if variable is not None and re.search(rf"IS_ERR\w*\(\s*{re.escape(node_text(variable))}\s*\)", body):
            stub.add("-ENOSPC")
        return
    if kind.base == "vm_fault_t":
        stub.add("0", "VM_FAULT_SIGBUS")
    elif kind.base == "bool":
        stub.add("0", "1")
    elif kind.base in _FIXED_WORDS:
        pass
    elif kind.base in ("int", "ssize_t"):
        stub.add("0", _ERRNOS[sum(stub.name.encode()) % len(_ERRNOS)])
    if variable is not None:
        compared = set(constants_compared(node_text(variable), function))
        stub.add(*sorted(compared))
        if kind.base == "int" and set(stub.outcomes) - {"0", "void"} <= compared:
            stub.add("-ERANGE")  # an error that nobody expects


def constants_compared(variable: str, function: Function) -> Iterator[str]:
    """The constants that a variable is compared with, or switched on, anywhere in a function."""
    for node in walk(function.body):
        if node.type == "binary_expression":
            operator = node.child_by_field_name("operator")
            texts = [node_text(child) for child in node.named_children]
            if operator is not None and operator.type in _TESTS and variable in texts:
                yield from (text for text in texts if text != variable and _CONSTANT.match(text))
        elif node.type == "switch_statement":
            condition = node.child_by_field_name("condition")
            if condition is not None and node_text(condition).strip("() ") == variable:
                for inner in walk(node):
                    if inner.type == "case_statement" and (value := inner.child_by_field_name("value")) is not None:
                        yield node_text(value)


def argument_outcomes(function: Function) -> list[tuple[str, str, list[str]]]:
    """For each parameter: its name, what it points to (empty: a number), and the outcomes."""
    found = []
    tested = set(_tested_names(function))
    for name, kind in parameters(function):
        if kind.stars:
            found.append((name, kind.target, [OBJECT, "0"] if name in tested else [OBJECT]))
            continue
        outcomes = ["0xfffff" if kind.base == "gfp_t" else "64"] if kind.base in _FIXED_WORDS else ["0", "1"]
        for constant in constants_compared(name, function):
            if constant not in outcomes:
                outcomes.append(constant)
        found.append((name, "", outcomes))
    return found


def _tested_names(function: Function) -> Iterator[str]:
    for node in walk(function.body):
        if node.type != "identifier" or node.parent is None:
            continue
        parent = node.parent
        if parent.type == "parenthesized_expression" and parent.parent is not None:
            parent = parent.parent
        if parent.type in ("if_statement", "while_statement", "unary_expression", "conditional_expression"):
            yield node_text(node)
        elif parent.type == "binary_expression" and (operator := parent.child_by_field_name("operator")) is not None:
            texts = [node_text(child) for child in parent.named_children]
            if operator.type in ("&&", "||") or "NULL" in texts:
                yield node_text(node)


def arity(call: Node) -> int:
    """How many arguments a call has."""
    return len(arguments(call))
