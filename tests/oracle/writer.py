"""The function that is being generated: its lines, what is to be undone, and the calls of the protocol."""

from __future__ import annotations

from msgspec import Struct, field

from tests.oracle.choices import Choices

_NOTES = (
    "/* Nobody else sees it yet. */",
    "/*\n{}* The order matters: whoever looks it up takes\n{}* the lock first.\n{}*/",
    "/* The charge comes first. */",
    "/* see above */",
)


class Undo(Struct, frozen=True):
    """What takes a step back. ``kind``: plain, abort or page."""

    lines: tuple[str, ...]
    label: str
    kind: str = "plain"


class Writer(Struct):
    """The function so far. ``stack``: what is to be undone here; ``ladder``: what the labels undo, first label last."""

    choices: Choices
    setup: bool
    number: int
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    stack: list[Undo] = field(default_factory=list)
    ladder: list[Undo] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    locals: list[str] = field(default_factory=list)
    word: str = "tarn"
    counter: int = 0
    inline: int = 30
    arity: int = 5
    atomic: bool = False
    lrucare: str = "?"
    void: bool = False
    callee: list[str] = field(default_factory=list)

    def put(self, text: str) -> None:
        """One or more lines at the present depth."""
        for line in text.split("\n"):
            self.lines.append("\t" * self.depth + line if line else line)

    def note(self, percent: int = 12) -> None:
        """Perhaps a comment."""
        if self.choices.chance(percent):
            text = _NOTES[self.choices.below(len(_NOTES))]
            self.put(text.replace("{}", " "))

    def call(self, head: str, name: str, arguments: list[str], tail: str) -> None:
        """A call, wrapped at 80 columns and aligned as in the kernel."""
        first = f"{head}{name}("
        lines = [first]
        width = 8 * self.depth
        for position, argument in enumerate(arguments):
            text = argument + (", " if position < len(arguments) - 1 else tail)
            if width + len(lines[-1].expandtabs()) + len(text.rstrip()) > 80 and lines[-1] != first:
                lines[-1] = lines[-1].rstrip()
                lines.append(" " * len(first))
            lines[-1] += text
        for line in lines:
            stripped = line.lstrip(" ")
            column = len(line) - len(stripped)
            self.put("\t" * (column // 8) + " " * (column % 8) + stripped)

    def helper(self, what: str) -> str:
        """The name of a function that is called once."""
        self.counter += 1
        return f"{self.word}_{what}{self.counter if self.counter > 1 else ''}"


def begin_arguments(writer: Writer, page: str, memcg: str) -> tuple[str, list[str]]:
    choices = writer.choices
    name = choices.one("mem_cgroup_try_charge", "mem_cgroup_try_charge_delay")
    arguments = [page, choices.one("mm", "current->mm"), choices.one("gfp", "GFP_KERNEL"), f"&{memcg}"]
    return name, arguments + (["false"] if writer.arity == 5 else [])


def abort(writer: Writer, page: str, memcg: str, guard: str) -> tuple[str, ...]:
    extra = ", false" if writer.arity == 5 else ""
    call = f"mem_cgroup_cancel_charge({page}, {memcg}{extra});"
    return (f"if ({guard})", f"\t{call}") if guard else (call,)


def commit(writer: Writer, page: str, memcg: str, guard: str) -> None:
    choices = writer.choices
    if writer.lrucare == "?":
        writer.lrucare = choices.one("false", "false", "false", "false", "true", "order")
    lrucare = writer.lrucare
    if choices.chance(3 if writer.setup else 8):
        lrucare = choices.one("true", "order", "false")
    if guard and lrucare == "order":
        lrucare = "PageSwapCache(page)"
    text = f"mem_cgroup_commit_charge({page}, {memcg}, {lrucare}{', false' if writer.arity == 5 else ''});"
    writer.put(f"if ({guard})\n\t{text}" if guard else text)
