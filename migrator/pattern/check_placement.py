"""The checks of ``[placement]``, ``[handle]`` and ``[[protocol]]``: where the new call stands, what goes together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast, get_args

from migrator.pattern.check_values import check_call_names, line_of_text, required, template_of
from migrator.pattern.model import PROTOCOL_ROLES, HandleRule, Placement, PlacementKind

if TYPE_CHECKING:
    from migrator.pattern.raw import Joined
    from migrator.pattern.roles import CheckedQuery


def check_handle(joined: Joined) -> HandleRule | None:
    """How the handle is held; None where the begin makes it."""
    raw = joined.raw.handle
    if not raw.acquire and not raw.release:
        return None
    for key, texts in (("acquire", raw.acquire), ("release", raw.release)):
        if not texts:
            raise joined.error(f"[handle] says nothing under `{key}`: both ends are needed", "handle")
    acquire = [template_of(joined, text, False, "handle", "acquire", index) for index, text in enumerate(raw.acquire)]
    release = [template_of(joined, text, False, "handle", "release", index) for index, text in enumerate(raw.release)]
    for index, template in enumerate(release):
        if "handle" not in template.names:
            raise joined.error(f"`{template.source}` does not use {{handle}}", "handle", "release", index)
    return HandleRule(tuple(acquire), tuple(release))


def check_protocols(joined: Joined, names: Mapping[str, Sequence[str]]) -> tuple[frozenset[str], ...]:
    """The calls of each protocol; ``names``: those of each role. Empty where the pattern has but one."""
    found: list[frozenset[str]] = []
    for index, raw in enumerate(joined.raw.protocol):
        calls: list[str] = []
        for role, listed in (("begin", raw.begin), ("commit", raw.commit), ("abort", raw.abort)):
            if not listed:
                raise joined.error(f"no call is named under `{role}`", "protocol", index, role)
            for place, name in enumerate(listed):
                if name not in names[role]:
                    known = ", ".join(names[role])
                    message = f"`{name}` is no name of @{role}; known: {known}"
                    raise joined.error(message, "protocol", index, role, place)
                if name in calls or any(name in other for other in found):
                    raise joined.error(f"{name}() is named twice", "protocol", index, role, place)
                calls.append(name)
        found.append(frozenset(calls))
    left = sorted({name for role in PROTOCOL_ROLES for name in names[role]}.difference(*found)) if found else []
    if left:
        raise joined.error(f"{left[0]}() belongs to none of the protocols", "protocol")
    return tuple(found)


def placement_kind(joined: Joined) -> PlacementKind:
    """The kind of placement; what is said for another kind only is an error."""
    kind = required(joined, joined.raw.placement.kind, "placement", "kind")
    known = get_args(PlacementKind)
    if kind not in known:
        raise joined.error(f"unknown placement `{kind}`; known: {', '.join(known)}", "placement", "kind")
    own = joined.layers[-1].raw.placement  # what a base says for its own placement does no harm
    for key, said in (("failure", own.failure), ("owned", own.owned)):
        if said and kind != "at-commit":
            raise joined.error(f"`{key}` means nothing for the placement {kind}", "placement", key)
    return cast("PlacementKind", kind)


def check_placement(joined: Joined, checked: Sequence[CheckedQuery], kind: PlacementKind) -> Placement:
    """The placement of a kind that ``placement_kind`` has found."""
    if kind == "at-begin":
        return Placement("at-begin")
    if kind == "at-commit":
        return _at_commit(joined, checked)
    if not any(query.role.role == "setup" for query in checked):
        raise joined.error("placement after-setup, but no query captures @setup", "placement", "kind")
    setup = required(joined, joined.raw.placement.setup, "placement", "setup")
    return Placement("after-setup", line_of_text(joined, setup, "placement", "setup"))


def _at_commit(joined: Joined, checked: Sequence[CheckedQuery]) -> Placement:
    raw = joined.raw.placement
    path = ("placement", "failure")
    failure = template_of(joined, required(joined, raw.failure, *path), True, *path)
    check_call_names(joined, failure, checked, *path)
    owned = tuple(template_of(joined, text, False, "placement", "owned", index) for index, text in enumerate(raw.owned))
    for table in ("after_success", "handle_use", "abort", "sink"):
        if any(table in layer.tables for layer in joined.layers):
            raise joined.error(f"[{table}] means nothing for the placement at-commit", table)
    return Placement("at-commit", failure=failure, owned=owned)
