"""What follows from the marks of a draft: labels that became one point or lost their gotos, needless braces.

Labels first, to a fixed point: a label whose statement is gone is one point with the label behind it (that one is
kept, its code is still there) or with the target of the goto behind it; a label that lost its last goto goes.
Then braces: where a deletion left one simple statement in every branch of an if, kernel style has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.flow.facts import is_memory, operands, strip
from migrator.rewrite.draft import (
    LEAVING_STATEMENTS,
    SIMPLE_STATEMENTS,
    Draft,
    Insertion,
    RewriteRefusedError,
    leaves,
)
from migrator.rewrite.layout import joined
from migrator.rewrite.lines import comments_between
from migrator.syntax import arguments, assigned_lvalues, enclosing, identifiers, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tree_sitter import Node


def tidy(draft: Draft) -> None:
    """Add to the draft everything that follows from its marks; raises RewriteRefusedError."""
    _keep_conditions(draft)
    used_before = _goto_counts(draft, everything=True)
    fixed = _fixed_labels(draft)
    while _merge_one_label(draft, fixed):
        pass
    used = _goto_counts(draft, everything=False)
    for labeled in _labeled(draft):
        name = label_name(draft, labeled)
        if used_before.get(name, 0) and not used.get(name, 0) and name not in fixed:
            previous = _previous_live(draft, labeled)
            if previous is not None and leaves(previous) and not draft.gone(labeled.named_children[-1]):
                raise RewriteRefusedError(
                    draft.line(labeled), f"nothing would lead to the code behind the label {name}"
                )
            draft.dropped_labels.add(name)
    _check_regions(draft)
    _check_cases(draft)
    _join_neighbours(draft)
    _drop_braces(draft)
    _guard_outer_else(draft)


def _check_regions(draft: Draft) -> None:
    """A label must not be left with gotos in ``#if`` regions alone: where these are off, nothing would use it.

    One that takes the place of a label of which this was true already is as good as that.
    """
    before, after = _gotos_outside_regions(draft, everything=True), _gotos_outside_regions(draft, everything=False)
    merged = {target_of(draft, name) for name, outside in before.items() if not outside}
    for labeled in _labeled(draft):
        name = label_name(draft, labeled)
        if name not in draft.dropped_labels and name not in merged and before.get(name) and after.get(name) == 0:
            raise RewriteRefusedError(
                draft.line(labeled), f"the label {name} would be used inside of #if regions only, and not without them"
            )


def _gotos_outside_regions(draft: Draft, *, everything: bool) -> dict[str, int]:
    """How many gotos outside of ``#if`` regions lead to each label that a goto names."""
    counts: dict[str, int] = {} if everything else _inserted_gotos(draft)
    for node in draft.nodes.get("goto_statement", ()):
        if everything or draft.lives(node):
            label = node.child_by_field_name("label")
            name = "" if label is None else draft.source.normal(label)
            name = name if everything else target_of(draft, name)
            region = enclosing(node, *_REGIONS)
            inside = region is not None and region.start_byte > draft.function.start
            counts[name] = counts.get(name, 0) + (not inside)
    return counts


_REGIONS = ("preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef")


def _guard_outer_else(draft: Draft) -> None:
    """An if that loses its else must not take the else of an if around it: that one's body gets braces."""
    for statement in draft.above_removed().values():
        if statement.type != "if_statement":
            continue
        alternative = statement.child_by_field_name("alternative")
        consequence = statement.child_by_field_name("consequence")
        if alternative is None or consequence is None:
            continue
        if not draft.gone(alternative) and not draft.gone(consequence):
            continue
        inner, outer = statement, statement.parent
        while outer is not None and outer.type in _UNBRACED_PARENTS:
            if outer.type == "if_statement":
                branch, other = outer.child_by_field_name("consequence"), outer.child_by_field_name("alternative")
                if branch is not None and branch.id == inner.id and other is not None and not draft.gone(other):
                    draft.braced[inner.id] = inner
                    break
            inner, outer = outer, outer.parent


_UNBRACED_PARENTS = frozenset({"if_statement", "else_clause", "while_statement", "for_statement", "labeled_statement"})


def _keep_conditions(draft: Draft) -> None:
    """An if of which only a condition with effects is left becomes this call, if it is one."""
    for statement in draft.above_removed().values():
        if statement.type != "if_statement" or statement.id in draft.removed or not draft.lives(statement):
            continue
        branches = [statement.child_by_field_name(name) for name in ("consequence", "alternative")]
        condition = statement.child_by_field_name("condition")
        if condition is None or any(branch is not None and not draft.gone(branch) for branch in branches):
            continue
        kept = _effect_of(draft, condition)
        if kept is None:
            raise RewriteRefusedError(
                draft.line(statement), "an if would be left empty, but its condition may have an effect"
            )
        text = joined(draft.take_replaced(kept))
        draft.remove(statement)
        draft.insert_behind(statement, Insertion((f"{text};",)))


