"""From chosen sites to edits.

A site inside a capture of another site is written first and becomes part of it. Everything that a rule does not name
keeps its bytes; a line is only broken anew when it was of several lines, or is too long now and was not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from migrator.diagnostics import Code
from migrator.edits import Edit, apply_edits
from migrator.pattern.template import PLACEHOLDER, in_place_of, parse_expression
from migrator.replace.chains import Chain, chain_around, target
from migrator.replace.layout import broken, flat
from migrator.replace.obstacles import obstacle
from migrator.rewrite.layout import COLUMNS, indentation, padding, width
from migrator.rewrite.lines import whole_lines
from migrator.syntax import strip_parentheses

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.pattern.template import Shape, Template
    from migrator.replace.choose import Chosen
    from migrator.replace.conditions import Match
    from migrator.source import SourceFile

_ASSOCIATIVE = ("|", "&", "||", "&&")


def write(source: SourceFile, chosen: Sequence[Chosen]) -> dict[int, tuple[Edit, ...]]:
    """The edits of each site that is to change, by its offset; a site that cannot be written gets a refusal.

    The edits of a site inside another are in those of the outer one, and its own are empty.
    """
    sites = [item for item in chosen if item.match is not None and item.match.rule.edits and not item.refusals]
    sites.sort(key=_width)
    done: list[tuple[Chosen, list[Edit]]] = []
    chains: dict[tuple[int, int], Chain] = {}
    for item in sites:
        match = item.match
        assert match is not None
        refusal = obstacle(source, match)
        if refusal is not None:
            item.refusals.append(refusal)
            continue
        inner = [edit for _, edits in done for edit in edits if match.start <= edit.start and edit.end <= match.end]
        if match.rule.chain:
            chain = _chained(source, match, inner, chains)
            if chain is None:
                item.refusals.append((Code.UNKNOWN_SHAPE, "the value would be taken by two calls"))
                continue
            chains[match.start, match.end] = chain
            edits = _with_partner(source, match, chain.text, _has_its_lines(source, match, sites))
        else:
            edits = _edits(source, match, inner, _has_its_lines(source, match, sites))
        if edits is None:
            item.refusals.append((Code.UNKNOWN_SHAPE, "what is to be removed does not stand on lines of its own"))
            continue
        if match.rule.replace is not None:
            for _, others in done:
                others[:] = [edit for edit in others if not (match.start <= edit.start and edit.end <= match.end)]
        item.warnings[:] = _dropped(match)
        done.append((item, edits))
    return {item.offset: tuple(edits) for item, edits in done}


def _width(item: Chosen) -> int:
    match = item.match
    return match.end - match.start if match is not None else 0


def _dropped(match: Match) -> Iterator[tuple[Code, str]]:
    for name, neutral in match.rule.dropped.items():
        for node in match.captures[name]:
            text = match.piece.source.normal(node)
            if text not in neutral and "*" not in neutral:
                yield Code.ARGUMENT_DROPPED, f"{text} was given here and has no place in the new form"


# -- edits ---------------------------------------------------------------------------------------------------------


def _has_its_lines(source: SourceFile, match: Match, sites: Sequence[Chosen]) -> bool:
    """Whether no other site that is to change stands on the lines of this one, but for those inside of it."""
    start, end = source.line_start(match.start), source.line_end(max(match.start, match.end - 1))
    others = [item.match for item in sites if item.match is not None and item.match is not match]
    return not any(
        other.start < end and start < other.end and not (match.start <= other.start and other.end <= match.end)
        for other in others
    )


def _edits(source: SourceFile, match: Match, inner: Sequence[Edit], alone: bool) -> list[Edit] | None:
    rule = match.rule
    if rule.remove:
        return _removed(source, match)
    if rule.rename:
        return list(_renamed(source, match, alone))
    assert rule.replace is not None
    return _with_partner(source, match, _rendered(rule.replace, _texts(source, match, inner)), alone)


def _with_partner(source: SourceFile, match: Match, new: str, alone: bool) -> list[Edit] | None:
    """The edit of the site itself, and that of the store which is joined to it."""
    new = in_place_of(new, match.nodes[0], exposed=match.piece.expression)
    own = _laid_out(source, match, new, alone)
    if match.partner is None:
        return [own]
    other = _taken_away(source, match.partner)
    return None if other is None else [own, *other]


def _texts(source: SourceFile, match: Match, inner: Sequence[Edit]) -> dict[str, str]:
    """What the captures of the template stand for."""
    assert match.rule.replace is not None
    tight = iter(match.rule.replace.bound_tightly)
    loose: dict[str, bool] = {}
    for name in PLACEHOLDER.findall(match.rule.replace.source):
        loose[name] = loose.get(name, True) and not next(tight)
    return {name: _captured(source, match, match.part(name), loose[name], inner) for name in loose}


def _chained(
    source: SourceFile, match: Match, inner: Sequence[Edit], chains: Mapping[tuple[int, int], Chain]
) -> Chain | None:
    """The chain of stores that a site begins, with those inside of it that are sites too; None: both take the value."""
    rule, template = match.rule, match.rule.replace
    assert template is not None
    texts = _texts(source, match, inner)
    stay: list[str] = []
    known: Chain | None = None
    for link in match.links:
        known = chains.get((match.piece.start(link), match.piece.end(link)))
        if known is not None:
            break
        stay.append(_captured(source, match, target(link), False, inner) + " = ")
    chain = known if known is not None else Chain([], texts.get(rule.chain, ""), [])
    takes = rule.chain not in template.names
    if takes and chain.taken:
        return None
    calls, value = chain.calls, chain.value
    if takes:
        value = _rendered(template, texts)
    else:
        calls = [*calls, lambda text: _rendered(template, texts | {rule.chain: text})]
    return Chain([*stay, *chain.links], value, calls, takes or chain.taken)


def _rendered(template: Template, texts: dict[str, str]) -> str:
    """The template filled in; ``A | B`` needs no parentheses as an operand of ``|``."""
    bare: dict[str, str] = {}
    for name, operator in _operands(template.shape):
        node = parse_expression(texts[name])  # the text: what was rewritten in it is not in the tree
        own = node.child_by_field_name("operator") if node is not None and node.type == "binary_expression" else None
        if node is not None and own is not None and own.type == operator:
            bare[name] = (node.text or b"").decode("utf-8", "surrogateescape")
    new = template.render(texts | {name: f"migrator_operand_{name}" for name in bare})
    return re.sub(r"\bmigrator_operand_(\w+)", lambda found: bare[found[1]], new)


def _operands(shape: Shape) -> Iterator[tuple[str, str]]:
    """The captures that are operands of an operator for which grouping means nothing."""
    if shape.kind == "binary_expression" and len(shape.children) == 3 and shape.children[1].kind in _ASSOCIATIVE:
        yield from ((child.capture, shape.children[1].kind) for child in shape.children if child.capture)
    for child in shape.children:
        yield from _operands(child)


def _captured(source: SourceFile, match: Match, node: Node, loose: bool, inner: Sequence[Edit]) -> str:
    """The text of a part with the edits inside of it made; grouping parentheses off where nothing binds to it."""
    if loose:
        bare = strip_parentheses(node)
        if not bare.type.endswith("_statement") and bare.type != "comma_expression":
            node = bare
    start, end = match.piece.start(node), match.piece.end(node)
    own = [
        Edit(edit.start - start, edit.end - start, edit.replacement)
        for edit in inner
        if start <= edit.start and edit.end <= end
    ]
    return apply_edits(source.data[start:end], own).decode("utf-8", "surrogateescape")


def _laid_out(source: SourceFile, match: Match, new: str, alone: bool) -> Edit:
    """The edit of a site. A line that is too long is broken inside of the site, or anywhere if it has it ``alone``."""
    start, end = match.start, match.end
    data = source.data
    new = new if "\n" not in new else flat(new)
    line_start, line_end = source.line_start(start), source.line_end(max(start, end - 1))
    head = data[line_start:start].decode("utf-8", "surrogateescape")
    rest = data[end:line_end].decode("utf-8", "surrogateescape")
    tail = rest.rstrip("\r\n")
    newline = source.newline.decode()
    if match.piece.macro:
        return _in_macro(source, match, new, head, tail, line_end, alone)
    code = re.sub(r"\s*/\*.*?\*/\s*$", "", tail)
    was = width(data[line_start:line_end].decode("utf-8", "surrogateescape").rstrip("\r\n"))
    one_line = b"\n" not in data[start:end]
    if width(head + new + code) > COLUMNS and not (one_line and width(head + new + tail) <= was):
        whole = broken(head + new + code, newline)
        if whole.startswith(head) and whole.endswith(code):
            new = whole[len(head) : len(whole) - len(code)]
        elif alone and head.strip() and re.search(r"[;{)]\s*$", code):
            indent = indentation(head)
            text = whole[len(indent) :].encode("utf-8", "surrogateescape")
            return Edit(line_start + len(indent), end + len(code.encode("utf-8", "surrogateescape")), text)
    return Edit(start, end, new.encode("utf-8", "surrogateescape"))


def _in_macro(source: SourceFile, match: Match, new: str, head: str, tail: str, line_end: int, alone: bool) -> Edit:
    """In a macro nothing is broken; the backslash at the end of the line stays in its column where it can.

    Not where another site of the line would want the same.
    """
    start, end = match.start, match.end
    continued = re.search(r"[ \t]*\\$", tail)
    if continued is None or not alone:
        return Edit(start, end, new.encode("utf-8", "surrogateescape"))
    code = tail[: continued.start()]
    old = source.data[source.line_start(max(start, end - 1)) : line_end].decode("utf-8", "surrogateescape")
    column = width(old[: old.rindex("\\")])
    text = new + code + _blanks(width(head + new + code), column, continued[0])
    return Edit(start, end + continued.end() - 1, text.encode("utf-8", "surrogateescape"))


def _blanks(column: int, wanted: int, like: str) -> str:
    """Blanks from one column to another, with tabs where there are some in ``like``; one where that lies behind."""
    if column >= wanted:
        return " "
    return _up_to(column, wanted) if "\t" in like else " " * (wanted - column)


def _up_to(column: int, wanted: int) -> str:
    """Tabs from one column to another, with blanks where no tab fits."""
    tabs = 0
    while width("\t", column) <= wanted:
        column, tabs = width("\t", column), tabs + 1
    return "\t" * tabs + " " * (wanted - column)


def _renamed(source: SourceFile, match: Match, alone: bool) -> Iterator[Edit]:
    nodes = [node for name in match.rule.rename for node in match.captures[name]]
    on_line = Counter(source.line(match.piece.start(node)) for node in nodes)
    for name, word in match.rule.rename.items():
        for node in match.captures[name]:
            start, end = match.piece.start(node), match.piece.end(node)
            yield Edit(start, end, word.encode())
            aligned = list(_aligned(source, start, end, word))
            yield from aligned
            # Where the rest of the line has kept its column, so has the backslash; two names would want it each.
            kept = any(edit.start < source.line_end(start) for edit in aligned)
            if match.piece.macro and alone and on_line[source.line(start)] == 1 and not kept:
                yield from _backslash_kept(source, start, end, word)


def _backslash_kept(source: SourceFile, start: int, end: int, word: str) -> Iterator[Edit]:
    """Keep the backslash at the end of a macro's line in its column; another mention there would want the same."""
    line_start, line_end = source.line_start(start), source.line_end(start)
    line = source.data[line_start:line_end]
    continued = re.search(rb"([ \t]*)\\\r?\n?\Z", line)
    old = source.data[start:end]
    if continued is None or not continued[1] or len(re.findall(rb"\b" + re.escape(old) + rb"\b", line)) != 1:
        return
    code = line[: continued.start()].decode("utf-8", "surrogateescape")
    blanks = continued[1].decode()
    column = width(blanks, width(code))
    now = width(code[: start - line_start] + word + code[start - line_start + len(old) :])
    first = line_start + continued.start()
    if first >= end:
        yield Edit(first, first + len(blanks), _blanks(now, column, blanks).encode())


