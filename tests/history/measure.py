"""How far a pattern agrees with what the kernel's developers did: rewrite an old tree, look into a newer one.

    python tests/history/measure.py OLD NEW [-p PATTERN]... [-o RESULTS.md]

For each site that a pattern rewrites in OLD: is the same text in the same function (or initialiser) of NEW? Names of
files and functions are all that is written down, never code. ``history.toml`` beside this file says what later
changes are to be expected, and what the classes of disagreement are about.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from tree_sitter import Node

from migrator.api import migrate_file
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.pattern.template import Template
from migrator.results import FileResult, SiteStatus
from migrator.source import SourceFile, load_dialect
from migrator.syntax import declared_name, walk
from migrator.workspace.prefilter import find_mentions
from migrator.workspace.tree import open_tree

HERE = Path(__file__).resolve().parent
PATTERNS = ("class_create", "vm_flags", "inode_ctime", "strscpy", "probe_new", "no_llseek")
SAMPLES = 6
# How much of the words of two functions must be the same for one to be the other, moved to another file.
ALIKE = 0.4
# The classes of an outcome: those of the first line count as agreement, those of the last say nothing about it.
AGREES, MORE = "agrees", "upstream did more"
DIFFERS, KEPT, NOT_FOUND = "differs", "old form kept", "not found"
REPLACED, GONE = "replaced since", "function gone"
KINDS = (AGREES, MORE, DIFFERS, KEPT, NOT_FOUND, REPLACED, GONE)
UNITS = ("initializer_pair", "call_expression", "expression_statement")


@dataclass(frozen=True)
class Later:
    """``new`` is a change that came after the pattern's: a template over the captures of ``old``.

    ``shared``: one such text stands for several sites (a variable that holds what all of them read).
    """

    old: Template
    new: tuple[str, ...]
    shared: bool


@dataclass(frozen=True)
class Calls:
    """Calls that later took the place of each site, and of all sites of a function."""

    each: tuple[str, ...]
    all: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """One site: its file and region (a function, a variable), the class, and for a difference what stands there."""

    file: str
    region: str
    kind: str
    other: str = ""


@dataclass
class Measured:
    """A pattern's figures."""

    pattern: Pattern
    outcomes: list[Outcome] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    unparsed: int = 0
    seconds: float = 0.0

    def count(self, *kinds: str) -> int:
        return sum(outcome.kind in kinds for outcome in self.outcomes)

    @property
    def comparable(self) -> int:
        return len(self.outcomes) - self.count(REPLACED, GONE)

    @property
    def agreement(self) -> float:
        return self.count(AGREES, MORE) / self.comparable if self.comparable else 0.0

    @property
    def exact(self) -> float:
        """Agreement of the sites whose text no later change has touched."""
        untouched = self.comparable - self.count(MORE)
        return self.count(AGREES) / untouched if untouched else 0.0


