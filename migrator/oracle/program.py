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
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.errors import InputError
from migrator.oracle.c_types import CType, returned_type
from migrator.oracle.environment import Environment, environment_of, mangled
from migrator.oracle.stubs import argument_outcomes
from migrator.oracle.texts import Text, compiled_text, parse_version
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
_VERSIONS = ("before", "after")
_PLACE = re.compile(r"^(?:/[^:\n]*/)?((?:before|after)-\d+\.c):", re.MULTILINE)


class Compiled(Struct, frozen=True):
    """A program that can run ``functions``; ``warnings`` are the compiler's, by version.

    ``errors``: it was not built, and why; ``failed``: the version that does not compile, or -1.
    """

    path: Path
    functions: tuple[str, ...]
    warnings: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    errors: str = ""
    failed: int = -1


class Workshop(Struct):
    """A folder for programs, with the runtime compiled once. Close it to remove the folder."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="migrator-oracle-")))
    count: int = 0

    def __post_init__(self) -> None:
        if shutil.which("gcc") is None:
            raise InputError("not found: cases are compiled with it before they are run", "gcc")
        done = self._gcc("-c", str(_HERE / "runtime.c"), "-o", str(self.folder / "runtime.o"))
        if done.returncode:
            raise InputError(f"does not compile what runs the cases: {_first_error(done.stderr)}", "gcc")

    def _gcc(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["gcc", *_FLAGS, f"-I{_HERE}", *words]
        environment = {**os.environ, "LC_ALL": "C"}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, errors="replace")

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def build(
        self,
        texts: Sequence[Text],
        wanted: Collection[str],
        pattern: Pattern,
        dialect: Dialect = DEFAULT_DIALECT,
        defines: Sequence[str] = (),
    ) -> Compiled:
        """Compile both versions of all texts into one program that can run the wanted functions."""
        self.count += 1
        folder = self.folder / str(self.count)
        folder.mkdir()
        versions = [parse_version(texts, version, dialect) for version in (0, 1)]
        environment = environment_of(versions, pattern)
        names = tuple(name for name in _targets(versions, bool(defines)) if name in wanted)
        (folder / "common.h").write_text(environment.header)
        reports = []
        for version, sources in enumerate(versions):
            files = {f"{_VERSIONS[version]}-{number}.c": source for number, source in enumerate(sources)}
            for name, source in files.items():
                (folder / name).write_bytes(compiled_text(source, environment.stubs))
            code, built = folder / f"V{version}.c", folder / f"V{version}.o"
            code.write_text(_unit(version, files, names, environment))
            done = self._gcc(*(f"-D{word}" for word in defines), "-c", str(code), "-o", str(built))
            told = _with_paths(done.stderr, {name: source.path for name, source in files.items()})
            if done.returncode:
                return Compiled(folder, names, errors=told, failed=version)
            reports.append(tuple(line for line in told.splitlines() if "warning:" in line))
        program = folder / "program"
        done = self._gcc(str(self.folder / "runtime.o"), str(folder / "V0.o"), str(folder / "V1.o"), "-o", str(program))
        if done.returncode:
            raise InputError(f"does not link (are its sanitizers installed?): {_first_error(done.stderr)}", "gcc")
        return Compiled(program, names, (reports[0], reports[1]))


def _first_error(text: str) -> str:
    lines = text.strip().splitlines()
    return next((line for line in lines if "error" in line or "cannot" in line), lines[-1] if lines else "no message")


def _with_paths(text: str, paths: Mapping[str, str]) -> str:
    """The compiler's messages with the names of the files as the case has them."""
    return _PLACE.sub(lambda match: f"{paths[match[1]]}:", text)


def _targets(versions: Sequence[Sequence[SourceFile]], configured: bool) -> list[str]:
    """The functions that both versions define; without configuration, none that an ``#if`` may take away."""
    listed = []
    for sources in versions:
        names: dict[str, None] = {}
        for source in sources:
            groups = [] if configured else source.conditionals
            regions = [(group.directives[0].start, group.directives[-1].end) for group in groups]
            for function in source.functions:
                inside = any(start <= function.start < end for start, end in regions)
                if not (function.broken or function.cut or inside):
                    names[function.name] = None
        listed.append(names)
    return [name for name in listed[0] if name in listed[1]]


def _unit(version: int, files: Mapping[str, SourceFile], names: Sequence[str], environment: Environment) -> str:
    functions = {function.name: function for source in files.values() for function in source.functions}
    lines = ['#include "common.h"']
    lines += [f"#define {inner} V{version}_{inner}" for inner in functions if inner not in environment.stubs]
    lines += [f'#include "{name}"' for name in files]
    lines += [environment.tables[version], environment.stub_table if version == 0 else "", "#undef current"]
    for inner in names:
        lines.append(_wrapper(functions[inner]))
    lines.append(f"extern const struct entry V{version}_entries[];")
    lines.append(f"const struct entry V{version}_entries[] = {{")
    lines += [f'\t{{ "{inner}", call_{inner}_ }},' for inner in names]
    return "\n".join([*lines, "\t{ 0, 0 }", "};", ""])


def _wrapper(function: Function) -> str:
    lines = [f"static long call_{function.name}_(void)", "{"]
    given = []
    for position, (name, target, outcomes) in enumerate(argument_outcomes(function)):
        lines.append(f"\tstatic const long o{position}[] = {{ {', '.join(outcomes)} }};")
        given.append(f'argument("{name}", TYPE_{mangled(target)}, {len(outcomes)}, o{position})')
    call = f"{function.name}({', '.join(given)})"
    if returned_type(function) == CType("void"):
        lines += [f"\t{call};", "\treturn 0;"]
    else:
        lines.append(f"\treturn (long){call};")
    return "\n".join([*lines, "}"])