def _aligned(source: SourceFile, start: int, end: int, word: str) -> Iterator[Edit]:
    """Keep the ``=`` behind a renamed field, or the arguments below those of a renamed call, in their columns."""
    data = source.data
    blanks = re.compile(rb"[ \t]*").match(data, end)
    assert blanks is not None
    head = data[source.line_start(start) : start].decode("utf-8", "surrogateescape")
    old, new = width(head) + end - start, width(head) + len(word)
    behind = blanks[0].decode()
    if data[blanks.end() : blanks.end() + 1] == b"=" and (len(behind) > 1 or "\t" in behind):
        yield Edit(end, blanks.end(), _blanks(new, width(behind, old), behind).encode())
    elif data[end : end + 1] == b"(" and old != new:
        for line in _continued(source, end):
            indent = re.compile(rb"[ \t]*").match(data, line)
            if indent is not None and width(indent[0].decode()) == old + 1:
                yield Edit(line, indent.end(), padding(new + 1).encode())


def _continued(source: SourceFile, opening: int) -> Iterator[int]:
    """The starts of the further lines of a call whose parenthesis opens at an offset."""
    depth = 0
    for offset in range(opening, len(source.masked)):
        byte = source.masked[offset]
        depth += (byte == 0x28) - (byte == 0x29)
        if not depth:
            return
        if byte == 0x0A:
            yield offset + 1


