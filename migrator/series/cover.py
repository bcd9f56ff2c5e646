"""The cover letter: what the series does, what a reviewer has to look at, what was left alone, all patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from migrator.series.ledger import LedgerFacts, ledger_findings, other_mentions_text, totals, totals_text
from migrator.series.notes import Provenance, provenance_notes, review_notes
from migrator.series.text import WIDTH, counted, filled, wrapped

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern


def cover_message(
    ledger: LedgerFacts,
    pattern: Pattern,
    summaries: Sequence[str],
    author: str,
    provenance: Provenance,
) -> str:
    """The text of the letter down to the list of patches; the diffstat follows in the mail."""
    parts = [wrapped(pattern.message.body)] if pattern.message.body.strip() else []
    parts.append(totals_text(totals(ledger)))
    notes = review_notes(ledger_findings(ledger))
    if notes:
        parts.append(notes)
    others = other_mentions_text(ledger.mentions)
    if others:
        parts.append("Mentions that are no part of a converted call, for a look by hand:\n\n" + _listed(others))
    # the base stands in the trailer of the letter
    parts.append(provenance_notes(replace(provenance, base="")))
    if pattern.reference:
        # checkpatch allows a link to be long
        parts.append(("Link: " if pattern.reference.startswith("http") else "Reference: ") + pattern.reference)
    name = author.partition("<")[0].strip().strip('"') or author
    parts.append(
        f"{name} ({len(summaries)}):\n" + "\n".join(filled(summary, WIDTH - 3, "  ", "    ") for summary in summaries)
    )
    return "\n\n".join(parts)


def _listed(text: str) -> str:
    return "\n".join(filled(line, WIDTH - 3, "- ", "  ") for line in text.splitlines())


def cover_functions(ledger: LedgerFacts) -> str:
    """What the subject of the letter says instead of the names of all functions."""
    sums = totals(ledger)
    return counted(sums.migrated + sums.warned, "caller")
