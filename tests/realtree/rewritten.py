"""Whether a rewritten tree is right: the series applies to a copy, which is then held against the tree.

Behind a series each file that changed parses as well as before, and a second run finds no work. A rewrite has to
account for more: taking back the diff gives the tree again, and where all rules rename, grep finds as many old names
less, and new ones more, as the ledger says were rewritten.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from migrator.pattern.model import Pattern
from migrator.source import Dialect, SourceFile, load_dialect
from migrator.syntax import walk
from tests.realtree.commands import Run, count_words, git_apply
from tests.realtree.figures import Row

REWRITTEN = ("migrated", "warned")


def check_rewritten(run: Run, mentions: Sequence[Mapping[str, str]], diff: bytes) -> tuple[dict[str, int], list[Row]]:
    """The names that are left where the pattern renames, and what is wrong with what its series makes."""
    new = new_names(run.pattern)
    words = {*run.pattern.words, *new} if new else ()
    with tempfile.TemporaryDirectory(prefix="migrator-") as scratch:
        copy = Run(Path(scratch, "tree"), run.option, run.paths)
        files = copy_files(run, copy.tree, {mention["file"] for mention in mentions})
        before = count_words(copy.tree, words, run.paths) if words else Counter()
        rows = list(apply_series(copy, Path(scratch, "mails")))
        after = count_words(copy.tree, words, run.paths) if words else Counter()
        rows += check_words(run.pattern, new, mentions, before, after)
        rows += check_parses(run.tree, copy.tree, files)
        left = [site for site in json.loads(copy.migrator("scan", "--format", "json"))["sites"] if _is_work(site)]
        if left:
            rows.append(Row("sites that a second run finds", 0, len(left)))
        if run.pattern.rewrite is not None:  # other series have more patches than those of the diff
            rows += check_taken_back(run.tree, copy.tree, files, diff)
    return dict(sorted(after.items())), rows


def copy_files(run: Run, copy: Path, mentioned: Iterable[str]) -> list[str]:
    """Copy what the pattern can look at; returns the files. A rewrite sees one file at a time, so these are enough."""
    if run.pattern.rewrite is not None:
        files = sorted(mentioned)
    else:
        inside = (path for top in run.paths for path in (run.tree / top).rglob("*.[ch]") if path.is_file())
        files = sorted(str(path.relative_to(run.tree)) for path in inside)
    for file in [*files, ".clang-format"]:  # the latter names the loop macros
        if (run.tree / file).exists():
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(run.tree / file, copy / file)
    for top in run.paths:
        (copy / top).mkdir(parents=True, exist_ok=True)
    return files


def apply_series(copy: Run, mails: Path) -> Iterator[Row]:
    """Apply the patches one by one, as a maintainer would."""
    copy.migrator("format-patch", "-q", "-o", str(mails), "--author", "A <a@example.org>")
    for mail in sorted(mails.glob("*.patch"))[1:]:
        complaint = git_apply(copy.tree, mail.read_bytes())
        if complaint:
            yield Row(mail.name, "applies", complaint)


def new_names(pattern: Pattern) -> frozenset[str]:
    """The names that a rewrite gives, where it does nothing but rename; empty for any other pattern."""
    rules = [rule for rule in (pattern.rewrite.rules if pattern.rewrite is not None else ()) if rule.edits]
    names = frozenset(name for rule in rules for name in rule.rename.values())
    return names if all(rule.rename for rule in rules) and not names.intersection(pattern.words) else frozenset()


def check_words(
    pattern: Pattern, new: frozenset[str], mentions: Iterable[Mapping[str, str]], before: Counter[str],
    after: Counter[str],
) -> Iterator[Row]:  # fmt: skip
    """Whether the names are gone that the ledger says were rewritten, and as many new ones have come."""
    rewritten = Counter(mention["name"] for mention in mentions if mention["status"] in REWRITTEN)
    for name in pattern.words if new else ():
        if after[name] != before[name] - rewritten[name]:
            yield Row(f"{name} behind the series", before[name] - rewritten[name], after[name])
    expected, found = sum(before[name] for name in new) + rewritten.total(), sum(after[name] for name in new)
    if new and expected != found:
        yield Row(f"{', '.join(sorted(new))} behind the series", expected, found)


def check_parses(tree: Path, copy: Path, files: Iterable[str]) -> Iterator[Row]:
    """Whether no file that changed parses worse than before."""
    dialect = load_dialect(tree)
    for file in files:
        before, after = _bytes(tree / file), _bytes(copy / file)
        if before != after:
            known, found = count_errors(file, before, dialect), count_errors(file, after, dialect)
            if found > known:
                yield Row(f"{file}: parse errors", f"{known} at most", found)


def count_errors(path: str, data: bytes, dialect: Dialect) -> int:
    """ERROR and MISSING nodes, and functions that were taken out of the tree because they hold some."""
    source = SourceFile.parse(path, data, dialect)
    nodes = sum(node.is_error or node.is_missing for node in walk(source.tree.root_node))
    return nodes + sum(function.broken for function in source.functions)


def check_taken_back(tree: Path, copy: Path, files: Iterable[str], diff: bytes) -> Iterator[Row]:
    """Whether the diff leads from the tree to what the series made of it: backwards, it gives the tree again."""
    complaint = git_apply(copy, diff, "--reverse")
    if complaint:
        yield Row("the diff behind the series, backwards", "applies", complaint)
        return
    differ = [file for file in files if _bytes(tree / file) != _bytes(copy / file)]
    if differ:
        yield Row("files that series and diff change differently", 0, f"{len(differ)}, first {differ[0]}")


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""  # a series may remove a file


def _is_work(site: Mapping[str, str]) -> bool:
    return site["status"] in REWRITTEN
