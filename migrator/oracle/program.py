"""Both versions of a C text as one program that runs scenarios: generated, compiled with gcc, and spoken to by pipes.

The texts are compiled as they are, behind a shim: every function that they call and do not define is a macro that
asks the runtime (``runtime.c``) for its outcome. Sanitizers are on; variables without a value hold a pattern.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.errors import InputError
from migrator.oracle.c_types import CType, Types, collect, returned_type, unknown_type_names
from migrator.oracle.stubs import Stub, argument_outcomes, entry_argument, infer_stubs, protocol_stubs
from migrator.source import DEFAULT_DIALECT, Dialect, Function, SourceFile

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern

_HERE = Path(__file__).resolve().parent
_FLAGS = (
    "-std=gnu11", "-O0", "-fno-common", "-ftrivial-auto-var-init=pattern", "-fsanitize=address,undefined",
    "-fsanitize-undefined-trap-on-error", "-Wall", "-Wextra", "-Wno-int-conversion", "-Wno-unused-parameter",
    "-Wno-int-to-pointer-cast", "-Wno-pointer-to-int-cast", "-Wno-unused-value", "-Wno-sign-compare",
    "-Wno-unused-function", "-Wno-incompatible-pointer-types", "-Wno-missing-field-initializers", "-Wno-type-limits",
    "-Wno-address", "-Wno-overflow", "-Wno-implicit-fallthrough", "-Wno-bool-compare", "-Wno-bool-operation",
    "-Wno-enum-compare", "-Wno-discarded-qualifiers", "-Wno-empty-body", "-Wno-comment", "-fno-diagnostics-show-caret",
)  # fmt: skip
_WORD = re.compile(r"\b[A-Z_][A-Z0-9_]{2,}\b")
_DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_MACRO_NAMES = frozenset(re.findall(r"#define (\w+)", (_HERE / "shim.h").read_text()))
_SHIM_WORDS = _MACRO_NAMES | frozenset(re.findall(r"\b([A-Z_][A-Z0-9_]+) =", (_HERE / "shim.h").read_text()))
_SHIM_TYPES = frozenset(re.findall(r"\b(\w+_t|u\d+|cell)\b", (_HERE / "shim.h").read_text())) | {"bool", "size_t"}
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program; ``warnings`` are the compiler's, by version; ``errors`` is empty if it was built."""

    path: Path
    functions: tuple[str, ...]
    errors: str
    warnings: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(slots=True)
class Workshop:
    """A folder for programs, with the runtime compiled once. Close it to remove the folder."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="migrator-oracle-")))
    count: int = 0

    def __post_init__(self) -> None:
        if shutil.which("gcc") is None:
            raise InputError("gcc is not installed", "gcc")
        self._gcc("-c", str(_HERE / "runtime.c"), "-o", str(self.folder / "runtime.o"))

    def _gcc(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["gcc", *_FLAGS, f"-I{_HERE}", *words]
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, errors="replace")

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def build(
        self,
        before: bytes,
        after: bytes,
        wanted: Collection[str],
        pattern: Pattern,
        dialect: Dialect = DEFAULT_DIALECT,
        defines: Sequence[str] = (),
    ) -> Compiled:
        """Compile both versions of a text into one program that can run the wanted functions."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        sources = [SourceFile.parse("before.c", before, dialect), SourceFile.parse("after.c", after, dialect)]
        names = tuple(name for name in _targets(sources, bool(defines)) if name in wanted)
        common, tables = _environment(sources, pattern)
        (folder / "common.h").write_text(common)
        reports = []
        for version, source in enumerate(sources):
            name = ("before", "after")[version]
            data = source.data
            (folder / f"{name}.c").write_bytes(data)
            (folder / f"V{version}.c").write_text(_unit(version, name, source, names, tables if version == 0 else ""))
            code, built = str(folder / f"V{version}.c"), str(folder / f"V{version}.o")
            done = self._gcc(*(f"-D{word}" for word in defines), "-c", code, "-o", built)
            if done.returncode:
                return Compiled(folder, names, done.stderr, ((), ()))
            reports.append(tuple(line for line in done.stderr.splitlines() if "warning:" in line))
        program = folder / "program"
        done = self._gcc(str(self.folder / "runtime.o"), str(folder / "V0.o"), str(folder / "V1.o"), "-o", str(program))
        return Compiled(program, names, done.stderr if done.returncode else "", (reports[0], reports[1]))


