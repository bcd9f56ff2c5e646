"""What is said below ``---``: the diagnostics in the words of a reviewer, and how the patch was made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from migrator.diagnostics import Diagnostic, Severity
from migrator.results import FileResult, Site, SiteStatus
from migrator.series.text import filled

_WIDTH = 72


class Provenance(Struct, frozen=True):
    """All that is needed to make a patch again.

    ``options`` are those of the command line that changed the result, ``paths`` what it named, as a shell reads it
    from the root of the tree; empty for all of it.
    """

    tool: str
    pattern: str
    digest: str
    options: str = ""
    base: str = ""
    paths: str = ""


class Finding(Struct, frozen=True):
    """A diagnostic with the weight that it has for its site: on a site that was left alone all of them are refusals."""

    severity: Severity
    diagnostic: Diagnostic


def findings(results: Sequence[FileResult]) -> tuple[Finding, ...]:
    """All diagnostics of these results, in order of place."""
    return weighed(
        (site for result in results for site in result.sites),
        (item for result in results for item in loose_diagnostics(result)),
    )


def loose_diagnostics(result: FileResult) -> tuple[Diagnostic, ...]:
    """Those that belong to no site."""
    return (*result.diagnostics, result.error) if result.error is not None else result.diagnostics


def weighed(sites: Iterable[Site], loose: Iterable[Diagnostic]) -> tuple[Finding, ...]:
    """The diagnostics of sites and those that belong to none, in order of place."""
    found = [Finding(item.severity, item) for item in loose]
    for site in sites:
        refused = site.status is SiteStatus.REFUSED
        for item in site.diagnostics:
            weight = Severity.REFUSAL if refused and item.severity is Severity.WARNING else item.severity
            found.append(Finding(weight, item))
    return tuple(sorted(found, key=lambda item: (item.diagnostic.file, item.diagnostic.line, item.diagnostic.code)))


def by_weight(found: Sequence[Finding]) -> tuple[tuple[Severity, tuple[Diagnostic, ...]], ...]:
    """The diagnostics of each weight that occurs, the weightiest for a reviewer first.

    Those that say the same of one place become one, with the other places of all.
    """
    groups = (
        (severity, _merged(item.diagnostic for item in found if item.severity is severity)) for severity in _HEADINGS
    )
    return tuple((severity, diagnostics) for severity, diagnostics in groups if diagnostics)


def _merged(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    merged: dict[tuple[object, ...], Diagnostic] = {}
    for item in diagnostics:
        key = (item.code, item.file, item.line, item.function, item.message)
        first = merged.get(key)
        if first is not None:
            related = tuple(dict.fromkeys((*first.related, *item.related)))
            suggestions = tuple(dict.fromkeys((*first.suggestions, *item.suggestions)))
            item = replace(first, related=related, suggestions=suggestions)
        merged[key] = item
    return tuple(merged.values())


def review_notes(found: Sequence[Finding]) -> str:
    """The findings as lists, each under its heading; empty for none."""
    return "\n\n".join(
        _HEADINGS[severity] + "\n\n" + "\n".join(map(described, diagnostics))
        for severity, diagnostics in by_weight(found)
    )


_HEADINGS = {
    Severity.WARNING: "Please review, this behaves differently now (lines as before the series):",
    Severity.REFUSAL: "Left as it is:",
    Severity.ERROR: "Could not be read:",
    Severity.NOTE: "Notes:",
}


def described(diagnostic: Diagnostic) -> str:
    """One finding as an item of a list: what and where, the other places, what may be done about it."""
    where = place(diagnostic.file, diagnostic.line)
    if diagnostic.function:
        where += f", {diagnostic.function}()"
    lines = [filled(f"{where}: {diagnostic.message} [{diagnostic.code}]", _WIDTH, "- ", "  ")]
    lines.extend(
        filled(f"{place(related.file, related.line)}: {related.message}", _WIDTH, "  * ", "    ")
        for related in diagnostic.related
    )
    for suggestion in diagnostic.suggestions:
        lines.append(f"  Possible remedy, to go before {place(suggestion.file, suggestion.line)}:")
        lines.extend(f"      {line.strip()}" for line in suggestion.text.splitlines() if line.strip())
    return "\n".join(lines)


def place(file: str, line: int) -> str:
    """``file:line``, or the file where the line is not known."""
    return f"{file}:{line}" if line else file


_MADE_BY = "Made by"


def provenance_notes(provenance: Provenance) -> str:
    """How the patch was made, in lines that ``read_provenance`` finds again."""
    lines = [f"{_MADE_BY} {provenance.tool}", f"  pattern: {provenance.pattern}", f"  sha256: {provenance.digest}"]
    if provenance.options:
        lines.append(f"  options: {provenance.options}")
    if provenance.paths:
        lines.append(f"  paths: {provenance.paths}")
    if provenance.base:
        lines.append(f"  base: {provenance.base}")
    return "\n".join(lines)


_PROVENANCE = re.compile(
    rb"^" + _MADE_BY.encode() + rb" (?P<tool>[^\n]+)\n"
    rb"  pattern: (?P<pattern>[^\n]+)\n"
    rb"  sha256: (?P<digest>[0-9a-f]+)\n"
    rb"(?:  options: (?P<options>[^\n]+)\n)?"
    rb"(?:  paths: (?P<paths>[^\n]+)\n)?"
    rb"(?:  base: (?P<base>[0-9a-f]+)\n)?",
    re.MULTILINE,
)


_BASE_TRAILER = re.compile(rb"^base-commit: ([0-9a-f]{40,64})\r?$", re.MULTILINE)


def read_provenance(mail: bytes) -> Provenance | None:
    """How a mail says that it was made; None where it does not."""
    found = _PROVENANCE.search(mail.replace(b"\r\n", b"\n"))
    if found is None:
        return None
    fields = {name: (value or b"").decode("utf-8", "surrogateescape") for name, value in found.groupdict().items()}
    if not fields["base"] and (trailer := _BASE_TRAILER.search(mail)) is not None:
        fields["base"] = trailer[1].decode()
    return Provenance(**fields)


def carriage_return_note(paths: Sequence[str]) -> str:
    """What whoever applies the patch has to know about files with CRLF line ends; empty for none."""
    if not paths:
        return ""
    return filled(
        f"{', '.join(paths)}: the lines end in CRLF. Apply this with 'git am --keep-cr', and send it as an attachment.",
        _WIDTH,
    )