def _removed(source: SourceFile, match: Match) -> list[Edit] | None:
    """A statement with its line, or a member of an initialiser with its comma and its line."""
    start, end = match.start, match.end
    data = source.code
    comma = re.compile(rb"[ \t]*,").match(data, end)
    is_pair = match.nodes[-1].type == "initializer_pair"
    if is_pair and comma is not None:
        end = comma.end()
    if match.piece.macro:
        return _line_in_macro(source, start, end)
    lines = whole_lines(source, start, end)
    if lines is not None:
        return [Edit(*lines, b"")]
    if not is_pair:
        return None
    if comma is not None:
        blanks = re.compile(rb"[ \t]*").match(data, end)
        return [Edit(start, blanks.end() if blanks is not None else end, b"")]
    before = re.compile(rb",\s*\Z").search(data[:start])
    return [Edit(before.start() if before is not None else start, end, b"")]


def _taken_away(source: SourceFile, match: Match) -> list[Edit] | None:
    """A store whose value another one has taken goes: with its statement, or out of its chain."""
    store = match.nodes[0]
    around = chain_around(store)
    assert around is not None
    statement, stores = around
    start, end = match.piece.start(statement), match.piece.end(statement)
    if len(stores) > 1:
        value = store.child_by_field_name("right")
        assert value is not None
        first, last = match.piece.start(store), match.piece.start(value)
        before = re.search(rb"=(\s*)\Z", source.data[start:first])
        if before is not None and b"\n" in before[1] and not match.piece.macro:
            return [Edit(first - len(before[1]), last, b" ")]
        return [Edit(first, last, b"")]
    if match.piece.macro:
        return _line_in_macro(source, start, end)
    lines = whole_lines(source, start, end)
    if lines is None:
        return None
    first, last = lines
    above = source.data[source.line_start(first - 1) : first] if first else b""
    below = source.data[last : source.line_end(last)] if last < len(source.data) else b""
    if above and not above.strip() and (not below.strip() or below.strip() == b"}"):
        first -= len(above)  # else two blank lines would meet, or one the end of the block
    elif above.rstrip().endswith(b"{") and below and not below.strip():
        last += len(below)
    return [Edit(first, last, b"")]


def _line_in_macro(source: SourceFile, start: int, end: int) -> list[Edit] | None:
    line_end, data = source.line_end(end - 1), source.code
    alone = not data[source.line_start(start) : start].strip() and data[end:line_end].strip() == b"\\"
    return [Edit(source.line_start(start), line_end, b"")] if alone else None


def all_edits(edits: Iterable[Sequence[Edit]]) -> list[Edit]:
    """The edits of all sites in one list."""
    return [edit for each in edits for edit in each]