def _targets(sources: Sequence[SourceFile], configured: bool) -> tuple[str, ...]:
    listed = []
    for source in sources:
        regions = (
            []
            if configured
            else [(group.directives[0].start, group.directives[-1].end) for group in source.conditionals]
        )
        listed.append(
            {
                function.name
                for function in source.functions
                if not function.broken and not any(start <= function.start < end for start, end in regions)
            }
        )
    return tuple(function.name for function in sources[0].functions if function.name in listed[0] & listed[1])


def _environment(sources: Sequence[SourceFile], pattern: Pattern) -> tuple[str, str]:
    """The header that both versions share, and the tables for the runtime."""
    types = Types()
    for source in sources:
        collect(types, source)
    text = "\n".join(_COMMENT.sub("", source.data.decode("utf-8", "replace")) for source in sources)
    macros = _MACRO_NAMES | frozenset(_DEFINED.findall(text))
    stubs = protocol_stubs(pattern)
    iterators = infer_stubs(stubs, sources, macros)
    targets = ["cell", "void", "spinlock_t", "pte_t", "pmd_t", "task_struct"]
    for stub in stubs.values():
        if stub.target and stub.target not in targets:
            targets.append(stub.target)
    for source in sources:
        for function in source.functions:
            targets += [target for _, target, _ in argument_outcomes(function) if target and target not in targets]
    types.fields.setdefault("task_struct", {"mm": CType("struct mm_struct", 1)})
    types.fields.setdefault("mm_struct", {})
    targets += [name for name in sorted(types.fields) if name not in targets]
    index = {name: position for position, name in enumerate(targets)}
    lines = ['#include "shim.h"']
    unknown = {name for source in sources for name in unknown_type_names(source, _SHIM_TYPES)}
    lines += [f"typedef unsigned long {name};" for name in sorted(unknown)]
    lines += [f"struct {name};" for name in sorted(types.fields)]
    for name in _ordered(types):
        fields = types.fields[name]
        body = " ".join(_declaration(inner, kind) for inner, kind in fields.items()) or "long nothing;"
        lines.append(f"struct {name} {{ {body} }};")
    lines += [f"#define TYPE_{_mangled(name)} {position}" for name, position in index.items()]
    lines.append(f'#define current ((struct task_struct *)named_object("current", {index["task_struct"]}))')
    used = {word for word in _WORD.findall(text) if not word.startswith("CONFIG_")}
    used = {word for word in used if not word.startswith("__") or word.startswith("__GFP_")}
    called = set(stubs) | iterators
    enumerators = {
        word for source in sources for function in [source] for word in _enumerators(function)
    } | set(_DEFINED.findall(text))  # fmt: skip
    for position, word in enumerate(sorted(used - _SHIM_WORDS - called - enumerators - {"NULL"})):
        lines.append(f"#define {word} {100 + position}")
    for position, stub in enumerate(stubs.values()):
        if stub.name in iterators:
            which = entry_argument(stub.name)
            names = [f"a{number}" for number in range(which + 1)]
            lines.append(
                f"#define {stub.name}({', '.join(names)}, ...) while ((a{which} = (void *)STUB({position}, 0)))"
            )
        else:
            lines.append(f"#define {stub.name}(...) STUB({position}, ##__VA_ARGS__)")
    return "\n".join(lines) + "\n", _tables(types, targets, index, stubs, pattern)


def _enumerators(source: SourceFile) -> Iterator[str]:
    from migrator.syntax import node_text, walk

    for node in walk(source.tree.root_node):
        if node.type == "enumerator" and (name := node.child_by_field_name("name")) is not None:
            yield node_text(name)


def _ordered(types: Types) -> list[str]:
    return [name for name in sorted(types.fields) if name not in types.own and name not in ("xa_state", "xarray")]


