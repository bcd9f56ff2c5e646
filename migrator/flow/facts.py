"""What one flow node does to what is known: the keys it defines, forgets and tests.

A *key* is the normal text of an expression whose value can be remembered: a local (``error``), a memory
location (``vma -> vm_file``) or a comparison (``page == swapcache``; ``!=`` is its negation, ``>=`` that of
``<``, so that both spellings share a key). A call may change every memory location, every global and every
local whose address is kept; it does not change other locals. Names in capitals are taken for macros and
constants, and calls of them for annotations that change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.flow.graph import FlowGraph, FlowNode, NodeKind
from migrator.syntax import (
    arguments,
    assigned_lvalues,
    callee_name,
    declared_name,
    identifiers,
    strip_parentheses,
    walk,
)

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.source import Function, SourceFile

_WORD = re.compile(r"[A-Za-z_]\w*")
_CAPITALS = re.compile(r"_*[A-Z][A-Z0-9_]*$")
_MEMORY = re.compile(r"->|\[|\.|(?:^|[(,=<>!&|+-] )\* ")
TRANSPARENT = frozenset(
    {"likely", "unlikely", "__builtin_expect", "WARN_ON", "WARN_ON_ONCE", "VM_WARN_ON", "VM_WARN_ON_ONCE"}
)
ERROR_TESTS = frozenset({"IS_ERR", "IS_ERR_OR_NULL", "IS_ERR_VALUE"})
ERROR_CASTS = frozenset({"ERR_PTR", "PTR_ERR", "ERR_CAST"})
# Macros that look like calls and store into arguments that are not passed by address: the positions of these.
STORING_MACROS = {
    "swap": (0, 1),
    "get_user": (0,),
    "__get_user": (0,),
    "unsafe_get_user": (0,),
    "do_div": (0,),
    "va_start": (0,),
    "va_copy": (0,),
}
# The same for macros in capitals, whose arguments are known anyhow as what they may store into, and for those that take
# the address of what they look at.
STORES_ONCE = {"WRITE_ONCE": (0,)}
LOOKS_ONCE = {"READ_ONCE": (0,), "ACCESS_ONCE": (0,)}
# Macros in capitals that only look at their arguments.
_LOOKING = re.compile(
    r"_*(?:VM_|LOCKDEP_)?(?:BUG|WARN|ASSERT)(?:_\w+)?$|READ_ONCE$|ACCESS_ONCE$|PTR_ERR|IS_|PAGE_|DIV_|MIN|MAX"
)
_CONSTANT_WORDS = frozenset({"NULL", "true", "false", "sizeof"})
_QUIET = TRANSPARENT | ERROR_TESTS | ERROR_CASTS | {"READ_ONCE", "ACCESS_ONCE"}
_CALLED = re.compile(r"(\w+) \(")


@lru_cache(maxsize=8192)
def is_capitals(name: str) -> bool:
    """Whether a name is spelled as macros and enumerators are."""
    return _CAPITALS.match(name) is not None


@lru_cache(maxsize=8192)
def words(key: str) -> frozenset[str]:
    """The identifiers in a normal text, field names included."""
    return frozenset(_WORD.findall(key))


@lru_cache(maxsize=8192)
def is_memory(key: str) -> bool:
    """Whether a normal text reads memory other than plain variables."""
    return _MEMORY.search(key) is not None


class Assignment(Struct, frozen=True):
    """``key`` receives the value of ``value``; None when it is not known (update, compound assignment, iterator)."""

    key: str
    value: Node | None


class NodeFacts(Struct, frozen=True):
    """What executing one node does. ``origins`` are the byte offsets of its calls, ``lvalues`` what it writes (see
    ``syntax.assigned_lvalues``).
    """

    lvalues: tuple[tuple[Node, str], ...]
    assignments: tuple[Assignment, ...]
    defined: frozenset[str]
    calls: tuple[Node, ...]
    origins: frozenset[int]
    clobbers: bool


_NOTHING = NodeFacts((), (), frozenset(), (), frozenset(), False)


class FunctionFacts:
    """Facts of every node of one function's graph, computed on demand and kept.

    ``quiet`` are names of calls that change nothing that is remembered.
    """

    def __init__(self, source: SourceFile, function: Function, graph: FlowGraph, quiet: Collection[str] = ()) -> None:
        self.source = source
        self.function = function
        self.graph = graph
        self.quiet = _QUIET | frozenset(quiet)
        self._nodes: dict[int, NodeFacts] = {}
        self._stable: dict[str, bool] = {}
        self._remembered: dict[str, bool] = {}

    @cached_property
    def by_type(self) -> dict[str, list[Node]]:
        """Every node of the function by its type, in source order: one walk serves all who look for something."""
        found: dict[str, list[Node]] = {}
        for node in walk(self.function.node):
            found.setdefault(node.type, []).append(node)
        return found

    @cached_property
    def calls_by_name(self) -> dict[str, list[Node]]:
        """Every call of a plain name in the function, by the name, in source order."""
        found: dict[str, list[Node]] = {}
        for node in self.by_type.get("call_expression", ()):
            name = callee_name(node)
            if name is not None:
                found.setdefault(name, []).append(node)
        return found

    @cached_property
    def locals(self) -> frozenset[str]:
        """Parameters and variables of the function that live on its stack and that only its own code changes."""
        return frozenset(self._declared()) - self.volatile

    @cached_property
    def volatile(self) -> frozenset[str]:
        """Names declared ``volatile``: nothing is ever known of them."""
        return frozenset(self._declared("volatile"))

    def _declared(self, qualifier: str = "") -> Iterator[str]:
        for kind in ("declaration", "parameter_declaration"):
            for node in self.by_type.get(kind, ()):
                words_before = {
                    self.source.normal(child)
                    for child in node.named_children
                    if child.type in ("storage_class_specifier", "type_qualifier")
                }
                if qualifier and qualifier not in words_before:
                    continue
                if not qualifier and words_before & {"static", "extern"}:
                    continue
                for child in node.children_by_field_name("declarator"):
                    name = declared_name(child)
                    if name is not None:
                        yield self.source.normal(name)

    @cached_property
    def address_taken(self) -> frozenset[str]:
        """Locals whose address is kept somewhere: any call may change them.

        The address of a pointer that is only passed to a call is taken to be used by that call alone (an output
        argument); that of anything else may be registered somewhere.
        """
        found = set()
        for node in self.by_type.get("pointer_expression", ()):
            if node.children and node.children[0].type == "&":
                argument = node.child_by_field_name("argument")
                passed = node.parent is not None and node.parent.type == "argument_list"
                if argument is None or argument.type != "identifier":
                    continue
                if not (passed and self.source.normal(argument) in self.pointers):
                    found.add(self.source.normal(argument))
        return frozenset(found)

    @cached_property
    def unsigned(self) -> frozenset[str]:
        """Locals of a type that has no negative values."""
        found = set()
        for kind in ("declaration", "parameter_declaration"):
            for node in self.by_type.get(kind, ()):
                type_node = node.child_by_field_name("type")
                if type_node is None or not _UNSIGNED.search(self.source.normal(type_node)):
                    continue
                for child in node.children_by_field_name("declarator"):
                    name = declared_name(child)
                    if name is not None and child.type in ("identifier", "init_declarator"):
                        found.add(self.source.normal(name))
        return frozenset(found)

    @cached_property
    def pointers(self) -> frozenset[str]:
        """Names that are declared as pointers."""
        found = set()
        for node in self.by_type.get("pointer_declarator", ()):
            name = declared_name(node)
            if name is not None:
                found.add(self.source.normal(name))
        return frozenset(found)

    def of(self, node: FlowNode) -> NodeFacts:
        """The facts of one node."""
        known = self._nodes.get(node.index)
        if known is None:
            known = self._nodes[node.index] = self._compute(node)
        return known

    def _compute(self, node: FlowNode) -> NodeFacts:
        syntax = node.syntax
        if syntax is None or node.kind in (NodeKind.LABEL, NodeKind.PREPROCESSOR, NodeKind.ENTRY, NodeKind.EXIT):
            return _NOTHING
        source = self.source
        assignments: list[Assignment] = []
        own = list(self.graph.own(node))
        executed = {child.id for child in own}
        lvalues = tuple((lvalue, kind) for lvalue, kind in assigned_lvalues(own) if lvalue.id in executed)
        calls = [child for child in own if child.type == "call_expression"]
        for lvalue, kind in lvalues:
            value = None
            holder = _holder(lvalue) if kind in ("assign", "init") else None
            if holder is not None:
                value = holder.child_by_field_name("right" if holder.type == "assignment_expression" else "value")
            assignments.append(Assignment(source.normal(lvalue), value))
        for call in calls:
            given = arguments(call)
            if self._may_store(call):
                assignments.extend(Assignment(source.normal(item), None) for item in given if item.type == "identifier")
            for position in STORING_MACROS.get(callee_name(call) or "", ()):
                if position < len(given):
                    assignments.append(Assignment(source.normal(given[position]), None))
        if node.kind is NodeKind.ITERATOR:
            assignments.extend(Assignment(source.normal(name), None) for name in identifiers(syntax))
        # Assembly may store anywhere: its clobbers are not read.
        clobbers = any(self.clobbers(call) for call in calls) or any(item.type == "gnu_asm_expression" for item in own)
        return NodeFacts(
            lvalues,
            tuple(assignments),
            frozenset(item.key for item in assignments),
            tuple(calls),
            frozenset(call.start_byte for call in calls),
            clobbers or node.kind is NodeKind.ITERATOR,
        )

    def clobbers(self, call: Node) -> bool:
        """Whether a call may change memory."""
        name = callee_name(call)
        return name is None or self._may_store(call) or not (name in self.quiet or is_capitals(name))

    def _may_store(self, call: Node) -> bool:
        """Whether a call is a macro in capitals that stands as a statement and so may store into plain arguments."""
        name = callee_name(call)
        if name is None or not is_capitals(name) or name in self.quiet or _LOOKING.match(name):
            return False
        return call.parent is not None and call.parent.type == "expression_statement"

    def survives_calls(self, key: str) -> bool:
        """Whether what is known of a key outlives a call that may change memory."""
        known = self._stable.get(key)
        if known is None:
            # What a call returns may change with what it looks at.
            known = (
                not is_memory(key)
                and not _CALLED.search(key)
                and all(
                    word in self.quiet
                    or is_capitals(word)
                    or (word in self.locals and word not in self.address_taken)
                    or word in ("true", "false", "sizeof")
                    for word in words(key)
                )
                and not self._tests_a_name_in_capitals(key)
            )
            self._stable[key] = known
        return known

    def _tests_a_name_in_capitals(self, key: str) -> bool:
        """Whether nothing but names in capitals decides a key: who tests them does not take them for constants."""
        found = words(key) - self.quiet - _CONSTANT_WORDS
        return bool(found) and not found & self.locals and any(is_capitals(word) for word in found)

    def forgets(self, facts: NodeFacts, key: str) -> bool:
        """Whether executing the node makes what is known of ``key`` void."""
        return (facts.clobbers and not self.survives_calls(key)) or self.stores_to(facts, key)

    def stores_to(self, facts: NodeFacts, key: str) -> bool:
        """Whether the node's own stores may change ``key`` (what its calls do is not counted)."""
        if not facts.defined:
            return False
        if key in facts.defined:
            return True
        mentioned = words(key)
        for defined in facts.defined:
            if defined in mentioned:
                return True
            if not is_memory(defined):
                continue
            if _is_field(defined):
                # A store to a field: every place with this field, and what any pointer may point to.
                if is_memory(key) and (_last_word(defined) in mentioned or _DEREFERENCE.search(key)):
                    return True
            elif is_memory(key) or mentioned & self.address_taken or not self.survives_calls(key):
                return True
        return False

    def stores_anywhere(self, facts: NodeFacts) -> bool:
        """Whether a node stores through a plain pointer or into an array: that may be any memory."""
        return any(is_memory(defined) and not _is_field(defined) for defined in facts.defined)

    def remembers(self, key: str) -> bool:
        """Whether anything may be known of a key: no volatile, no call that may have an effect or another result."""
        known = self._remembered.get(key)
        if known is None:
            known = self._remembered[key] = not (self.volatile and words(key) & self.volatile) and all(
                (name in self.quiet or _LOOKING.match(name)) and name not in self.locals and not name.endswith("_ONCE")
                for name in _CALLED.findall(key)
            )
        return known

    def tested(self, node: FlowNode) -> tuple[str, ...]:
        """The keys that a condition or switch decides by or refines, and those that a return reads."""
        syntax = node.syntax
        if syntax is None:
            return ()
        if node.kind is NodeKind.CONDITION:
            key, _ = canonical(self.source, syntax)
            keys = [key]
            left, right = operands(strip(syntax))
            if left is not None and right is not None:
                keys += [self.source.normal(strip(left)), self.source.normal(strip(right))]
            for call in (child for child in walk(syntax) if child.type == "call_expression"):
                keys += [self.source.normal(strip(item)) for item in arguments(call)]
            assigned = [self.source.normal(lvalue) for lvalue, _ in self.of(node).lvalues]
            return tuple(dict.fromkeys(keys + assigned))
        if syntax.type == "return_statement":
            return tuple(dict.fromkeys(self.source.normal(child) for child in identifiers(syntax)))
        if node.kind is NodeKind.SWITCH:
            return (self.source.normal(strip(syntax)),)
        return ()


