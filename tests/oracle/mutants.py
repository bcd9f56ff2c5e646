"""Named ways to break a rewrite, and the comparison: what a faulty rewriter would have put out.

A mutant takes a result and returns it broken in one function, or None where it does not apply. They work on what comes
out, so that they say nothing about how the rewriter is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from migrator.diagnostics import Code, Diagnostic
from migrator.results import FileResult, Site

Mutant = Callable[[FileResult], FileResult | None]

_CHARGE = rb"mem_cgroup_charge\(([^;]*?)\)"


def _edited(pattern: bytes, replacement: bytes | Callable[[re.Match[bytes]], bytes]) -> Mutant:
    """Change the first place that an expression finds in the rewritten text."""

    def mutant(result: FileResult) -> FileResult | None:
        after, count = re.subn(pattern, replacement, result.after, count=1, flags=re.DOTALL)
        return replace(result, after=after) if count and after != result.after else None

    return mutant


def _without(code: Code) -> Mutant:
    """Say nothing about one kind of difference."""

    def kept(item: Diagnostic) -> bool:
        return item.code is not code

    def quiet(site: Site) -> Site:
        return replace(site, diagnostics=tuple(filter(kept, site.diagnostics)))

    def mutant(result: FileResult) -> FileResult | None:
        sites = tuple(quiet(site) for site in result.sites)
        return replace(result, sites=sites) if sites != result.sites else None

    return mutant


def _moved_down(match: re.Match[bytes]) -> bytes:
    return match[2] + match[1]


def _wrong_label(result: FileResult) -> FileResult | None:
    """Let the first goto of a function lead to another of its labels."""
    for function in re.finditer(rb"^static .*?^\}", result.after, re.DOTALL | re.MULTILINE):
        labels = re.findall(rb"^(\w+):$", function[0], re.MULTILINE)
        goto = re.search(rb"goto (\w+);", function[0])
        others = [label for label in labels if goto is not None and label not in (goto[1], b"retry")]
        if goto is None or not others or goto[1] == b"retry":
            continue
        start = function.start() + goto.start(1)
        return replace(result, after=result.after[:start] + others[-1] + result.after[start + len(goto[1]) :])
    return None


MUTANTS: dict[str, Mutant] = {
    "the charge is forgotten": _edited(rb"mem_cgroup_charge\([^;]*?\)(?=;|\)\n|\) \{)", b"0"),
    "the arguments are swapped": _edited(
        rb"mem_cgroup_charge\(page,(\s+)([\w>-]+),(\s+)(\w+)", rb"mem_cgroup_charge(page,\1\4,\3\2"
    ),
    "another object is charged": _edited(rb"mem_cgroup_charge\(page,", b"mem_cgroup_charge((void *)mapping,"),
    "the error is not assigned": _edited(rb"err = (mem_cgroup_charge\([^;]*\);)", rb"\1"),
    "the test is inverted": _edited(rb"(err = mem_cgroup_charge\([^;]*\);\n\tif \()(err\))", rb"\1!\2"),
    "the error of the charge is not tested": _edited(
        rb"(err = mem_cgroup_charge\([^;]*\);\n\tif \()(err\))", rb"\g<1>0)"
    ),
    "a release is dropped": _edited(rb"\tput_page\(page\);\n", b"\t;\n"),
    "a release is doubled": _edited(rb"\tput_page\(page\);\n", b"\tput_page(page);\n\tput_page(page);\n"),
    "an unlock is dropped": _edited(rb"\t\w*unlock\w*\(\w[^;]*\);\n", b"\t;\n"),
    "the wrong label": _wrong_label,
    "a charge too late": _edited(
        rb"(\terr = mem_cgroup_charge\([^;]*\);\n\tif \(err\)\n\t\t(?:goto|return) \w+;\n\n?)(\t\w+\(page\);\n)",
        _moved_down,
    ),
    "the throttle is dropped": _edited(rb"\tcgroup_throttle_swaprate\([^;]*\);\n", b"\t;\n"),
    "a guard goes with its body": _edited(
        rb"if \(!(?:huge|order)\) \{\n(\t\t[^}]*mem_cgroup_charge[^}]*)\}", rb"{\n\1}"
    ),
    "a guard is turned round": _edited(
        rb"if \(!(huge|order)\)( \{\n\t\t[^}]*mem_cgroup_charge)", rb"if (\1)\2"
    ),
    "a returned code is changed": _edited(rb"return -ENOMEM;", b"return -EIO;"),
    "a preset code is lost": _edited(rb"\terr = -ENOMEM;\n", b"\t;\n"),
    "success returns an error": _edited(rb"\treturn 0;\n", b"\treturn 1;\n"),
    "a test that has effects goes": _edited(rb"\tif \(\w+_(?:fails|wants|raced|late)\d*\(page\)\)", b"\tif (0)"),
    "a neighbour's statement goes": _edited(rb"\t\w+_touch\w*\(page\);\n", b"\t;\n"),
    "a store is lost": _edited(rb"\tpage->(?:private|flags) = (?:index|1);\n", b"\t;\n"),
    "the charge under a lock": _edited(
        rb"(\t(?:err = |if \()(?:unlikely\()?mem_cgroup_charge)", rb"\tspin_lock(&mapping->lock);\n\1"
    ),
    "an abort is left": _edited(
        rb"(\treturn err;\n)", b"\tmem_cgroup_cancel_charge(page, (void *)0, false);\n\\1"
    ),
    "the handle is used on": _edited(
        rb"count_memcg_page_event\(page, (\w+)\)", rb"count_memcg_page_event((void *)mm, \1)"
    ),
    "nothing said of a charge that stays": _without(Code.CHARGE_OUTLIVES_ABORT),
    "nothing said of a dropped argument": _without(Code.ARGUMENT_DROPPED),
    "nothing said of a wider error path": _without(Code.ERROR_PATH_WIDENED),
    "nothing said of a setup": _without(Code.SETUP_NOT_UNDONE),
    "nothing said of another return value": _without(Code.RETURN_CHANGED),
    "nothing said of a drift": _without(Code.ARGUMENT_DRIFT),
}  # fmt: skip


def applicable(result: FileResult) -> Iterator[tuple[str, FileResult]]:
    """All mutants of a result."""
    for name, mutant in MUTANTS.items():
        broken = mutant(result)
        if broken is not None:
            yield name, broken
