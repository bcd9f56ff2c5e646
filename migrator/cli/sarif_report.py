"""The ledger as SARIF 2.1.0 (OASIS, 2020): for code scanning and for editors.

Each diagnostic is a result of the rule that its code names; a refusal is a *note*, since nothing is wrong with the code
that it is about. Each file that would be rewritten is a result of the rule ``rewrite`` with its edits as a fix. A
fingerprint does not depend on lines, and results that say the same are told apart by their order. Columns count
characters, as editors do. What the code comes from is named where it has an address that means something elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from sarif_pydantic.sarif import (
    ArtifactChange,
    ArtifactContent,
    ArtifactLocation,
    Fix,
    Invocation,
    Level,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    Replacement,
    ReportingDescriptor,
    Result,
    Run,
    Sarif,
    Tool,
    ToolDriver,
    VersionControlDetails,
)

from migrator import __version__
from migrator.api import TreeResult
from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.errors import InputError
from migrator.explanations import page
from migrator.results import FileResult

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
REWRITE = "rewrite"
_REWRITE_HELP = "The file can be rewritten as the pattern says; `migrator diff` shows it, `migrator apply` does it."
# host:path, with or without a user, as ssh takes it
_SHORT_ADDRESS = re.compile(r"((?:[\w.-]+@)?[\w.-]+):(?!//|:)/*(.+)\Z")
_LEVELS = {
    Severity.NOTE: Level.NOTE,
    Severity.WARNING: Level.WARNING,
    Severity.REFUSAL: Level.NOTE,
    Severity.ERROR: Level.ERROR,
}


def sarif_text(result: TreeResult) -> str:
    """The log with its one run, indented."""
    rules = list(_rules(result.all_diagnostics, result.pattern.summary))
    indexes = {rule.id: number for number, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = [_result(item, indexes, seen) for item in result.all_diagnostics]
    results += [_rewritten(file, indexes) for file in result.files if file.changed]
    totals = result.totals
    failed = totals.unaccounted or any(item.severity is Severity.ERROR for item in result.all_diagnostics)
    run = Run(
        tool=Tool(
            driver=ToolDriver(name="migrator", version=__version__, rules=rules),
        ),
        invocations=[Invocation(execution_successful=not failed)],
        version_control_provenance=_provenance(result),
        results=results,
        columnKind="unicodeCodePoints",
        properties={
            "pattern": {"name": result.pattern.name, "digest": result.pattern.digest},
            "revision": result.revision,
            "filesScanned": result.scanned,
            "totals": {name: getattr(totals, name) for name in totals.__struct_fields__},
        },
    )
    log = Sarif(schema_uri=SCHEMA, runs=[run])
    return str(log.model_dump_json(by_alias=True, exclude_none=True, indent=2))


def _rules(diagnostics: Iterable[Diagnostic], summary: str) -> Iterator[ReportingDescriptor]:
    """The rules that occur, each with its page."""
    for code in sorted({item.code for item in diagnostics}):
        text = page(Code(code))
        first = text.split("\n\n")[1] if "\n\n" in text else text
        told = re.sub(r"^Refused[^.:]*[.:] ", "", " ".join(first.split()))
        sentence = re.split(r"(?<=[.:])\s", told, maxsplit=1)[0]
        yield ReportingDescriptor(
            id=code,
            name="".join(part.capitalize() for part in code.split("-")),
            short_description=Message(text=sentence),
            full_description=Message(text=" ".join(first.split())),
            help=Message(text=text, markdown=text),
        )
    yield ReportingDescriptor(
        id=REWRITE,
        name="Rewrite",
        short_description=Message(text=summary),
        full_description=Message(text=_REWRITE_HELP),
        help=Message(text=_REWRITE_HELP, markdown=_REWRITE_HELP),
    )


def _result(item: Diagnostic, indexes: Mapping[str, int], seen: Counter[str]) -> Result:
    # Numbers in a message are mostly lines.
    told = re.sub(r"\d+", "", item.message)
    identity = "\0".join((item.code, item.file, item.function, told))
    seen[identity] += 1
    if seen[identity] > 1:
        identity += f"\0{seen[identity]}"
    return Result(
        rule_id=item.code,
        rule_index=indexes[item.code],
        level=_LEVELS[item.severity],
        message=Message(text=_text(item.message)),
        locations=[_location(item.file, item.line, item.function)],
        related_locations=[
            Location(
                id=number,
                physical_location=_place(other.file, other.line),
                message=Message(text=_text(other.message)),
            )
            for number, other in enumerate(item.related, 1)
        ]
        or None,
        partial_fingerprints=_fingerprint(identity.encode("utf-8", "surrogateescape")),
        properties={"severity": str(item.severity)},
    )


def _fingerprint(identity: bytes) -> dict[str, str]:
    return {"migrator/v1": hashlib.sha256(identity).hexdigest()[:32]}


def _rewritten(file: FileResult, indexes: Mapping[str, int]) -> Result:
    functions = sorted({site.function for site in file.sites if site.placement})
    first = min((site.line for site in file.sites if site.placement), default=0)
    named = ", ".join(f"{name}()" for name in functions if name) or "this file"
    parts = (part for edit in file.edits for part in (file.before[edit.start : edit.end], edit.replacement))
    identity = b"\0".join((REWRITE.encode(), file.path.encode("utf-8", "surrogateescape"), *parts))
    return Result(
        rule_id=REWRITE,
        rule_index=indexes[REWRITE],
        level=Level.NOTE,
        message=Message(text=_text(f"{named} can be rewritten")),
        locations=[_location(file.path, first, "")],
        fixes=[
            Fix(
                description=Message(text=_text(f"Rewrite {named}")),
                artifact_changes=[
                    ArtifactChange(artifact_location=_artifact(file.path), replacements=list(_replacements(file)))
                ],
            )
        ],
        partial_fingerprints=_fingerprint(identity),
    )


def _replacements(file: FileResult) -> Iterator[Replacement]:
    for edit in file.edits:
        try:
            content = ArtifactContent(text=edit.replacement.decode())
        except UnicodeDecodeError:  # as text it would come out as something else
            yield Replacement(
                deleted_region=Region(byte_offset=edit.start, byte_length=edit.end - edit.start),
                inserted_content=ArtifactContent(binary=base64.b64encode(edit.replacement).decode()),
            )
            continue
        start_line, start_column = _position(file.before, edit.start)
        end_line, end_column = _position(file.before, edit.end)
        yield Replacement(
            deleted_region=Region(
                start_line=start_line,
                start_column=start_column,
                end_line=end_line,
                end_column=end_column,
                byte_offset=edit.start,
                byte_length=edit.end - edit.start,
            ),
            inserted_content=content,
        )


def _provenance(result: TreeResult) -> list[VersionControlDetails] | None:
    """The repository and the commit; None for files on disk, and where the repository has no address of its own."""
    address = _address(result.root) if result.revision else None
    if address is None:
        return None
    return [VersionControlDetails(repository_uri=address, revision_id=result.revision)]


def _address(root: Path) -> str | None:
    """Where a repository comes from, as a URI without passwords; None for a place on this machine."""
    from migrator.workspace.git import run_git

    try:
        told = run_git(root, "config", "--get", "remote.origin.url").decode("utf-8", "replace").strip()
    except InputError:
        return None
    short = _SHORT_ADDRESS.match(told)
    try:
        parts = urlsplit(f"ssh://{short[1]}/{short[2]}" if short is not None else told)
    except ValueError:  # a bracket that is not closed, and the like
        return None
    if parts.scheme not in ("http", "https", "git", "ssh") or not parts.hostname:
        return None
    user, at, host = parts.netloc.rpartition("@")
    kept = user.partition(":")[0] + at if parts.scheme == "ssh" else ""
    return quote(urlunsplit((parts.scheme, kept + host, parts.path, "", "")), safe=":/@%~[]")


def _position(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column of a byte, both from 1; a character that is not UTF-8 counts by its bytes."""
    start = data.rfind(b"\n", 0, offset) + 1
    column = len(data[start:offset].decode("utf-8", "surrogateescape"))
    return data.count(b"\n", 0, offset) + 1, column + 1


def _location(file: str, line: int, function: str) -> Location:
    named = [LogicalLocation(name=_text(function), kind="function")] if function else None
    return Location(physical_location=_place(file, line), logical_locations=named)


def _place(file: str, line: int) -> PhysicalLocation:
    """A line of a file, or the file where there is none."""
    return PhysicalLocation(artifact_location=_artifact(file), region=Region(start_line=line) if line else None)


def _artifact(file: str) -> ArtifactLocation:
    return ArtifactLocation(uri=quote(file.encode("utf-8", "surrogateescape")), uri_base_id="%SRCROOT%")


def _text(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