def _declaration(name: str, kind: CType) -> str:
    return f"{kind.base} {'*' * kind.stars}{name};" if kind.stars else f"long {name};"


def _tables(
    types: Types, targets: Sequence[str], index: Mapping[str, int], stubs: Mapping[str, Stub], pattern: Pattern
) -> str:
    lines = []
    described = []
    setup = pattern.placement.setup.rpartition("->")[2]
    for number, target in enumerate(targets):
        fields: list[str] = []
        if target.endswith("*"):
            inner = index.get(target[:-1], 0)
            size = "4 * sizeof(long)"
            fields = [f'{{ "[{i}]", {i} * sizeof(long), {inner}, 0 }}' for i in range(4)]
        elif target in types.fields and target not in types.own and target not in ("xa_state", "xarray"):
            size = f"sizeof(struct {target})"
            for name, kind in types.fields[target].items():
                inner = index.get(kind.target, 0) if kind.stars else -1
                empty = int(target == "page" and name == "mapping")
                fields.append(f'{{ "{name}", offsetof(struct {target}, {name}), {inner}, {empty} }}')
        elif target in types.own:
            size = f"sizeof(struct {target})"
        else:
            size, fields = "64", ['{ "", 0, -1, 0 }']
        if fields:
            lines.append(f"static const struct field F{number}[] = {{ {', '.join(fields)} }};")
        described.append(f'\t{{ "{target}", {size}, {len(fields)}, {f"F{number}" if fields else "0"} }},')
    lines += ["const struct type types[] = {", *described, "};"]
    for number, stub in enumerate(stubs.values()):
        lines.append(f"static const long O{number}[] = {{ {', '.join(stub.outcomes)} }};")
    lines.append("const struct stub stubs[] = {")
    for number, stub in enumerate(stubs.values()):
        field_name = f'"{setup}"' if stub.kind == "CHARGE" and pattern.placement.kind == "after-setup" else "0"
        lines.append(
            f'\t{{ "{stub.name}", {stub.kind}, {index.get(stub.target, 0)}, {len(stub.outcomes)}, O{number}, '
            f"{stub.object}, {stub.handle}, {field_name} }},"
        )
    lines += ["};", f"const int stub_count = {len(stubs)};"]
    lines.append("extern const struct entry V0_entries[], V1_entries[];")
    lines.append("const struct entry *const entries[] = { V0_entries, V1_entries };")
    return "\n".join(lines) + "\n"


def _unit(version: int, name: str, source: SourceFile, names: Iterable[str], tables: str) -> str:
    functions = {function.name: function for function in source.functions}
    lines = ['#include "common.h"']
    lines += [f"#define {inner} V{version}_{inner}" for inner in functions]
    lines += [f'#include "{name}.c"', tables]
    lines += ["#undef current"]
    for inner in names:
        lines.append(_wrapper(functions[inner]))
    lines.append(f"extern const struct entry V{version}_entries[];")
    lines.append(f"const struct entry V{version}_entries[] = {{")
    for inner in names:
        if not functions[inner].cut:
            lines.append(f'\t{{ "{inner}", call_{inner}_ }},')
    return "\n".join([*lines, "\t{ 0, 0 }", "};", ""])


def _wrapper(function: Function) -> str:
    lines = [f"static long call_{function.name}_(void)", "{"]
    given = []
    for position, (name, target, outcomes) in enumerate(argument_outcomes(function)):
        lines.append(f"\tstatic const long o{position}[] = {{ {', '.join(outcomes)} }};")
        given.append(f'(__typeof__(0L))argument("{name}", TYPE_{_mangled(target)}, {len(outcomes)}, o{position})')
    call = f"{function.name}({', '.join(given)})"
    if returned_type(function) == CType("void"):
        lines += [f"\t{call};", "\treturn 0;"]
    else:
        lines.append(f"\treturn (long){call};")
    return "\n".join([*lines, "}"])


def _mangled(target: str) -> str:
    return (target or "cell").replace("*", "_p").replace(" ", "_")
