"""Diagnostics: what the tool has to say about a place, as plain picklable values.

A code is stable and has a page (``migrator explain CODE``). A *warning* is about a site that was rewritten
and can behave differently; a *refusal* is about a site that was left alone; an *error* is about input that
could not be used. Lines and columns count from 1; columns count bytes.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How much a diagnostic weighs."""

    NOTE = "note"
    WARNING = "warning"
    REFUSAL = "refusal"
    ERROR = "error"


class Code(StrEnum):
    """All codes. Each has a page in ``migrator/explanations`` and a golden case in ``testdata``."""

    # differences between the error paths before and after: the site was rewritten
    ERROR_PATH_WIDENED = "error-path-widened"
    CLEANUP_LOST = "cleanup-lost"
    RETURN_CHANGED = "return-changed"
    SETUP_NOT_UNDONE = "setup-not-undone"
    CHARGE_OUTLIVES_ABORT = "charge-outlives-abort"
    ARGUMENT_DROPPED = "argument-dropped"
    ARGUMENT_DRIFT = "argument-drift"
    FAILURE_ORDER_CHANGED = "failure-order-changed"
    # refusals: the site was left alone
    COMMIT_ARGUMENTS_DIFFER = "commit-arguments-differ"
    MAY_SLEEP_IN_ATOMIC = "may-sleep-in-atomic"
    NO_SETUP = "no-setup"
    SETUP_IN_CALLEE = "setup-in-callee"
    HANDLE_ESCAPES = "handle-escapes"
    COMMIT_ELSEWHERE = "commit-elsewhere"
    TRANSACTION_LEFT_OPEN = "transaction-left-open"
    TRANSACTION_ENDED_TWICE = "transaction-ended-twice"
    TRANSACTION_NOT_OPEN = "transaction-not-open"
    GUARD_CHANGES = "guard-changes"
    COMMIT_BEFORE_SETUP = "commit-before-setup"
    NO_CLEANUP = "no-cleanup"
    OBJECT_CHANGES = "object-changes"
    CONDITIONAL_COMPILATION = "conditional-compilation"
    UNPARSED = "unparsed"
    MACRO = "macro"
    UNKNOWN_SHAPE = "unknown-shape"
    TYPE_UNKNOWN = "type-unknown"
    TOO_COMPLEX = "too-complex"
    REWRITE_CHECK_FAILED = "rewrite-check-failed"
    # refactors in Python
    REPORTED = "reported"
    # the series: declarations to introduce and to remove
    NOT_DECLARED = "not-declared"
    DECLARATION_DIFFERS = "declaration-differs"
    INTRODUCE_CAVEAT = "introduce-caveat"
    REMOVAL_BLOCKED = "removal-blocked"
    # input
    UNREADABLE = "unreadable"
    REFACTOR_FAILED = "refactor-failed"


class Related(Struct, frozen=True):
    """A second place that a diagnostic speaks of, and what is there."""

    file: str
    line: int
    message: str


class Suggestion(Struct, frozen=True):
    """What a person may do about it: ``text`` to insert before ``line`` of ``file`` as it was before the rewrite."""

    file: str
    line: int
    text: str


class Diagnostic(Struct, frozen=True):
    """One finding at one place of the original file."""

    code: Code
    severity: Severity
    file: str
    line: int
    message: str
    function: str = ""
    related: tuple[Related, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