def _effect_of(draft: Draft, condition: Node) -> Node | None:
    """The call, or the assignment of one, that is all that evaluating a condition does; None where there is more."""
    kept = strip(condition)
    while True:
        left, right = operands(kept)
        if kept.type == "unary_expression" and kept.children[0].type == "!":
            kept = strip(kept.named_children[-1])
        elif left is not None and right is not None and draft.is_pure(right):
            kept = strip(left)
        else:
            break
    value = kept.child_by_field_name("right") if kept.type == "assignment_expression" else None
    if kept.type == "call_expression" or (value is not None and strip(value).type == "call_expression"):
        return kept
    return None


def _check_cases(draft: Draft) -> None:
    """A case label must be followed by a statement: at the end of its switch by a break, never by a declaration."""
    for case in draft.above_removed().values():
        if case.type != "case_statement":
            continue
        value = case.child_by_field_name("value")
        inner = [child for child in case.named_children if value is None or child.id != value.id]
        live = [child for child in inner if not draft.gone(child)]
        if not live and case.next_named_sibling is None and inner:
            draft.insert_behind(inner[-1], Insertion(("break;",)))
        elif live and live[0].type == "declaration" and draft.gone(inner[0]):
            raise RewriteRefusedError(draft.line(case), "nothing that a case label can stand before would be left")


def label_name(draft: Draft, labeled: Node) -> str:
    """The name of a labeled statement's label."""
    label = labeled.child_by_field_name("label")
    return "" if label is None else draft.source.normal(label)


def target(draft: Draft, goto: Node) -> str:
    """Where a goto leads, after retargeting."""
    label = goto.child_by_field_name("label")
    return target_of(draft, "" if label is None else draft.source.normal(label))


def target_of(draft: Draft, name: str) -> str:
    """What became of a label: itself, or the one that it was merged with."""
    while name in draft.retargeted:
        name = draft.retargeted[name]
    return name


def _labeled(draft: Draft) -> Sequence[Node]:
    return draft.nodes.get("labeled_statement", ())


def _fixed_labels(draft: Draft) -> frozenset[str]:
    """Labels that something other than a goto names (asm goto, ``&&label``): they stay as they are."""
    found: set[str] = set()
    for kind in ("gnu_asm_goto_list", "gnu_asm_expression", "pointer_expression", "label_address"):
        for node in draft.nodes.get(kind, ()):
            names = (child for child in walk(node) if child.type in ("identifier", "statement_identifier"))
            found.update(draft.source.normal(name) for name in names)
    return frozenset(found)