def _is_plain(node: Node) -> bool:
    if node.type == "init_declarator":
        return True
    operator = node.child_by_field_name("operator")
    return operator is None or operator.type == "="


def _holder(lvalue: Node) -> Node | None:
    """The assignment or declarator that gives an lvalue its value."""
    parent = lvalue.parent
    while parent is not None and parent.type not in ("assignment_expression", "init_declarator"):
        parent = parent.parent
    return parent


_UNSIGNED = re.compile(r"\b(?:unsigned|bool|_Bool|size_t|u8|u16|u32|u64|uint|ulong|gfp_t|vm_fault_t|pgoff_t)\b")
_DEREFERENCE = re.compile(r"(?:^|[(,=<>!&|+-] )\* |\[")


def _is_field(key: str) -> bool:
    return re.search(r"(?:->|\.) \w+$", key) is not None


def _last_word(key: str) -> str:
    found = _WORD.findall(key)
    return found[-1] if found else key


def strip(node: Node) -> Node:
    """The expression without parentheses and without wrappers such as ``likely()``."""
    while True:
        node = strip_parentheses(node)
        if node.type == "call_expression" and callee_name(node) in TRANSPARENT:
            inner = arguments(node)
            if inner:
                node = inner[0]
                continue
        return node


def operands(node: Node) -> tuple[Node | None, Node | None]:
    """Left and right of a comparison; (None, None) for anything else."""
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type in ("==", "!=", "<", ">", "<=", ">="):
            return node.child_by_field_name("left"), node.child_by_field_name("right")
    return None, None


def canonical(source: SourceFile, node: Node) -> tuple[str, bool]:
    """The key of a condition, and whether the condition is true when the key is."""
    node = strip(node)
    if node.type == "unary_expression" and node.children and node.children[0].type == "!":
        argument = node.child_by_field_name("argument")
        if argument is not None:
            key, same = canonical(source, argument)
            return key, not same
    if node.type == "assignment_expression" and _is_plain(node):
        left = node.child_by_field_name("left")
        if left is not None:
            return source.normal(left), True
    left, right = operands(node)
    if left is not None and right is not None:
        operator = node.child_by_field_name("operator")
        kind = operator.type if operator is not None else "=="
        first, second = source.normal(strip(left)), source.normal(strip(right))
        if kind in ("==", "!="):
            if second < first:
                first, second = second, first
            return f"{first} == {second}", kind == "=="
        if kind in (">", "<="):
            first, second = second, first
        return f"{first} < {second}", kind in ("<", ">")
    return source.normal(node), True
