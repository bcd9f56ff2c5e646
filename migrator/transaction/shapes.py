"""Checks of a transaction that need no paths: where its calls stand, who uses the handle, which ``#if`` cuts it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.flow.facts import strip
from migrator.flow.graph import NodeKind
from migrator.syntax import arguments, callee_name, declared_name, enclosing, enclosing_statement, walk
from migrator.transaction.held import acquiring_declarator, hold_of, is_acquired
from migrator.transaction.model import FunctionModel, Transaction, UseOfHandle, capture_text

if TYPE_CHECKING:
    from tree_sitter import Node


def check_calls(model: FunctionModel, transaction: Transaction) -> None:
    """Each call must stand where its result, or its being a statement, is understood."""
    for begin in transaction.begins:
        if not _result_is_tested(model, begin.node):
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                model.line(begin.node),
                f"the result of {capture_text(model.source, begin, 'name')}() is neither tested in place "
                "nor assigned to a variable",
            )
    named = transaction.object_node
    if named is not None and any(node.type == "call_expression" for node in walk(named)):
        transaction.refuse(
            Code.UNKNOWN_SHAPE,
            model.line(transaction.begins[0].node),
            f"the object is the result of a call, {model.readable(named)}, not a variable",
        )
    for call in (*transaction.commits, *transaction.aborts):
        parent = call.node.parent
        if parent is None or parent.type != "expression_statement":
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                model.line(call.node),
                f"{capture_text(model.source, call, 'name')}() is part of a larger expression",
            )
    for call in transaction.calls:
        if any(not model.source.text(item).strip() for item in arguments(call.node)):
            name = capture_text(model.source, call, "name")
            transaction.refuse(Code.UNPARSED, model.line(call.node), f"an argument of {name}() is empty")
        for child in walk(call.node):
            if child.type in ("assignment_expression", "update_expression"):
                transaction.refuse(
                    Code.UNKNOWN_SHAPE, model.line(child), f"an argument has a side effect: {model.readable(child)}"
                )
    labels = {model.source.normal(node) for node in model.facts.by_type.get("statement_identifier", ())}
    for identifier in model.facts.by_type.get("identifier", ()):
        label = model.source.normal(identifier)
        if label in labels and enclosing(identifier, "argument_list") is not None:
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                model.line(identifier),
                f"the label {label} is passed to a macro, which may jump there",
            )
    for node in model.unmatched:
        name = callee_name(node) or "?"
        related = {name} & (model.pattern.begin_names | model.pattern.commit_names | model.pattern.abort_names)
        if related:
            transaction.refuse(
                Code.UNKNOWN_SHAPE,
                model.line(node),
                f"{name}() is called here in a form that the pattern does not know",
            )


_RESULT_PARENTS = frozenset({"parenthesized_expression", "argument_list"})


def _result_is_tested(model: FunctionModel, call: Node) -> bool:
    node = model.graph.node_at(call)
    if node is None or node.syntax is None:
        return False
    statement = enclosing_statement(call)
    if statement.type in ("expression_statement", "declaration", "return_statement"):
        above = call.parent
        while above is not None and above.id != statement.id:
            operator = above.child_by_field_name("operator") if above.type == "binary_expression" else None
            if above.type == "conditional_expression" or (operator is not None and operator.type in ("&&", "||")):
                return False
            above = above.parent
    child, parent = call, call.parent
    stored = False
    while parent is not None and child.id != node.syntax.id:
        kind = parent.type
        if kind == "assignment_expression":
            operator = parent.child_by_field_name("operator")
            right = parent.child_by_field_name("right")
            if (operator is not None and operator.type != "=") or right is None or right.id != child.id:
                return False
            stored = True
        elif kind == "init_declarator":
            stored = True
        elif kind == "call_expression":
            if strip(parent).id == parent.id:
                return False
        elif kind == "binary_expression":
            operator = parent.child_by_field_name("operator")
            if operator is None or operator.type not in ("==", "!=", "<", ">", "<=", ">="):
                return False
        elif kind == "unary_expression":
            if parent.children[0].type != "!":
                return False
        elif kind not in _RESULT_PARENTS and kind not in ("expression_statement", "declaration"):
            return False
        child, parent = parent, parent.parent
    return stored or node.kind is NodeKind.CONDITION


def check_handle(model: FunctionModel, transaction: Transaction) -> None:
    """The handle must be a local of this function that nobody else reads, but for uses that the pattern rewrites."""
    source, handle = model.source, transaction.handle
    line = model.line(transaction.begins[0].node)
    strangers = [item for item in model.orphans if capture_text(source, item, "handle") == handle]
    for item in strangers:
        if "object" not in item.captures or not transaction.object:
            continue  # another protocol: the use of the handle is found below
        transaction.refuse(
            Code.OBJECT_CHANGES,
            line,
            f"{model.readable(item.captures['name'])}() gets {model.readable(item.captures['object'])}, "
            f"begun was {transaction.object}",
            (model.line(item.node), f"the same handle {handle}, another object"),
        )
    if not handle.isidentifier():
        where = "in this function" if transaction.commits else "in another function"
        transaction.refuse(
            Code.COMMIT_ELSEWHERE if not transaction.commits else Code.HANDLE_ESCAPES,
            line,
            f"the handle {handle.replace(' ', '')} is not a local variable; it is committed {where} "
            "and may be read elsewhere",
        )
        return
    declarator = handle_declarator(model, handle)
    if declarator is None:
        transaction.refuse(
            Code.HANDLE_ESCAPES, line, f"the handle {handle} is not declared in this function, so others can see it"
        )
        return
    known = {declarator.id}
    # A check follows each protocol through a handle that several share; a rewrite could not tell what goes.
    shared = not model.pattern.protocols or model.pattern.kind == "check"
    for call in model.roles if shared else transaction.calls:
        if call.role in ("begin", "commit", "abort") and capture_text(source, call, "handle") == handle:
            known.update(child.id for child in walk(call.captures["handle"]))
    acquiring = acquiring_declarator(model, declarator)
    if acquiring is not None:
        transaction.acquires.append(acquiring)
    strange: list[Node] = []
    for name in model.facts.by_type.get("identifier", ()):
        if source.normal(name) != handle or name.id in known:
            continue
        use = _known_use(model, transaction, name)
        hold = hold_of(model, handle, name) if use is None else None
        if use is not None:
            transaction.uses.append(use)
        elif hold is not None:
            (transaction.acquires if hold[0] == "acquire" else transaction.releases).append(hold[1])
        else:
            strange.append(name)
    if strange:
        statement = enclosing_statement(strange[0])
        condition = statement.child_by_field_name("condition")
        end = condition.end_byte if condition is not None else statement.end_byte
        first = " ".join(source.data[statement.start_byte : end].decode("utf-8", "replace").split())[:100]
        transaction.refuse(
            Code.HANDLE_ESCAPES,
            line,
            f"the handle {handle} is used in a way that the pattern does not know: {first}",
            *((model.line(name), f"{handle} is used here") for name in strange),
        )
    if not transaction.commits and not transaction.aborts:
        transaction.refuse(
            Code.COMMIT_ELSEWHERE, line, f"nothing in this function commits or aborts {transaction.about}"
        )


def handle_declarator(model: FunctionModel, handle: str) -> Node | None:
    """The identifier that declares the handle as a local without an initialiser that matters."""
    for node in model.facts.by_type.get("declaration", ()):
        if any(child.type == "storage_class_specifier" for child in node.named_children):
            continue
        for child in node.children_by_field_name("declarator"):
            name = declared_name(child)
            if name is None or model.source.normal(name) != handle:
                continue
            value = child.child_by_field_name("value") if child.type == "init_declarator" else None
            empty = value is None or model.source.normal(strip(value)) in ("NULL", "0")
            if value is not None and not empty and not is_acquired(model, value):
                return None
            return name
    return None


def _known_use(model: FunctionModel, transaction: Transaction, name: Node) -> UseOfHandle | None:
    for rule in model.pattern.handle_uses:
        node: Node | None = name
        while node is not None and node.type not in (
            "expression_statement",
            "compound_statement",
            "function_definition",
        ):
            bound = rule.old.match_with(model.source, node, {"handle": transaction.handle})
            if bound is not None:
                return UseOfHandle(node, rule, {**bound, "object": transaction.object})
            node = node.parent
    return None


_DEFINE = re.compile(rb"\s*#\s*define\s+\w+(\([^)]*\))?")


def check_macros(model: FunctionModel, transaction: Transaction) -> None:
    """No macro of the file may jump to a label of the function or use the handle: its uses cannot be seen."""
    labels = {model.source.text(node) for node in model.facts.by_type.get("statement_identifier", ())}
    for span in model.source.directives:
        text = model.source.data[span.start : span.end]
        head = _DEFINE.match(text)
        if head is None:
            continue
        body, parameters = text[head.end() :], set(re.findall(rb"\w+", head[1] or b""))
        jumps = set(re.findall(rb"\bgoto\s+(\w+)", body)) & labels
        uses = ({transaction.handle.encode()} & set(re.findall(rb"\w+", body))) - parameters
        for name in sorted(jumps | uses):
            transaction.refuse(
                Code.MACRO,
                model.line(transaction.begins[0].node),
                f"a macro of this file names {name.decode()}, and what it is used for here cannot be seen",
                (model.source.line(span.start), "the macro"),
            )


def check_regions(model: FunctionModel, transaction: Transaction) -> None:
    """No call of the transaction may stand in an ``#if`` region that begins inside the function."""
    for call in transaction.calls:
        region = enclosing(call.node, "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef")
        if region is not None and region.start_byte > model.function.start:
            transaction.refuse(
                Code.CONDITIONAL_COMPILATION,
                model.line(transaction.begins[0].node),
                f"{capture_text(model.source, call, 'name')}() stands in an #if region that begins inside the function",
                (model.line(region), "the region begins here"),
            )
