"""Patterns on a real tree against stored counts: ``python tests/realtree/check.py TREE [--update]``.

``counts.json`` holds figures, never code: for each pattern the paths that are scanned, sites by status, diagnostics by
code, mentions by kind and status, and how many lines the diff adds and removes. It was made on one point release. On
this one every figure must be the same; on another the invariants must hold, the sites must be the same by status, and
the mentions may differ by a tenth.

The invariants: the number of mentions is what ``grep -rwo`` counts, none is unaccounted for, and where something is
rewritten the series applies and a second run finds no work. Needs grep and git.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from migrator.pattern.load import load_pattern

COUNTS = Path(__file__).resolve().parent / "counts.json"
TOLERANCE = 0.1


class Figures(Struct, frozen=True):
    """What is counted for one pattern."""

    paths: list[str]
    sites: dict[str, int] = {}
    codes: dict[str, int] = {}
    mentions: dict[str, int] = {}
    added: int = 0
    removed: int = 0


class Counts(Struct, frozen=True):
    """The stored file. ``version``: the release that it was made on."""

    version: str
    patterns: dict[str, Figures]


def version_of(tree: Path) -> str:
    """The release of a kernel tree, by its Makefile; ends the run where there is none."""
    try:
        head = (tree / "Makefile").read_text(encoding="utf-8")[:400]
    except OSError as error:
        raise SystemExit(f"{tree}: no kernel tree: {error.strerror}") from None
    found = dict(re.findall(r"^(VERSION|PATCHLEVEL|SUBLEVEL) = (\d+)$", head, re.MULTILINE))
    return ".".join(found.get(name, "?") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL"))


def migrator(tree: Path, *arguments: str) -> str:
    """What a command prints; ends the run where it could not do its work."""
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *arguments], cwd=tree, capture_output=True, text=True, errors="replace",
        check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        raise SystemExit(f"migrator {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def counted_by_grep(tree: Path, words: Sequence[str], paths: Sequence[str]) -> int:
    """Whole words in C files, by a tool that knows nothing of this project."""
    given = [option for word in words for option in ("-e", word)]
    command = ["grep", "-rwoFh", "--include=*.[ch]", *given, "--", *paths]
    return len(subprocess.run(command, cwd=tree, capture_output=True, check=False).stdout.splitlines())


def measure(tree: Path, name: str, paths: list[str]) -> tuple[Figures, list[str]]:
    """The figures of one pattern, and what is wrong whatever the stored ones are."""
    report = json.loads(migrator(tree, "scan", "--format", "json", "-p", name, *paths))
    wrong: list[str] = []
    mentions = Counter(f"{item['kind']} {item['status']}" for item in report["mentions"])
    words = counted_by_grep(tree, load_pattern(name).words, paths)
    if words != mentions.total():
        wrong.append(f"{mentions.total()} mentions, but grep counts {words}")
    if report["totals"]["unaccounted"]:
        wrong.append(f"{report['totals']['unaccounted']} mentions are unaccounted for")
    diagnostics = [item for site in report["sites"] for item in site["diagnostics"]] + report["diagnostics"]
    diff = ""
    if load_pattern(name).kind != "check":
        diff = migrator(tree, "diff", "-q", "-p", name, *paths)
        if diff:
            wrong += check_series(tree, name, paths)
    lines = Counter(line[0] for line in diff.splitlines() if re.match(r"[+-](?![+-]{2} )", line))
    figures = Figures(
        paths=paths,
        sites=dict(sorted(Counter(item["status"] for item in report["sites"]).items())),
        codes=dict(sorted(Counter(item["code"] for item in diagnostics if item["severity"] != "note").items())),
        mentions=dict(sorted(mentions.items())),
        added=lines["+"],
        removed=lines["-"],
    )
    return figures, wrong


def check_series(tree: Path, name: str, paths: Sequence[str]) -> Iterator[str]:
    """Whether the patches of a series apply one by one, and nothing is left to do behind them."""
    with tempfile.TemporaryDirectory(prefix="migrator-") as scratch:
        copy, mails = Path(scratch, "tree"), Path(scratch, "mails")
        for path in paths:
            shutil.copytree(tree / path, copy / path)
        migrator(copy, "format-patch", "-q", "-p", name, "-o", str(mails), "--author", "A <a@example.org>", *paths)
        for mail in sorted(mails.glob("*.patch"))[1:]:
            done = subprocess.run(
                ["git", "apply", str(mail)], cwd=copy, capture_output=True, text=True, check=False,
                env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CEILING_DIRECTORIES": scratch},
            )  # fmt: skip
            if done.returncode:
                yield f"{mail.name} does not apply: {done.stderr.strip()}"
        again = json.loads(migrator(copy, "scan", "--format", "json", "-p", name, *paths))
        left = [item for item in again["sites"] if item["status"] != "refused"]
        if left:
            yield f"a second run finds {len(left)} sites"


def differences(known: Figures, found: Figures, *, exact: bool) -> Iterator[tuple[str, object, object]]:
    """What differs more than it may: what it is, the stored figure, the new one."""
    if exact:
        for key in ("sites", "codes", "mentions"):
            stored: Mapping[str, int] = getattr(known, key)
            measured: Mapping[str, int] = getattr(found, key)
            for name in sorted(stored.keys() | measured.keys()):
                if stored.get(name, 0) != measured.get(name, 0):
                    yield f"{key}: {name}", stored.get(name, 0), measured.get(name, 0)
        for key in ("added", "removed"):
            if getattr(known, key) != getattr(found, key):
                yield f"lines {key}", getattr(known, key), getattr(found, key)
        return
    if known.sites != found.sites:
        yield "sites", known.sites, found.sites
    before, after = sum(known.mentions.values()), sum(found.mentions.values())
    if abs(before - after) > TOLERANCE * before:
        yield "mentions", before, after


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
    failed = False
    measured: dict[str, Figures] = {}
    for name, known in stored.patterns.items():
        found, wrong = measure(given.tree, name, known.paths)
        measured[name] = found
        rows = [] if given.update else list(differences(known, found, exact=exact))
        for problem in wrong:
            print(f"{name}: {problem}")
        for what, expected, got in rows:
            print(f"{name}: {what}: {expected} expected, {got} found")
        failed = failed or bool(wrong or rows)
        sums = ", ".join(f"{count} {status}" for status, count in found.sites.items()) or "no site"
        print(f"{name}: {sums}; {sum(found.mentions.values())} mentions, +{found.added} -{found.removed} lines")
    if failed:
        print(f"counts of Linux {stored.version} do not hold on {version}; look why, then run this with --update")
        return 1
    if given.update:
        text = msgspec.json.format(msgspec.json.encode(Counts(version, measured)), indent=1)
        given.counts.write_bytes(text + b"\n")
    print(f"Linux {version}: all counts hold" + ("" if exact else f" within tolerance (they are of {stored.version})"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
