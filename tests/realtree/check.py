"""Patterns on a real tree against stored counts: ``python -m tests.realtree.check TREE [--update]``.

``counts.json`` holds figures, never code: for each pattern the paths that are scanned, sites by status, diagnostics by
code, mentions by kind and status, how many lines the diff adds and removes, and how often the names stand in the tree
behind a series that renames. It was made on one point release. On this one every figure must be the same; on another
sites and mentions may differ by a tenth. A pattern is named as ``-p`` takes it; ``./NAME`` is a folder beside
``counts.json``.

What must hold on any release: the number of mentions is what grep counts, none is unaccounted for, and where something
is rewritten the result is right (see ``rewritten``). Needs grep and git.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from tests.realtree.commands import Run, count_words
from tests.realtree.figures import Counts, Figures, Row, differences
from tests.realtree.rewritten import check_rewritten

COUNTS = Path(__file__).resolve().parent / "counts.json"


def version_of(tree: Path) -> str:
    """The release of a kernel tree, by its Makefile; ends the run where there is none."""
    try:
        head = (tree / "Makefile").read_text(encoding="utf-8")[:400]
    except OSError as error:
        raise SystemExit(f"{tree}: no kernel tree: {error.strerror}") from None
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", head, re.MULTILINE))
    return ".".join(found.get(name, "?") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def measure(run: Run) -> tuple[Figures, list[Row]]:
    """The figures of one pattern, and what is wrong whatever the stored ones are."""
    report = json.loads(run.migrator("scan", "--format", "json"))
    rows: list[Row] = []
    mentions = Counter(f"{item['kind']} {item['status']}" for item in report["mentions"])
    by_grep = count_words(run.tree, run.pattern.words, run.paths).total()
    if by_grep != mentions.total():
        rows.append(Row("mentions, by grep", by_grep, mentions.total()))
    if report["totals"]["unaccounted"]:
        rows.append(Row("mentions unaccounted for", 0, report["totals"]["unaccounted"]))
    diagnostics = [item for site in report["sites"] for item in site["diagnostics"]] + report["diagnostics"]
    diff = run.migrator("diff", "-q") if run.pattern.kind != "check" else b""
    words: dict[str, int] = {}
    if diff:
        words, wrong = check_rewritten(run, report["mentions"], diff)
        rows += wrong
    lines = Counter(re.findall(rb"^[+-](?![+-]{2} )", diff, re.MULTILINE))
    figures = Figures(
        paths=run.paths,
        sites=dict(sorted(Counter(item["status"] for item in report["sites"]).items())),
        codes=dict(sorted(Counter(item["code"] for item in diagnostics if item["severity"] != "note").items())),
        mentions=dict(sorted(mentions.items())),
        words=words,
        added=lines[b"+"],
        removed=lines[b"-"],
    )
    return figures, rows


def table(rows: Sequence[Row]) -> Iterator[str]:
    """What does not hold, in columns."""
    cells = [("what", "expected", "found"), *((row.what, str(row.expected), str(row.found)) for row in rows)]
    first, second = (max(len(row[column]) for row in cells) for column in (0, 1))
    for what, expected, found in cells:
        yield f"{what:<{first}}  {expected:>{second}}  {found}"


def main(arguments: Sequence[str]) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", type=Path)
    parser.add_argument("--update", action="store_true", help="store what is counted")
    parser.add_argument("--counts", type=Path, default=COUNTS)
    given = parser.parse_args(arguments)
    stored = msgspec.json.decode(given.counts.read_bytes(), type=Counts)
    version = version_of(given.tree)
    exact = version == stored.version
    failed: list[Row] = []
    measured: dict[str, Figures] = {}
    for name, known in stored.patterns.items():
        option = str(given.counts.resolve().parent / name) if name.startswith("./") else name
        found, rows = measure(Run(given.tree, option, known.paths))
        measured[name] = found
        rows += [] if given.update else differences(known, found, exact=exact)
        failed += (Row(f"{name}: {row.what}", row.expected, row.found) for row in rows)
        sums = ", ".join(f"{count} {status}" for status, count in found.sites.items()) or "no site"
        print(f"{name}: {sums}; {sum(found.mentions.values())} mentions, +{found.added} -{found.removed} lines")
    if failed:
        print("", *table(failed), "", sep="\n")
        print(f"counts of Linux {stored.version} do not hold on {version}; look why, then run this with --update")
        return 1
    if given.update:
        text = msgspec.json.format(msgspec.json.encode(Counts(version, measured)), indent=1)
        given.counts.write_bytes(text + b"\n")
    print(f"Linux {version}: all counts hold" + ("" if exact else f" within tolerance (they are of {stored.version})"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
