"""Exits: what is to be undone at a point, the ladder of labels that does it, and how a function ends."""

from __future__ import annotations

from tests.oracle.writer import Undo, Writer


def push(writer: Writer, undo: Undo) -> None:
    label = undo.label
    while any(entry.label == label for entry in writer.ladder):
        label += "2"
    undo = Undo(undo.lines, label, undo.kind)
    if writer.stack == writer.ladder:
        writer.ladder.append(undo)
    writer.stack.append(undo)


def can_jump(writer: Writer) -> bool:
    return bool(writer.stack) and writer.ladder[: len(writer.stack)] == writer.stack


def fail(writer: Writer, code: str, extra: str = "", braces: bool = False) -> None:
    """Leave with what stands on the stack undone; ``code``: ``err`` or a constant. Written one level deeper."""
    choices = writer.choices
    writer.depth += 1
    start = len(writer.lines)
    if extra:
        writer.put(extra)
    if can_jump(writer) and not choices.chance(writer.inline):
        if code != "err":
            writer.put(f"err = {code};")
        writer.put(f"goto {writer.stack[-1].label};")
        writer.used.add(writer.stack[-1].label)
    else:
        for undo in reversed(writer.stack):
            if undo.kind == "abort":
                writer.note(8)
            for line in undo.lines:
                writer.put(line)
        writer.put(f"return {code};")
    written = writer.lines[start:]
    writer.depth -= 1
    if len(written) > 1 or braces:
        writer.lines[start - 1] += " {"
        writer.put("}")


def unless_ok(writer: Writer, condition: str, code: str, extra: str = "") -> None:
    """A test of a call, and the exit when it failed."""
    writer.put(f"if ({condition})")
    fail(writer, code, extra)


def leave(writer: Writer, loop: str) -> None:
    choices = writer.choices
    kept = [undo for undo in writer.stack if undo.kind == "plain" and "->mapping" not in undo.lines[0]]
    shared = 0
    while shared < min(len(writer.ladder), len(writer.stack)) and (
        writer.ladder[shared] == writer.stack[shared] and writer.ladder[shared].kind == "plain"
    ):
        shared += 1
    share = shared > 0 and kept == writer.stack[:shared] and choices.chance(60)
    for undo in reversed(kept if not share else kept[shared:]):
        if not undo.lines[0].startswith("free_slot") and not (
            undo.lines[0].startswith("put_page") and choices.chance(50)
        ):
            for line in undo.lines:
                writer.put(line)
    if share:
        _labels(writer, writer.ladder[:shared], "err = 0;", "return err;")
        rest = writer.ladder[shared:]
        if rest and any(undo.label in writer.used for undo in rest):
            label = writer.ladder[shared - 1].label
            if label not in writer.used:
                writer.used.add(label)
                _insert_label(writer, writer.ladder[shared - 1], label)
            _labels(writer, rest, "", f"goto {label};")
        return
    writer.put(choices.one("return 0;", "return 0;", "return err;"))
    _labels(writer, writer.ladder, "", "return err;")


def _insert_label(writer: Writer, undo: Undo, label: str) -> None:
    start = len(writer.lines) - 1
    while start >= 0 and writer.lines[start].strip() != undo.lines[0]:
        start -= 1
    writer.lines.insert(max(start, 0), f"{label}:")


def _labels(writer: Writer, ladder: list[Undo], first: str, last: str) -> None:
    if first:
        writer.put(first)
        reached = True
    else:
        reached = False
        if not any(undo.label in writer.used for undo in ladder):
            return
        if writer.choices.chance(40):
            writer.lines.append("")
    for undo in reversed(ladder):
        if undo.label in writer.used:
            writer.lines.append(f"{undo.label}:")
            reached = True
        if reached:
            if undo.kind == "abort":
                writer.note(10)
            for line in undo.lines:
                writer.put(line)
    writer.put(last)
