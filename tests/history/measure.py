"""How far a pattern agrees with what the kernel's developers did: rewrite an old tree, look into newer ones.

    python -m tests.history.measure OLD NEW [--near TREE]... [-p PATTERN]... [-o RESULTS.md]

For each site that a pattern rewrites in OLD: is the same text in the same function (or initialiser) of NEW? And in the
first release with the change, of the trees that ``--near`` gives: there little else has happened to it. Names of files
and functions are all that is written down, never code. ``history.toml`` beside this file says what later changes are
to be expected, and what the disagreements are about.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from migrator.api import migrate_file
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.results import FileResult, SiteStatus
from migrator.source import SourceFile, load_dialect
from migrator.workspace.prefilter import find_mentions
from migrator.workspace.tree import open_tree
from tests.history.later import History, ordered, read_history
from tests.history.outcomes import KINDS, Judge
from tests.history.regions import Tree, spaced, texts_of, tree_at
from tests.history.report import Measured, Row, report
from tests.history.sites import sites_of
from tests.realtree.check import version_of

PATTERNS = ("class_create", "vm_flags", "inode_ctime", "strscpy", "probe_new", "no_llseek")


Beside = Sequence[tuple[Path, History]]  # newer trees, each with what had happened by its release


def measure_file(old: Path, beside: Beside, pattern: Pattern, file: str) -> list[Measured]:
    """The figures of one file, beside each tree."""
    result = migrate_file(old / file, pattern, root=old)
    dialect = load_dialect(old)
    source, after = (SourceFile.parse(file, text, dialect) for text in (result.before, result.after))
    own = {name: texts[-1] for name, texts in texts_of(source).items()}
    sites = list(sites_of(result, source, after))
    found = []
    for root, history in beside:
        judge = Judge(tree_at(root), history)
        measured = Measured([judge.outcome(site, own.get(site.region, "")) for site in sites])
        measured.refused, measured.missed = refusals(result, tree_at(root), own)
        measured.unparsed = sum(mention.status == "unparsed" for mention in result.mentions)
        found.append(measured)
    return found


def refusals(result: FileResult, tree: Tree, own: dict[str, str]) -> tuple[Counter[str], Counter[str]]:
    """Codes of refused sites; reasons of those whose line is not in the newer function any more."""
    refused: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    lines = result.before.split(b"\n")
    for site in result.sites:
        if site.status is not SiteStatus.REFUSED:
            continue
        refused.update(str(item.code) for item in site.diagnostics)
        region = site.function
        texts = tree.regions(result.path, region, own.get(region, "")) if region else []
        line = spaced(lines[site.line - 1].decode("utf-8", "replace").strip())
        if texts and not any(f" {line} " in text for text in texts):
            missed.update(_reason(item.message) for item in site.diagnostics[:1])
    return refused, missed


def _reason(message: str) -> str:
    """A refusal without what is particular to its site."""
    return re.sub(r"`[^`]*`", "...", message).partition(": ")[0]


def measure(old: Path, trees: Sequence[Path], name: str, history: History, jobs: int) -> list[Measured]:
    """The figures of one pattern beside each of some newer trees."""
    pattern = load_pattern(name)
    beside = [(tree, history.until(version_of(tree))) for tree in trees]
    files = find_mentions(open_tree([old], old), pattern.words, jobs).files
    total = [Measured() for _ in trees]
    with ProcessPoolExecutor(jobs) as pool:
        for part in pool.map(partial(measure_file, old, beside, pattern), files, chunksize=8):
            for one, more in zip(total, part, strict=True):
                one.add(more)
    return total


def nearest(trees: Sequence[Path], release: str) -> Path | None:
    """Of some trees the first one that has what came with a release."""
    fit = [tree for tree in trees if ordered(version_of(tree)) >= ordered(release)]
    return min(fit, key=lambda tree: ordered(version_of(tree)), default=None)


def main(arguments: Sequence[str]) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--near", type=Path, action="append", default=[], help="a release between the two")
    parser.add_argument("-p", "--pattern", action="append")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true", help="list every disagreement")
    given = parser.parse_args(arguments)
    known = read_history()
    rows = []
    for name in given.pattern or PATTERNS:
        near = nearest([*given.near, given.new], known[name].release) if given.near else None
        trees = [given.new, *([near] if near is not None else [])]
        found = measure(given.old, trees, name, known[name], given.jobs)
        rows.append(Row(load_pattern(name), known[name], [version_of(tree) for tree in trees], found))
        for release, item in zip(rows[-1].releases, found, strict=True):
            kinds = ", ".join(f"{kind} {item.count(kind)}" for kind in KINDS)
            print(f"{name}, {release}: {item.agreement:.1%} ({kinds})", file=sys.stderr)
            if given.verbose:
                print(*(f"{release} {one.kind}: {one.file}:{one.region}" for one in item.disagreements), sep="\n")
    text = "\n".join(report(rows, version_of(given.old), version_of(given.new))) + "\n"
    if given.output is not None:
        given.output.write_text(text, encoding="utf-8")
    elif not given.verbose:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
