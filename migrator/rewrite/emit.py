"""From a tidied draft to edits over the original bytes.

Statements go with the whole lines they stand on, a comment behind them, and a comment above them that speaks of
them; a blank line that would then double another, or open or close a block, goes too. Ranges that are deleted are
united before insertions are put between them, so no two edits touch the same byte.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.edits import Edit
from migrator.rewrite.draft import STATEMENTS, Draft, Insertion, RewriteRefusedError, is_unbraced_body
from migrator.rewrite.layout import fill_statement, indentation, padding, width
from migrator.rewrite.lines import BLANKS, comments_between, start_with_comment, whole_lines
from migrator.rewrite.negate import negated
from migrator.rewrite.tidy import label_name, target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tree_sitter import Node

# The end of a line behind which a block begins, or code that has a label.
_OPENS = re.compile(rb"\{$|^[A-Za-z_]\w*\s*:$")


class Emitter:
    """Collects deleted ranges and insertions of one draft."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.source = draft.source
        self.data = draft.source.data
        self.newline = draft.source.newline.decode("ascii")
        self.deleted: list[tuple[int, int]] = []
        self.inserted: list[tuple[int, int, bytes]] = []
        self.closings: set[int] = set()  # where lines of closing braces end that went without their statement

    def delete(self, start: int, end: int) -> None:
        """The bytes go."""
        if start < end:
            self.deleted.append((start, end))

    def insert(self, offset: int, text: str) -> None:
        """Text at an offset, behind what was inserted there before."""
        self.inserted.append((offset, len(self.inserted), text.encode("utf-8", "surrogateescape")))

    def indent_of(self, node: Node) -> str:
        """The indentation of the line that a node starts on."""
        start = self.source.line_start(node.start_byte)
        return indentation(self.data[start : node.start_byte].decode("utf-8", "surrogateescape"))

    def remove_statement(self, start: int, end: int) -> None:
        """Delete a statement with its lines, or only its bytes where other code shares the line."""
        lines = whole_lines(self.source, start, end)
        if lines is None:
            line_start = self.source.line_start(start)
            before = self.data[line_start:start]
            stripped = before.rstrip(BLANKS)
            if stripped:
                self.delete(line_start + len(stripped), end)
            else:
                self.delete(start, self.behind_blanks(end))
            return
        line_start, line_end = lines
        self.delete(self.with_comment(line_start, line_end), line_end)

    def with_comment(self, line_start: int, line_end: int | None = None) -> int:
        """Where deletion starts when the comment directly above a line speaks of what goes."""
        return start_with_comment(self.source, line_start, self.draft.function.start, self.draft.topics, line_end)

    def behind_line(self, statement: Node) -> int:
        """The start of the line behind a statement, and behind a comment that begins beside it and goes on below."""
        offset = self.source.line_end(statement.end_byte - 1)
        for span in comments_between(self.source, statement.end_byte, offset):
            if span.end > offset:
                offset = self.source.line_end(span.end - 1)
                if self.source.masked[span.end : offset].strip():
                    raise RewriteRefusedError(
                        self.draft.line(statement), "code follows a comment of several lines beside the statement"
                    )
        return offset

    def behind_blanks(self, offset: int) -> int:
        """The first offset from here that holds no blank."""
        while self.data[offset : offset + 1] in (b" ", b"\t"):
            offset += 1
        return offset

    # -- the walk ------------------------------------------------------------------------------------------

    def run(self) -> tuple[Edit, ...]:
        """All edits."""
        draft = self.draft
        for start, end in draft.deleted:
            self.delete(start, end)
        self.visit(draft.function.body)
        for labeled in draft.nodes.get("labeled_statement", ()):
            if label_name(draft, labeled) in draft.dropped_labels:
                self.drop_label(labeled)
        for goto in draft.nodes.get("goto_statement", ()):
            if draft.lives(goto):
                self.retarget(goto)
        for (start, end), text in draft.replaced.items():
            self.delete(start, end)
            self.insert(start, text)
        for statement, insertions in draft.ahead.values():
            self.lines_ahead(statement, insertions)
        for statement, insertions in draft.behind.values():
            self.lines_behind(statement, insertions)
        for statement, _ in (
            *draft.ahead.values(),
            *(item for key, item in draft.behind.items() if key not in draft.ahead),
        ):
            if draft.needs_braces(statement):
                self.wrap(statement)
        for body in draft.braced.values():
            self.wrap(body)
        for first, second in draft.joined:
            self.join(first, second)
        for block in draft.unwrapped.values():
            self.unwrap(block)
        return self.composed()

    def visit(self, block: Node) -> None:
        """Delete what is gone below a node (which itself stays)."""
        draft = self.draft
        concerned = draft.above_removed()
        pending = [block]
        while pending:
            node = pending.pop()
            if node.id not in concerned:
                continue
            for child in node.named_children:
                if node.type == "if_statement" and self.is_branch(node, child):
                    continue
                if draft.gone(child):
                    if node.type in ("while_statement", "for_statement", "do_statement", "if_statement", "else_clause"):
                        raise RewriteRefusedError(draft.line(child), "a statement would be left without a body")
                    self.remove_statement(child.start_byte, child.end_byte)
                elif child.id in draft.removed:
                    # Something else is to stand in its place.
                    self.remove_statement(child.start_byte, child.end_byte)
                else:
                    pending.append(child)
            if node.type == "if_statement":
                pending.extend(self.branches(node))

    @staticmethod
    def is_branch(statement: Node, child: Node) -> bool:
        """Whether a child is a branch of an if."""
        for name in ("consequence", "alternative"):
            branch = statement.child_by_field_name(name)
            if branch is not None and branch.id == child.id:
                return True
        return False

    def branches(self, statement: Node) -> Iterable[Node]:
        """The branches of an if to look into; writes down a branch that is gone."""
        draft = self.draft
        consequence = statement.child_by_field_name("consequence")
        alternative = statement.child_by_field_name("alternative")
        if consequence is None:
            return
        if draft.gone(consequence) and alternative is not None:
            condition = statement.child_by_field_name("condition")
            inner = alternative.named_children[-1]
            if condition is None or inner.type == "if_statement":
                raise RewriteRefusedError(draft.line(statement), "the first branch of an else-if chain would be empty")
            draft.replace(condition, negated(self.source, condition, draft.take_replaced))
            keyword = alternative.children[0]
            self.delete(condition.end_byte, keyword.end_byte)
            yield inner
            return
        yield from self.present(consequence)
        if alternative is None:
            return
        if draft.gone(alternative):
            self.delete(consequence.end_byte, alternative.end_byte)
            return
        yield alternative

    def present(self, branch: Node) -> Iterable[Node]:
        """A branch to look into; one that is to be replaced by inserted lines is deleted instead."""
        if branch.id in self.draft.removed:
            self.remove_statement(branch.start_byte, branch.end_byte)
        else:
            yield branch

    def drop_label(self, labeled: Node) -> None:
        """A label goes, its statement stays (or has gone by itself)."""
        label = labeled.child_by_field_name("label")
        if label is None:
            return
        colon = next((child for child in labeled.children if child.type == ":"), label)
        lines = whole_lines(self.source, label.start_byte, colon.end_byte)
        if lines is not None:
            self.delete(self.with_comment(lines[0]), lines[1])
        else:
            self.delete(label.start_byte, self.behind_blanks(colon.end_byte))

    def retarget(self, goto: Node) -> None:
        """Write down a goto whose label was merged with another."""
        label = goto.child_by_field_name("label")
        if label is None:
            return
        name = target(self.draft, goto)
        if name in self.draft.returning:
            self.draft.replace(goto, "return;")
        elif name != self.source.normal(label):
            self.draft.replace(label, name)

    # -- insertions ----------------------------------------------------------------------------------------

    def rendered(self, indent: str, insertion: Insertion) -> str:
        """The lines of an insertion, indented; lines that are too long are broken."""
        text = ""
        for line in insertion.lines:
            body = line.lstrip("\t")
            if body.startswith("#"):
                text += body + self.newline
                continue
            is_label = body.endswith(":") and body[:-1].isidentifier()
            inner = "" if is_label else indent + "\t" * (len(line) - len(body))
            text += (fill_statement(inner, body, self.newline) if body else "") + self.newline
        return text

    def body_indent(self, statement: Node) -> str:
        """The indentation of a statement, or what it should be when it shares the line of its head."""
        start = self.source.line_start(statement.start_byte)
        previous = statement.prev_named_sibling
        while previous is not None and previous.type in STATEMENTS and not is_unbraced_body(statement):
            if previous.end_byte <= start:
                break
            # Another statement stands before it on its line: it is indented as that is.
            if previous.start_byte < start:
                return self.indent_of(previous)
            statement, previous = previous, previous.prev_named_sibling
        before = self.data[start : statement.start_byte]
        if before.strip(BLANKS):
            return padding(width(indentation(before.decode("utf-8", "surrogateescape"))) + 8)
        return self.indent_of(statement)

    def lines_behind(self, statement: Node, insertions: list[Insertion]) -> None:
        """Put lines behind a statement's last line."""
        offset = self.behind_line(statement)
        if (
            self.data[statement.end_byte : offset].strip()
            and whole_lines(self.source, statement.start_byte, statement.end_byte) is None
        ):
            rest = self.source.masked[statement.end_byte : offset].strip()
            if rest:
                raise RewriteRefusedError(
                    self.draft.line(statement),
                    "other code follows on the line behind which a statement is to be inserted",
                )
        indent = self.body_indent(statement)
        for insertion in insertions:
            text = self.rendered(indent, insertion)
            if insertion.blank_before:
                text = self.newline + text
            if insertion.blank_after and not self.blank_line_at(offset) and not self.closes_block(offset):
                text += self.newline
            self.insert(offset, text)

    def lines_ahead(self, statement: Node, insertions: list[Insertion]) -> None:
        """Put lines before a statement's first line."""
        offset = self.source.line_start(statement.start_byte)
        before = self.data[offset : statement.start_byte]
        if before.strip(BLANKS):
            raise RewriteRefusedError(
                self.draft.line(statement), "other code stands on the line before which a statement is to be inserted"
            )
        for insertion in insertions:
            text = self.rendered(self.body_indent(statement), insertion)
            self.insert(offset, text + (self.newline if insertion.blank_after else ""))

    def blank_line_at(self, offset: int) -> bool:
        """Whether the line that starts here is blank."""
        return offset < len(self.data) and not self.data[offset : self.source.line_end(offset)].strip()

    def closes_block(self, offset: int) -> bool:
        """Whether the line that starts here begins with a closing brace."""
        return self.data[offset : self.source.line_end(offset)].lstrip(BLANKS).startswith(b"}")

    # -- braces --------------------------------------------------------------------------------------------

    def wrap(self, body: Node) -> None:
        """Braces around a body that had none."""
        previous = body.prev_sibling
        parent = body.parent
        if previous is None or parent is None:
            raise RewriteRefusedError(self.draft.line(body), "a body that needs braces has nothing before it")
        self.insert(previous.end_byte, " {")
        outer = self.indent_of(parent if parent.type != "else_clause" else (parent.parent or parent))
        following = body.next_sibling if parent.type == "if_statement" else None
        if following is not None and following.type == "else_clause":
            self.delete(self.behind_line(body), following.start_byte)
            self.insert(following.start_byte, f"{outer}}} ")
        else:
            self.insert(self.behind_line(body), f"{outer}}}{self.newline}")

    def join(self, first: Node, second: Node) -> None:
        """One if for two with the same condition."""
        body, other = first.child_by_field_name("consequence"), second.child_by_field_name("consequence")
        condition = first.child_by_field_name("condition")
        if body is None or other is None or condition is None:
            return
        outer = self.indent_of(first)
        if body.type == "compound_statement":
            start = self.source.line_start(body.children[-1].start_byte)
        else:
            self.insert(condition.end_byte, " {")
            start = self.behind_line(body)
        if other.type == "compound_statement":
            self.delete(start, self.source.line_end(other.start_byte))
        else:
            self.delete(start, self.source.line_start(other.start_byte))
            self.insert(self.behind_line(other), f"{outer}}}{self.newline}")

    def unwrap(self, block: Node) -> None:
        """No braces around a block that is down to one statement."""
        opening, closing = block.children[0], block.children[-1]
        lines = whole_lines(self.source, opening.start_byte, opening.end_byte)
        start = opening.start_byte
        while self.data[start - 1 : start] in (b" ", b"\t"):
            start -= 1
        if lines is not None:
            self.delete(*lines)
        else:
            start = opening.start_byte if self.data[start - 1 : start] == b"\n" else start
            self.delete(start, opening.end_byte)
        end = closing.end_byte
        following = block.next_named_sibling
        if following is not None and following.type == "else_clause" and self.draft.gone(following):
            end, following = following.end_byte, None
        lines = whole_lines(self.source, closing.start_byte, end)
        if lines is not None:
            self.delete(*lines)
            self.closings.add(lines[1])
            return
        start = closing.start_byte
        if following is None and not self.data[end : self.source.line_end(start)].strip():
            start = len(self.data[:start].rstrip(BLANKS))
        self.delete(start, self.behind_blanks(closing.end_byte) if following is not None else closing.end_byte)

    # -- composition ---------------------------------------------------------------------------------------

    def united(self) -> list[tuple[int, int]]:
        """Deleted ranges, sorted and united."""
        result: list[tuple[int, int]] = []
        for start, end in sorted(self.deleted):
            if result and start <= result[-1][1]:
                result[-1] = (result[-1][0], max(end, result[-1][1]))
            else:
                result.append((start, end))
        return result

    def composed(self) -> tuple[Edit, ...]:
        """Deleted ranges, blank lines that go with them, and insertions, as edits."""
        first_at: dict[int, bytes] = {}
        for offset, _, text in self.inserted:
            first_at.setdefault(offset, text)
        while True:
            # A range that grows may meet the next one, and what they are together may end a block.
            united = self.united()
            self.deleted = [self.with_blank_lines(start, end, first_at) for start, end in united]
            if self.deleted == united:
                break
        edits: list[Edit] = []
        waiting = sorted(self.inserted)
        for start, end in self.united():
            while waiting and waiting[0][0] < start:
                offset, _, text = waiting.pop(0)
                edits.append(Edit(offset, offset, text))
            text = b""
            while waiting and waiting[0][0] <= end:
                text += waiting.pop(0)[2]
            edits.append(Edit(start, end, text))
        edits.extend(Edit(offset, offset, text) for offset, _, text in waiting)
        return tuple(edits)

    def with_blank_lines(self, start: int, end: int, inserted: dict[int, bytes]) -> tuple[int, int]:
        """A range of whole deleted lines, with the blank lines that would be left doubled or at the edge of a block."""
        data = self.data
        if start and data[start - 1 : start] != b"\n":
            return start, end
        above_start = self.source.line_start(start - 1) if start else 0
        above = data[above_start:start].strip() if start else b"{"
        first = min((offset for offset in inserted if start <= offset <= end), default=None)
        if first is not None:
            # A brace that comes with the insertion closes a block.
            closes = not above and inserted[first].lstrip(b" \t").startswith(b"}")
            return (above_start if closes else start), end
        if data[end - 1 : end] != b"\n":
            return start, end
        opens = not above or _OPENS.search(self.masked_line(above_start)) is not None
        while opens and self.blank_line_at(end):
            end = self.source.line_end(end)
        if not above and start and (self.closes_block(end) or end in self.closings):
            start = above_start
        return start, end

    def masked_line(self, offset: int) -> bytes:
        """The code of a line without its comments."""
        return self.source.masked[offset : self.source.line_end(offset)].strip()


def emit(draft: Draft) -> tuple[Edit, ...]:
    """The edits of a tidied draft; raises RewriteRefusedError."""
    return Emitter(draft).run()