class Tree:
    """The newer tree: files by path, and by name for those that were moved."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.dialect = load_dialect(root)

    @cache  # noqa: B019 - one tree for the life of a process
    def by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = defaultdict(list)
        for path in self.root.rglob("*.[ch]"):
            found[path.name].append(path)
        return found

    def regions(self, file: str, name: str, like: str) -> list[str]:
        """The normal texts of all regions of a name in the file of this path, else in files of this file name: there
        only those that are much ``like`` the old one.
        """
        place = self.root / file
        if place.is_file():
            return regions_of(place, self.dialect).get(name, [])
        places = self.by_name().get(place.name, [])
        found = [text for other in places for text in regions_of(other, self.dialect).get(name, ())]
        return [text for text in found if alike(text, like)]


def alike(left: str, right: str) -> bool:
    """Whether two texts share enough of their words; punctuation says nothing."""
    first, second = (set(re.findall(r"[A-Za-z_]\w*", text)) for text in (left, right))
    return len(first & second) >= ALIKE * len(first | second)


@cache
def regions_of(path: Path, dialect: object) -> dict[str, list[str]]:
    source = SourceFile.parse(path.name, path.read_bytes(), dialect)  # type: ignore[arg-type]
    found: dict[str, list[str]] = defaultdict(list)
    for name, node in regions_in(source):
        found[name].append(f" {source.normal(node)} ")
    for span in source.directives:
        name = macro_name(source, span.start, span.end)
        if name:
            text = source.code[span.start : span.end].decode("utf-8", "replace").replace("\\\n", " ")
            found[name].append(f" {spaced(text)} ")
    return found


def macro_name(source: SourceFile, start: int, end: int) -> str:
    match = re.match(rb"\s*#\s*define\s+(\w+)", source.data[start:end])
    return f"#define {match[1].decode()}" if match else ""


_TOKEN = re.compile(r"[A-Za-z_]\w*|\.?\d[\w.]*|\"(?:[^\"\\]|\\.)*\"|->|\+\+|--|<<|>>|[-+*/%&|^=!<>]=|&&|\|\||\S")


_TOKEN_BYTES = re.compile(_TOKEN.pattern.encode())


def spaced(text: str) -> str:
    """The tokens of a text that has no node of its own."""
    return " ".join(_TOKEN.findall(text))


def regions_in(source: SourceFile) -> Iterator[tuple[str, Node]]:
    """Functions, and variables at file scope, with their names."""
    for function in source.functions:
        yield function.name, function.node
    pending = [source.tree.root_node]
    while pending:
        for node in pending.pop().named_children:
            if node.type.startswith(("preproc_if", "preproc_el", "linkage", "declaration_list")):
                pending.append(node)
            elif node.type == "declaration":
                for declarator in node.children_by_field_name("declarator"):
                    name = declared_name(declarator)
                    if name is not None:
                        yield source.text(name).decode("utf-8", "replace"), node


def region_at(source: SourceFile, offset: int) -> str:
    for span in source.directives:
        if span.start <= offset < span.end:
            return macro_name(source, span.start, span.end)
    function = source.function_at(offset)
    if function is not None:
        return function.name
    return next((name for name, node in regions_in(source) if node.start_byte <= offset < node.end_byte), "")


def unit_at(source: SourceFile, start: int, end: int) -> Node | None:
    """The smallest expression, initialiser or statement that holds a range and says something by itself."""
    node = source.tree.root_node.descendant_for_byte_range(start, max(start, end - 1))
    while node is not None and node.type not in UNITS:
        if node.start_byte == start and node.end_byte == end and node.type.endswith("_expression"):
            return node
        node = node.parent
    return node


def sites_of(result: FileResult, source: SourceFile, after: SourceFile) -> Iterator[tuple[str, str, str, Node | None]]:
    """Region, old text, new text (normal) and new node of each edit; edits of white space alone are layout."""
    shift = 0
    for edit in result.edits:
        start = edit.start + shift
        shift += len(edit.replacement) - (edit.end - edit.start)
        if not result.before[edit.start : edit.end].strip(b" \t\r\n\\") and not edit.replacement.strip(b" \t\r\n\\"):
            continue
        region = region_at(source, edit.start + len(result.before[edit.start : edit.end]) // 2)
        if region.startswith("#define"):
            old = spaced(result.before[edit.start : edit.end].decode("utf-8", "replace").replace("\\\n", ""))
            new = spaced(edit.replacement.decode("utf-8", "replace").replace("\\\n", "").rstrip("\\ \t"))
            yield region, old, new, None
            continue
        before, behind = common(result.before[edit.start : edit.end], edit.replacement)
        first, last = edit.start + before[0], edit.end - before[1]
        unit = unit_at(source, first, last)
        old = source.normal(unit) if unit is not None else ""
        twin = None
        if edit.replacement:
            twin = unit_at(after, start + behind[0], start + len(edit.replacement) - behind[1])
        yield region, old, after.normal(twin) if twin is not None else "", twin


def common(before: bytes, after: bytes) -> tuple[tuple[int, int], tuple[int, int]]:
    """How many bytes at both ends of two texts are blanks, or tokens that both have: of the one, of the other.

    An edit that also breaks the line reaches as far as the statement; what it is about does not.
    """
    left, right = ([match.span() for match in _TOKEN_BYTES.finditer(text)] for text in (before, after))
    if not left or not right:
        last = len(before.rstrip(b" \t\r\n,"))
        return (left[0][0] if left else 0, len(before) - last), (right[0][0] if right else 0, 0)
    words = [[text[start:end] for start, end in spans] for text, spans in ((before, left), (after, right))]
    first = 0
    while first < min(map(len, words)) - 1 and words[0][first] == words[1][first]:
        first += 1
    last = 0
    while last < min(map(len, words)) - 1 - first and words[0][-1 - last] == words[1][-1 - last]:
        last += 1
    return (
        (left[first][0], len(before) - left[-1 - last][1]),
        (right[first][0], len(after) - right[-1 - last][1]),
    )


def judge(
    tree: Tree,
    later: Sequence[Later],
    more: Calls,
    names: Sequence[str],
    file: str,
    region: str,
    old: str,
    new: str,
    after: SourceFile,
    twin: Node | None,
    used: Counter[tuple[str, str]],
    like: str,
) -> Outcome:
    texts = tree.regions(file, region, like) if region else []
    if not texts:
        return Outcome(file, region, GONE)
    if not new:
        kept = old and any(f" {old} " in text for text in texts)
        designator = old.partition(" =")[0]
        other = not kept and designator and any(f" {designator} = " in text for text in texts)
        return Outcome(file, region, KEPT if kept else DIFFERS if other else AGREES, "another value" if other else "")
    if _take(texts, new, used):
        return Outcome(file, region, AGREES)
    for text, shared in _later_forms(after, twin, later):
        if _take(texts, text, Counter() if shared else used):
            return Outcome(file, region, MORE)
    if old and any(f" {old} " in text for text in texts):
        return Outcome(file, region, KEPT)
    if any(_take(texts, f"{name} (", used) for name in more.each):
        return Outcome(file, region, REPLACED)
    if any(f" {name} ( " in text for text in texts for name in more.all):
        return Outcome(file, region, REPLACED)
    for name in names:
        if any(re.search(rf" (?:{name}) ", text) for text in texts):
            return Outcome(file, region, DIFFERS, "the new call, with other arguments or in another place")
    return Outcome(file, region, NOT_FOUND)


def _take(texts: Sequence[str], wanted: str, used: Counter[tuple[str, str]]) -> bool:
    """Whether the text stands in one of the regions once more than it was taken before."""
    for text in texts:
        if text.count(f" {wanted} ") > used[text, wanted]:
            used[text, wanted] += 1
            return True
    return False


def _later_forms(after: SourceFile, twin: Node | None, later: Sequence[Later]) -> Iterator[tuple[str, bool]]:
    """What later changes make of a new text: of all of it, or of an expression that holds it."""
    nodes: list[Node] = []
    if twin is not None:
        nodes = [twin]
        while nodes[-1].parent is not None and not nodes[-1].type.endswith("_statement"):
            nodes.append(nodes[-1].parent)
        nodes += walk(twin)
    for rule in later:
        for node in dict.fromkeys(nodes):
            found = rule.old.match(after, node)
            if found is not None:
                for text in rule.new:
                    for name, code in found.items():
                        text = text.replace(f"{{{name}}}", code)
                    yield spaced(text), rule.shared


def measure_file(
    old: Path, new: Path, pattern: Pattern, later: Sequence[Later], more: Calls, names: Sequence[str], file: str
) -> tuple[list[Outcome], Counter[str], Counter[str], int]:
    tree = Tree(new)
    result = migrate_file(old / file, pattern, root=old)
    source = SourceFile.parse(file, result.before, load_dialect(old))
    after = SourceFile.parse(file, result.after, load_dialect(old))
    used: Counter[tuple[str, str]] = Counter()
    own = own_regions(source)
    outcomes = [
        judge(tree, later, more, names, file, region, before, text, after, twin, used, own.get(region, ""))
        for region, before, text, twin in sites_of(result, source, after)
    ]
    refused: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    lines = result.before.split(b"\n")
    for site in result.sites:
        if site.status is not SiteStatus.REFUSED:
            continue
        refused.update(str(item.code) for item in site.diagnostics)
        region = site.function
        texts = tree.regions(file, region, own.get(region, "")) if region else []
        line = spaced(lines[site.line - 1].decode("utf-8", "replace").strip())
        if texts and not any(f" {line} " in text for text in texts):
            missed.update(_reason(item.message) for item in site.diagnostics[:1])
    unparsed = sum(mention.status == "unparsed" for mention in result.mentions)
    return outcomes, refused, missed, unparsed


def own_regions(source: SourceFile) -> dict[str, str]:
    """The normal text of each region of a file of the older tree, by name."""
    found = {name: f" {source.normal(node)} " for name, node in regions_in(source)}
    for span in source.directives:
        name = macro_name(source, span.start, span.end)
        if name:
            found[name] = spaced(source.code[span.start : span.end].decode("utf-8", "replace").replace("\\\n", " "))
    return found


def _reason(message: str) -> str:
    """A refusal without what is particular to its site."""
    return re.sub(r"`[^`]*`", "...", message).partition(": ")[0]


def measure(old: Path, new: Path, name: str, jobs: int) -> Measured:
    started = time.monotonic()
    pattern = load_pattern(name)
    history = tomllib.loads((HERE / "history.toml").read_text(encoding="utf-8")).get(name, {})
    later = tuple(
        Later(Template.parse(item["old"]), tuple(item["new"]), item.get("shared", False))
        for item in history.get("later", ())
    )
    more = Calls(tuple(history.get("calls_for_each", ())), tuple(history.get("calls_for_all", ())))
    names = tuple(history.get("new_names", ()))
    files = find_mentions(open_tree([old], old), pattern.words, jobs).files
    measured = Measured(pattern)
    work = partial(measure_file, old, new, pattern, later, more, names)
    with ProcessPoolExecutor(jobs) as pool:
        for outcomes, refused, missed, unparsed in pool.map(work, files, chunksize=8):
            measured.outcomes += outcomes
            measured.refused += refused
            measured.missed += missed
            measured.unparsed += unparsed
    measured.seconds = time.monotonic() - started
    return measured


# -- the report ----------------------------------------------------------------------------------------------------


def report(found: Sequence[Measured], old: str, new: str) -> Iterator[str]:
    notes = tomllib.loads((HERE / "history.toml").read_text(encoding="utf-8"))
    yield "# Patterns against history"
    yield ""
    yield f"Made by `tests/history/measure.py`, never edited by hand: each pattern rewrites {old}; the same function,"
    yield f"initialiser or macro is then looked up in {new}."
    yield ""
    yield "- *agrees*: the same text, token by token; *did more*: that text after a change that `history.toml` lists"
    yield "- *differs*: the new call is there with other arguments, or in another place; *kept*: the old form is there"
    yield "- *not found*: neither is there any more"
    yield "- *replaced*: another call has taken the place of the new one since, which says nothing about this one"
    yield "- *gone*: no function of this name in a file of this path, nor one like it in a file of this name"
    yield "- *agreement*: agrees and did more, of all but replaced and gone (precision)"
    yield "- *exact*: agrees, of those that no later change has touched"
    yield "- *recall*: of the sites that upstream changed (those of the agreement, and refused ones whose line is gone)"
    yield ""
    heads = ["pattern", "rewritten", AGREES, "did more", DIFFERS, "kept", NOT_FOUND, "replaced", "gone", "agreement"]
    heads += ["exact", "refused", "recall"]
    yield f"| {' | '.join(heads)} |"
    yield f"| ---{' | ---:' * (len(heads) - 1)} |"
    for item in found:
        good = item.count(AGREES, MORE)
        recall = good / (good + item.missed.total()) if good else 0.0
        figures = [len(item.outcomes), *(item.count(kind) for kind in KINDS)]
        cells = [item.pattern.name, *figures, f"{item.agreement:.1%}", f"{item.exact:.1%}"]
        cells += [item.refused.total(), f"{recall:.1%}"]
        yield f"| {' | '.join(map(str, cells))} |"
    for item in found:
        yield ""
        yield f"## {item.pattern.name}"
        yield ""
        yield f"{item.pattern.summary}."
        if item.refused:
            codes = ", ".join(f"{count} {code}" for code, count in item.refused.most_common())
            yield f"Refused: {codes}; upstream changed {item.missed.total()} of them."
        if item.unparsed:
            yield f"Mentions in code that does not parse: {item.unparsed}."
        if item.missed:
            yield "Why those were refused that upstream changed:"
            yield ""
            yield from (f"- {count}: {reason}" for reason, count in item.missed.most_common(SAMPLES))
        yield from _disagreements(item, notes.get(item.pattern.name, {}).get("notes", {}))


def _disagreements(item: Measured, notes: dict[str, str]) -> Iterator[str]:
    for kind in (DIFFERS, KEPT, NOT_FOUND):
        places = sorted({f"{one.file}:{one.region}" for one in item.outcomes if one.kind == kind})
        if not places:
            continue
        yield ""
        yield f"*{kind}* ({item.count(kind)}): {notes.get(kind, 'not looked at yet')}"
        yield ""
        step = max(1, len(places) // SAMPLES)
        yield from (f"- {place}" for place in places[::step][:SAMPLES])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("-p", "--pattern", action="append")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="list every disagreement")
    given = parser.parse_args(arguments)
    found = []
    for name in given.pattern or PATTERNS:
        item = measure(given.old, given.new, name, given.jobs)
        found.append(item)
        kinds = ", ".join(f"{kind} {item.count(kind)}" for kind in KINDS)
        print(f"{name}: {item.agreement:.1%} ({kinds}; {item.seconds:.0f} s)", file=sys.stderr)
        if given.verbose:
            for one in item.outcomes:
                if one.kind in (DIFFERS, KEPT, NOT_FOUND):
                    print(f"{one.kind}: {one.file}:{one.region}")
    text = "\n".join(report(found, given.old.name, given.new.name)) + "\n"
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")
    elif not given.verbose:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
