"""The header that the two versions of a program share, and the tables that tell the runtime about its types and stubs.

What the texts use and do not define is given a meaning: unknown types are numbers, unknown constants are distinct
numbers, unknown structs have the fields that are used, and unknown functions are macros that ask the runtime.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from migrator.oracle.c_types import CType, Types, collect, own_fields, unknown_type_names
from migrator.oracle.stubs import Stub, argument_outcomes, entry_argument, infer_stubs, protocol_stubs
from migrator.source import SourceFile
from migrator.syntax import node_text, walk

if TYPE_CHECKING:
    from migrator.pattern.model import Pattern

_SHIM = (Path(__file__).resolve().parent / "shim.h").read_text()
_WORD = re.compile(r"\b[A-Z_][A-Z0-9_]{2,}\b")
_DEFINED = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
_MACRO_NAMES = frozenset(re.findall(r"#define (\w+)", _SHIM))
_SHIM_WORDS = _MACRO_NAMES | frozenset(re.findall(r"\b([A-Z_][A-Z0-9_]+) =", _SHIM))
_SHIM_TYPES = frozenset(re.findall(r"\b(\w+_t|u\d+|cell)\b", _SHIM)) | {"bool", "size_t"}
_SHIM_STRUCTS = frozenset({"xa_state", "xarray"})
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"", re.DOTALL)


class Environment(Struct, frozen=True):
    """``header``: for both versions; ``tables``: of types, by version; ``stubs``: for the runtime, and their names."""

    header: str
    tables: tuple[str, str]
    stub_table: str
    stubs: frozenset[str]


def environment_of(versions: Sequence[Sequence[SourceFile]], pattern: Pattern) -> Environment:
    """What the two versions of a case need to be compiled and run."""
    sources = [source for version in versions for source in version]
    types = Types()
    for source in sources:
        collect(types, source)
    text = "\n".join(_COMMENT.sub("", source.data.decode("utf-8", "replace")) for source in sources)
    macros = _MACRO_NAMES | frozenset(_DEFINED.findall(text))
    stubs = {name: stub for name, stub in protocol_stubs(pattern).items() if name not in _MACRO_NAMES}
    iterators = infer_stubs(stubs, sources, macros)
    targets = _targets(sources, stubs, types)
    index = {name: position for position, name in enumerate(targets)}
    lines = ['#include "shim.h"']
    unknown = {name for source in sources for name in unknown_type_names(source, _SHIM_TYPES)}
    lines += [f"typedef unsigned long {name};" for name in sorted(unknown)]
    lines += [f"struct {name};" for name in sorted(types.fields)]
    for name in _ordered(types):
        fields = types.fields[name]
        body = " ".join(_declaration(inner, kind) for inner, kind in fields.items()) or "long nothing;"
        lines.append(f"struct {name} {{ {body} }};")
    lines += [f"#define TYPE_{mangled(name)} {position}" for name, position in index.items()]
    lines.append(f'#define current ((struct task_struct *)named_object("current", {index["task_struct"]}))')
    lines += _constants(text, sources, set(stubs) | iterators)
    lines += _stub_macros(stubs, iterators)
    tables = [_type_table(number, types, targets, index, version) for number, version in enumerate(versions)]
    return Environment(
        "\n".join(lines) + "\n", (tables[0], tables[1]), _stub_table(stubs, index, pattern), frozenset(stubs)
    )


def _targets(sources: Sequence[SourceFile], stubs: Mapping[str, Stub], types: Types) -> list[str]:
    """What pointers of the texts point to."""
    targets = ["cell", "void", "spinlock_t", "pte_t", "pmd_t", "task_struct"]
    targets += [stub.target for stub in stubs.values() if stub.target]
    for source in sources:
        for function in source.functions:
            targets += [target for _, target, _ in argument_outcomes(function) if target]
    types.fields.setdefault("task_struct", {"mm": CType("struct mm_struct", 1)})
    types.fields.setdefault("mm_struct", {})
    targets += sorted(types.fields)
    return list(dict.fromkeys(targets))


def _constants(text: str, sources: Sequence[SourceFile], called: set[str]) -> Iterator[str]:
    """A number for each word in capitals that nothing defines."""
    used = {word for word in _WORD.findall(text) if not word.startswith("CONFIG_")}
    used = {word for word in used if not word.startswith("__") or word.startswith("__GFP_")}
    known = {word for source in sources for word in _enumerators(source)} | set(_DEFINED.findall(text))
    for position, word in enumerate(sorted(used - _SHIM_WORDS - called - known - {"NULL"})):
        yield f"#define {word} {100 + position}"


def _enumerators(source: SourceFile) -> Iterator[str]:
    for node in walk(source.tree.root_node):
        if node.type == "enumerator" and (name := node.child_by_field_name("name")) is not None:
            yield node_text(name)


def _stub_macros(stubs: Mapping[str, Stub], iterators: set[str]) -> Iterator[str]:
    for position, stub in enumerate(stubs.values()):
        if stub.name in iterators:
            which = entry_argument(stub.name)
            names = [f"a{number}" for number in range(which + 1)]
            yield f"#define {stub.name}({', '.join(names)}, ...) while ((a{which} = (void *)STUB({position}, 0)))"
        else:
            yield f"#define {stub.name}(...) STUB({position}, ##__VA_ARGS__)"


def _ordered(types: Types) -> list[str]:
    return [name for name in sorted(types.fields) if name not in types.own and name not in _SHIM_STRUCTS]


def _declaration(name: str, kind: CType) -> str:
    return f"{kind.base} {'*' * kind.stars}{name};" if kind.stars else f"long {name};"


def _type_table(
    version: int, types: Types, targets: Sequence[str], index: Mapping[str, int], sources: Sequence[SourceFile]
) -> str:
    """The types with what their fields hold; a struct that the text defines may differ between the versions."""
    own = own_fields(sources)
    lines = []
    described = []
    for number, target in enumerate(targets):
        fields: list[str] = []
        listed = own[target] if target in own else types.fields.get(target)
        if target.endswith("*"):
            inner = index.get(target[:-1], 0)
            size = "4 * sizeof(long)"
            fields = [f'{{ "[{i}]", {i} * sizeof(long), sizeof(long), {inner}, 0 }}' for i in range(4)]
        elif listed is not None and target not in _SHIM_STRUCTS:
            size = f"sizeof(struct {target})"
            for name, kind in listed.items():
                inner = index.get(kind.target, 0) if kind.stars else -1
                empty = int(target == "page" and name == "mapping")
                place = f"offsetof(struct {target}, {name}), sizeof(((struct {target} *)0)->{name})"
                fields.append(f'{{ "{name}", {place}, {inner}, {empty} }}')
        else:
            size, fields = "64", ['{ "", 0, sizeof(long), -1, 0 }']
        if fields:
            lines.append(f"static const struct field F{number}[] = {{ {', '.join(fields)} }};")
        described.append(f'\t{{ "{target}", {size}, {len(fields)}, {f"F{number}" if fields else "0"} }},')
    lines += [f"extern const struct type V{version}_types[];"]
    lines += [f"const struct type V{version}_types[] = {{", *described, "};"]
    return "\n".join(lines) + "\n"


def _stub_table(stubs: Mapping[str, Stub], index: Mapping[str, int], pattern: Pattern) -> str:
    setup = pattern.placement.setup.rpartition("->")[2]
    lines = []
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
    lines.append("extern const struct type V0_types[], V1_types[];")
    lines.append("const struct type *const types[] = { V0_types, V1_types };")
    return "\n".join(lines) + "\n"


def mangled(target: str) -> str:
    """The name of a type as part of an identifier; ``cell`` for a number."""
    return (target or "cell").replace("*", "_p").replace(" ", "_")
