"""A caller's transaction goes: begin, commits and aborts, and its call gives the callee what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migrator.across.group import AcrossRefusedError
from migrator.across.passes import Text
from migrator.across.sink.caller.shape import Caller, read_begin
from migrator.diagnostics import Code
from migrator.edits import Edit
from migrator.rewrite.draft import Draft, RewriteRefusedError
from migrator.rewrite.emit import emit
from migrator.rewrite.layout import fill_call
from migrator.rewrite.tidy import tidy
from migrator.syntax import arguments, enclosing_statement
from migrator.transaction.at_begin import remove_endings
from migrator.transaction.calls import testing_statement, written
from migrator.transaction.function import remove_locals, topics_of
from migrator.transaction.model import FunctionModel, Transaction, model_function

if TYPE_CHECKING:
    from tree_sitter import Node


def rewrite_caller(caller: Caller, text: Text, added: Sequence[str]) -> None:
    """Take the transaction out and give ``added`` arguments to the callee; raises AcrossRefusedError."""
    shape = read_begin(caller)
    if shape.inverted:
        text.edit(_without_if(caller, shape.test))
    source, function = text.parse()
    model = model_function(source, function, caller.model.pattern)
    transaction = _same(model, caller)
    call = _node_at(model, text.forward(caller.call.start_byte), caller.call.type)
    begin = transaction.begins[0] if transaction is not None and transaction.begins else None
    if transaction is None or begin is None or call is None:
        raise caller.refused(Code.REWRITE_CHECK_FAILED, "the calls are not found any more once the branch is taken out")
    draft = Draft(
        source,
        function,
        topics_of(model.pattern, [transaction.handle]),
        model.facts.quiet,
        model.facts.by_type,
        model.facts.locals - model.facts.address_taken,
    )
    try:
        draft.remove(enclosing_statement(begin.node))
        test = None if shape.inverted else testing_statement(model, begin)
        if test is not None:
            draft.remove(test)
        last = _node_at(model, text.forward(_last_of(shape.test).start_byte), "if_statement")
        if shape.inverted and last is not None:
            draft.neighbours.add(last.id)
        remove_endings(transaction, draft)
        if added:
            _add_arguments(model, draft, call, added)
        remove_locals(model, draft, [transaction])
        tidy(draft)
        edits = emit(draft)
    except RewriteRefusedError as error:
        raise AcrossRefusedError(
            Code.UNKNOWN_SHAPE,
            caller.path,
            caller.line,
            error.message,
            (caller.path, text.line_before(error.line), "here"),
        ) from None
    text.edit(edits)
    text.parse()


def _last_of(test: Node) -> Node:
    """The last statement of an if's branch."""
    body = test.child_by_field_name("consequence") or test
    return body.named_children[-1] if body.type == "compound_statement" and body.named_children else body


def _same(model: FunctionModel, caller: Caller) -> Transaction | None:
    for item in model.transactions:
        if (item.handle, item.object) == (caller.transaction.handle, caller.transaction.object):
            return item
    return None


def _node_at(model: FunctionModel, offset: int | None, kind: str) -> Node | None:
    if offset is None:
        return None
    return next((node for node in model.facts.by_type.get(kind, ()) if node.start_byte == offset), None)


def _add_arguments(model: FunctionModel, draft: Draft, call: Node, added: Sequence[str]) -> None:
    source = model.source
    name = call.child_by_field_name("function")
    assert name is not None
    values = [written(model, node) for node in arguments(call)] + list(added)
    head = source.data[source.line_start(call.start_byte) : call.start_byte].decode("utf-8", "surrogateescape")
    tail = source.masked[call.end_byte : source.line_end(call.end_byte - 1)].decode("utf-8", "replace").rstrip()
    draft.replace(call, fill_call(head, written(model, name), values, tail, source.newline.decode("ascii")))


def _without_if(caller: Caller, test: Node) -> list[Edit]:
    """Take the body of an if that holds whole lines out of it, one tab to the left."""
    source = caller.model.source
    body = test.child_by_field_name("consequence")
    assert body is not None
    data = source.data
    first = source.line_start(test.start_byte)
    if body.type != "compound_statement":
        start = source.line_start(body.start_byte)
        if start <= first or data[first : test.start_byte].strip():
            raise caller.refused(Code.UNKNOWN_SHAPE, "the if that tests the begin shares lines with its branch")
        return [Edit(first, start, b""), *_dedented(data, start, source.line_end(body.end_byte - 1))]
    start, end = source.line_end(body.start_byte), source.line_start(body.end_byte - 1)
    if b"\\\n" in data[start:end].replace(b"\r", b""):
        raise caller.refused(Code.UNKNOWN_SHAPE, "a line in the branch taken when the begin succeeds is continued")
    behind = source.line_end(body.end_byte - 1)
    header, footer = data[body.start_byte + 1 : start], data[end:behind]
    if header.strip() or footer.strip() != b"}" or data[first : test.start_byte].strip() or start > end:
        raise caller.refused(Code.UNKNOWN_SHAPE, "the if that tests the begin shares lines with its branch")
    return [Edit(first, start, b""), *_dedented(data, start, end), Edit(end, behind, b"")]


def _dedented(data: bytes, start: int, end: int) -> list[Edit]:
    edits = []
    position = start
    while position < end:
        if data[position : position + 1] == b"\t":
            edits.append(Edit(position, position + 1, b""))
        newline = data.find(b"\n", position, end)
        position = end if newline < 0 else newline + 1
    return edits