def _goto_counts(draft: Draft, *, everything: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in draft.nodes.get("goto_statement", ()):
        if everything or draft.lives(node):
            name = target(draft, node)
            counts[name] = counts.get(name, 0) + 1
    for name, count in _inserted_gotos(draft).items():
        counts[name] = counts.get(name, 0) + count
    return counts


def _inserted_gotos(draft: Draft) -> dict[str, int]:
    """How many gotos in new code lead to each label."""
    counts: dict[str, int] = {}
    for line in (line.strip() for text in draft.written() for line in text.splitlines()):
        if line.startswith("goto "):
            name = line[5:].rstrip("; \t")
            counts[name] = counts.get(name, 0) + 1
    return counts


def _merge_one_label(draft: Draft, fixed: frozenset[str]) -> bool:
    for labeled in _labeled(draft):
        name = label_name(draft, labeled)
        inner = labeled.named_children[-1]
        if name in draft.dropped_labels or name in draft.retargeted or name in fixed or not draft.gone(inner):
            continue
        following = next_live(draft, labeled)
        if following is None:
            if _at_end_of_void_function(draft, labeled):
                draft.returning.add(name)
                draft.dropped_labels.add(name)
                return True
            raise RewriteRefusedError(draft.line(labeled), f"nothing would be left behind the label {name}")
        if following.type == "declaration":
            raise RewriteRefusedError(draft.line(labeled), f"a declaration would follow the label {name}")
        if following.type == "labeled_statement":
            if target_of(draft, label_name(draft, following)) == name:
                raise RewriteRefusedError(draft.line(labeled), f"the label {name} stands twice")
            draft.retargeted[name] = label_name(draft, following)
            draft.dropped_labels.add(name)
            return True
        if following.type == "goto_statement" and target(draft, following) != name:
            draft.retargeted[name] = target(draft, following)
            draft.dropped_labels.add(name)
            previous = _previous_live(draft, labeled)
            if previous is not None and leaves(previous):
                draft.remove(following)
            return True
    return False


def next_live(draft: Draft, statement: Node) -> Node | None:
    """The next statement of the same block that stays, a label whose own statement is gone included."""
    node = statement.next_named_sibling
    while node is not None and draft.gone(node):
        node = node.next_named_sibling
    return node


def _previous_live(draft: Draft, statement: Node) -> Node | None:
    node = statement.prev_named_sibling
    while node is not None and draft.gone(node):
        node = node.prev_named_sibling
    return node


def _at_end_of_void_function(draft: Draft, labeled: Node) -> bool:
    parent = labeled.parent
    if parent is None or parent.id != draft.function.body.id:
        return False
    kind = draft.function.node.child_by_field_name("type")
    declarator = draft.function.node.child_by_field_name("declarator")
    return (
        kind is not None
        and draft.source.normal(kind) == "void"
        and declarator is not None
        and declarator.type == "function_declarator"
    )


def _join_neighbours(draft: Draft) -> None:
    """Two ifs on one condition that a deletion made neighbours become one."""
    for block in draft.above_removed().values():
        if block.type != "compound_statement" or not draft.lives(block):
            continue
        previous: Node | None = None
        apart = False
        for child in block.named_children:
            if draft.gone(child):
                apart = True
                continue
            if (
                previous is not None
                and (apart or previous.id in draft.neighbours)
                and _joinable(draft, previous, child)
            ):
                draft.joined.append((previous, child))
                previous = None
            else:
                previous = child
            apart = False


def _joinable(draft: Draft, first: Node, second: Node) -> bool:
    if first.type != "if_statement" or second.type != "if_statement":
        return False
    conditions = [node.child_by_field_name("condition") for node in (first, second)]
    bodies = [node.child_by_field_name("consequence") for node in (first, second)]
    if any(node.child_by_field_name("alternative") is not None for node in (first, second)):
        return False
    left, right = conditions
    if left is None or right is None or bodies[0] is None or bodies[1] is None or draft.gone(bodies[0]):
        return False
    if draft.source.normal(left) != draft.source.normal(right) or is_memory(draft.source.normal(left)):
        return False
    if not draft.is_pure(left) or any(node.type == "call_expression" for node in walk(left)):
        return False
    if bodies[0].type == "compound_statement" and bodies[0].named_children[-1].type in LEAVING_STATEMENTS:
        return False
    if bodies[0].type in LEAVING_STATEMENTS or bodies[0].type == "if_statement":
        return False
    read = {draft.source.normal(name) for name in identifiers(left)}
    if not read <= set(draft.stable) | {"true", "false", "NULL"}:
        return False
    if any(draft.source.normal(lvalue) in read for lvalue, _ in assigned_lvalues(walk(bodies[0]))):
        return False
    for node in walk(bodies[0]):
        # A macro may store into a plain argument.
        if node.type == "call_expression" and any(draft.source.normal(item) in read for item in arguments(node)):
            return False
    kinds = ("declaration",) if first.id in draft.neighbours else ("declaration", "goto_statement")
    if any(node.type in kinds for body in bodies if body is not None for node in walk(body)):
        return False
    if any(node.type == "labeled_statement" for node in (*walk(first), *walk(second))):
        return False
    between = comments_between(draft.source, first.end_byte, second.start_byte)
    return all(b"\n" not in draft.source.data[first.end_byte : span.start] for span in between)


def _drop_braces(draft: Draft) -> None:
    joined = {part.id for pair in draft.joined for part in pair}
    seen: set[int] = set()
    for node in draft.above_removed().values():
        if node.id in joined or not draft.lives(node):
            continue
        if node.type == "if_statement":
            head = _head(node)
            if head.id in seen or head.id in joined:
                continue
            seen.add(head.id)
            branches = list(_branches(draft, head))
            if any(_reduced(draft, branch) for branch in branches) and all(
                branch.type != "compound_statement" or _single(draft, branch) for branch in branches
            ):
                for branch in branches:
                    if branch.type == "compound_statement":
                        draft.unwrapped[branch.id] = branch
        elif node.type in ("while_statement", "for_statement"):
            body = node.child_by_field_name("body")
            if body is not None and _reduced(draft, body) and _single(draft, body):
                draft.unwrapped[body.id] = body


def _head(statement: Node) -> Node:
    """The first if of an else-if chain."""
    while statement.parent is not None and statement.parent.type == "else_clause":
        outer = statement.parent.parent
        if outer is None or outer.type != "if_statement":
            break
        statement = outer
    return statement


def _branches(draft: Draft, chain: Node) -> Iterator[Node]:
    node: Node | None = chain
    while node is not None:
        consequence = node.child_by_field_name("consequence")
        if consequence is not None and not draft.gone(consequence):
            yield consequence
        alternative = node.child_by_field_name("alternative")
        node = None
        if alternative is not None and not draft.gone(alternative):
            inner = alternative.named_children[-1]
            if inner.type == "if_statement":
                node = inner
            else:
                yield inner


def _reduced(draft: Draft, block: Node) -> bool:
    return block.type == "compound_statement" and draft.touched(block)


def _single(draft: Draft, block: Node) -> bool:
    """Whether a block is down to one simple statement of one line, with no comment to keep."""
    live = draft.live_statements(block)
    if len(live) != 1:
        return False
    statement = live[0]
    lines = draft.inserted_lines(statement)
    if lines:
        return lines == 1 and statement.id in draft.removed and not draft.keeps_comment(block)
    if statement.type not in SIMPLE_STATEMENTS:
        return False
    source = draft.source
    if source.line(statement.start_byte) != source.line(statement.end_byte - 1):
        return False
    return not draft.keeps_comment(block)
