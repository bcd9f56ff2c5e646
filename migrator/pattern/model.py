"""What a checked pattern is: frozen, picklable values that the engine reads.

Nothing here can be half valid: a ``Pattern`` is only made by ``load``, which has checked that every name, capture and
template fits the others. A pattern is identified by its digest; two with the same digest are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from migrator.pattern.declarations import Introduction, Removal
from migrator.pattern.template import Shape, Template

if TYPE_CHECKING:
    from migrator.flow.lock_table import LockCall
    from migrator.pattern.rules import Rewrite
    from migrator.pattern.sinks import Sink
    from migrator.results import FileResult
    from migrator.source import Dialect

# "check" verifies that a protocol is kept, and rewrites nothing.
Kind = Literal["transaction", "check", "rewrite", "refactor"]
PlacementKind = Literal["at-begin", "after-setup", "at-commit"]

# The roles, in the order in which matches of one place are reported.
ROLES = ("begin", "commit", "abort", "setup", "release")
PROTOCOL_ROLES = ("begin", "commit", "abort")
ANY = "*"


class QuerySource(Struct, frozen=True):
    """One query file: its name for messages, and its text."""

    file: str
    text: str


class NewCall(Struct, frozen=True):
    """The call that replaces the protocol. ``errors`` are what it is known to return on failure, e.g. ``-ENOMEM``.

    The name is empty where a pattern of another kind has no such call.
    """

    template: Template
    name: str
    may_sleep: bool
    errors: tuple[str, ...] = ()


NO_CALL = NewCall(Template("", frozenset(), False, Shape(""), ()), "", False)


class Argument(Struct, frozen=True):
    """An argument of the old calls that may be dropped. ``neutral``: normal texts that mean nothing, ``*`` any;
    ``shapes``: templates that match what means nothing.
    """

    neutral: tuple[str, ...]
    shapes: tuple[Template, ...] = ()

    def is_neutral(self, normal: str) -> bool:
        """Whether an argument with this normal text may be dropped without a word."""
        return normal in self.neutral or ANY in self.neutral


class Placement(Struct, frozen=True):
    """Where the new call stands. ``setup`` names, for messages, what must have been set (``after-setup``).

    ``at-commit``: ``failure`` is the statement that gives up the object when the call fails there; ``owned`` are
    effects between the begin and the commit that are the object's own by then, so that ``failure`` takes them back.
    """

    kind: PlacementKind
    setup: str = ""
    failure: Template | None = None
    owned: tuple[Template, ...] = ()


class HandleRule(Struct, frozen=True):
    """How a handle that exists before the begin is come by and given up; both go with the old calls."""

    acquire: tuple[Template, ...]
    release: tuple[Template, ...]


class AfterSuccess(Struct, frozen=True):
    """A statement that follows a successful new call where the old begin had the name ``begin``."""

    begin: str
    statement: Template


class UndoPair(Struct, frozen=True):
    """``undo`` takes ``effect`` back when their captures stand for equal code."""

    effect: Template
    undo: Template


class HandleUse(Struct, frozen=True):
    """Another use of the handle, and what it becomes. ``new`` names captures of ``old`` and ``{object}``."""

    old: Template
    new: Template


class Message(Struct, frozen=True):
    """The commit message. ``{functions}``, ``{file}`` and ``{pattern}`` in the subject are filled in."""

    subject: str
    body: str = ""


class RoleQuery(Struct, frozen=True):
    """One query of the pattern as far as it can be said in words.

    ``names`` are the called functions; ``arities`` the numbers of arguments that it takes (empty: any); ``captures``
    the names without the role; ``file`` and ``line`` where it stands.
    """

    role: str
    names: tuple[str, ...]
    arities: tuple[int, ...]
    captures: tuple[str, ...]
    file: str
    line: int


class FileRunner(Protocol):
    """What takes a file through a refactor that is written in Python (``migrator.Refactor``)."""

    def run_file(
        self, path: str, data: bytes, dialect: Dialect, *, strict: bool, skip: frozenset[tuple[str, int]]
    ) -> FileResult:
        """The result for one file."""


class Pattern(Struct, frozen=True):
    """A checked pattern. ``digest`` is the SHA-256, in hex, of all its files and those of the patterns it extends.

    >>> from migrator import Pattern
    >>> pattern = Pattern.load("mem_cgroup_charge_v58")
    >>> sorted(pattern.commit_names), pattern.new_call.name, pattern.placement.kind
    (['mem_cgroup_commit_charge'], 'mem_cgroup_charge', 'at-begin')
    """

    name: str
    kind: Kind
    summary: str
    reference: str
    digest: str
    folder: Path
    extends: tuple[str, ...]  # the pattern that it extends, the one that this extends, ...
    queries: tuple[QuerySource, ...]
    roles: tuple[RoleQuery, ...] = ()
    words: tuple[str, ...] = ()  # the old names: a file without any of them holds no site
    begin_names: frozenset[str] = frozenset()
    commit_names: frozenset[str] = frozenset()
    abort_names: frozenset[str] = frozenset()
    new_call: NewCall = NO_CALL
    arguments: Mapping[str, Argument] = {}
    placement: Placement = Placement("at-begin")
    after_success: tuple[AfterSuccess, ...] = ()
    undo: tuple[UndoPair, ...] = ()
    handle_uses: tuple[HandleUse, ...] = ()
    object_lives: Template | None = None
    pure: frozenset[str] = frozenset()
    locks: tuple[LockCall, ...] = ()  # on top of the built-in table
    message: Message = Message("")
    introduce: tuple[Introduction, ...] = ()
    remove: Removal | None = None
    sink: Sink | None = None
    rewrite: Rewrite | None = None  # for the kind "rewrite", which uses nothing of what a transaction is made of
    handle: HandleRule | None = None
    # The calls of each protocol, where the pattern has several of one form: an ending ends only what its own began.
    protocols: tuple[frozenset[str], ...] = ()
    runner: FileRunner | None = None  # for the kind "refactor", which is no data but a function in Python

    @classmethod
    def load(cls, name_or_folder: str | Path, search: Sequence[Path] = ()) -> Pattern:
        """The checked pattern of a name, or in a folder: a ``Path`` is a folder, a string what ``-p`` takes.

        ``search`` are folders of patterns that are looked at before those of the package. Raises PatternError, with
        the file and where possible the line, when there is none or it is not valid.

        >>> from migrator import Pattern
        >>> Pattern.load("strscpy").kind
        'rewrite'
        >>> Pattern.load("strspy")
        Traceback (most recent call last):
        migrator.errors.PatternError: strspy: there is no pattern of this name (did you mean strscpy?); ...
        """
        # The one import that does not go downwards: the value names the function that makes it.
        from migrator.pattern.load import check_pattern, load_pattern

        if isinstance(name_or_folder, Path):
            return check_pattern(name_or_folder, search)
        return load_pattern(name_or_folder, search)

    @property
    def late_object(self) -> bool:
        """Whether the object is known at the commit only: begin and abort do not name it."""
        return not any("object" in role.captures for role in self.roles if role.role == "begin")

    def protocol_of(self, name: str) -> int:
        """Which of the protocols a call belongs to; 0 where there is but one."""
        return next((index for index, names in enumerate(self.protocols) if name in names), 0)

    @property
    def own_functions(self) -> frozenset[str]:
        """The functions that are the calls, old and new: what these call is no site, or they would call themselves."""
        new = {self.new_call.name} if self.new_call.name else set()
        return frozenset(self.words) | new | {introduction.name for introduction in self.introduce}

    def __hash__(self) -> int:
        return hash(self.digest)
