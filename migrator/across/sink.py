"""*Sink*: the setup is done in a callee, so the charge moves there, and its transaction goes from all callers.

A group is one callee with all its callers; it is rewritten as a whole or left alone with the reason. What the callee
lacks it is given as parameters; what the callers disagree on is decided by the pattern's ``[sink]`` or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from migrator.across.callee import (
    Charge,
    add_parameters,
    leading_effects,
    may_return_positive,
    own_errors,
    placeholder,
    returns_of,
    rewrite_callee,
)
from migrator.across.caller import (
    Caller,
    Failing,
    call_of,
    check_added,
    check_caller,
    commit_argument,
    commits_when_positive,
    compare_rows,
    guard_effects,
    own_findings,
    read_begin,
    rewrite_caller,
    rows_after,
    rows_before,
    table_of,
)
from migrator.across.declared import is_static, parameters
from migrator.across.group import Group
from migrator.across.index import OPEN_KINDS, UseKind
from migrator.across.passes import AcrossRefusedError, Text
from migrator.diagnostics import Code, Diagnostic, Related, Severity, Suggestion
from migrator.edits import Edit
from migrator.engine import Options, left_alone
from migrator.errorpaths.compare import Finding, ignored_names
from migrator.errorpaths.effects import effects_of
from migrator.errors import MigratorError
from migrator.flow.explore import TooComplexError
from migrator.flow.facts import strip
from migrator.pattern.query import role_matches
from migrator.results import ErrorPaths, Site, SiteStatus
from migrator.syntax import arguments, callee_name, enclosing_statement, identifiers, walk
from migrator.transaction.calls import written
from migrator.transaction.mentions import name_offset
from migrator.transaction.model import FunctionModel, Status, capture_text, model_function
from migrator.transaction.protocol import check_transactions
from migrator.transaction.shapes import handle_declarator

if TYPE_CHECKING:
    from tree_sitter import Node

    from migrator.across.declared import Parameter
    from migrator.across.index import Program, Use
    from migrator.pattern.model import Pattern
    from migrator.results import FileResult
    from migrator.source import Function, SourceFile
    from migrator.transaction.model import Transaction

# Refusals of single functions behind which there may be a callee that does the setup.
_CANDIDATES = frozenset({Code.SETUP_IN_CALLEE, Code.NO_SETUP})


class _Callee(Struct, frozen=True, eq=False):
    """A function that sets up an object which it is given at ``position``."""

    source: SourceFile
    function: Function
    position: int


class _Job(Struct, eq=False):
    """A callee, its callers by (path, start of the function), and the sites that wait for it."""

    callee: _Callee
    callers: dict[tuple[str, int], Caller] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)


class _Plan(Struct, frozen=True, eq=False):
    """What goes into the callee, and what each caller adds to its call."""

    charge: Charge
    added: Mapping[tuple[str, int], tuple[str, ...]]
    findings: Mapping[tuple[str, int], tuple[Finding, ...]]
    moved: Mapping[tuple[str, int], frozenset[str]]
    notes: Mapping[tuple[str, int], tuple[Finding, ...]]


def sink(program: Program, pattern: Pattern, results: Sequence[FileResult], options: Options) -> list[Group]:
    """The groups for all sites of the results that need their callee; a refused group holds sites with the reason."""
    if pattern.placement.kind != "after-setup":
        return []
    jobs: dict[tuple[str, int], _Job] = {}
    for result in results:
        for site in result.sites:
            if site.status is not SiteStatus.REFUSED or not _may_sink(site):
                continue
            found = _find_callee(program, pattern, site)
            if found is None:
                continue
            callee, caller = found
            job = jobs.setdefault((callee.source.path, callee.function.start), _Job(callee))
            job.callers[(site.file, caller.model.function.start)] = caller
            job.sites.append(site)
    groups = []
    for job in jobs.values():
        try:
            groups.append(_carry_out(program, pattern, job, results, options))
        except AcrossRefusedError as error:
            groups.append(_refused(job, error))
        except TooComplexError as error:
            groups.append(
                _refused(job, AcrossRefusedError(Code.TOO_COMPLEX, job.sites[0].file, job.sites[0].line, str(error)))
            )
    return groups


def _may_sink(site: Site) -> bool:
    return bool(site.diagnostics) and all(
        item.code in _CANDIDATES for item in site.diagnostics if item.severity is Severity.REFUSAL
    )


def _find_callee(program: Program, pattern: Pattern, site: Site) -> tuple[_Callee, Caller] | None:
    """The callee that sets up the object of a site while its transaction is open."""
    try:
        source = program.source(site.file)
    except MigratorError:
        return None
    for function in source.functions:
        if function.name != site.function or not source.line(function.start) <= site.line <= source.line(function.end):
            continue
        model = model_function(source, function, pattern)
        for transaction in model.transactions:
            if any(model.line(begin.node) == site.line for begin in transaction.begins):
                return _callee_of(program, pattern, model, transaction)
    return None


def _callee_of(
    program: Program, pattern: Pattern, model: FunctionModel, transaction: Transaction
) -> tuple[_Callee, Caller] | None:
    check_transactions(model)
    if transaction.reasons or transaction.flow is None:
        return None
    for node in model.graph.nodes:
        if not any(phase.status is Status.OPEN for phase in transaction.flow.states.keys(node.index)):
            continue
        for call in model.facts.of(node).calls:
            name = callee_name(call)
            if name is None:
                continue
            for position, argument in enumerate(arguments(call)):
                if model.source.normal(strip(argument)) != transaction.object:
                    continue
                callee = _sets_up(program, pattern, model, name, position)
                if callee is not None:
                    return callee, Caller(model, transaction, call)
    return None


def _sets_up(program: Program, pattern: Pattern, model: FunctionModel, name: str, position: int) -> _Callee | None:
    """The definition that a call means, when it sets up its argument at a position."""
    candidates: list[Use] = []
    own = [item for item in model.source.functions if item.name == name]
    if len(own) == 1 and is_static(model.source, own[0].node):
        return _if_it_sets_up(pattern, model.source, own[0], position)
    for use in program.definitions(name):
        if use.function is None:
            continue
        if any(other.path == model.source.path for other in program.uses_of(use.path, use.function)):
            candidates.append(use)
    if len(candidates) != 1 or candidates[0].function is None:
        return None
    return _if_it_sets_up(pattern, program.source(candidates[0].path), candidates[0].function, position)


def _if_it_sets_up(pattern: Pattern, source: SourceFile, function: Function, position: int) -> _Callee | None:
    if function.broken or function.cut:
        return None
    given = parameters(source, function.node) or ()
    if position >= len(given) or not given[position].name:
        return None
    for item in role_matches(pattern, source, function.node):
        if item.role == "setup" and capture_text(source, item, "object") == given[position].name:
            return _Callee(source, function, position)
    return None


def _refused(job: _Job, error: AcrossRefusedError) -> Group:
    """The sites of a group that is left alone, with the reason."""
    name = job.callee.function.name
    sites = []
    for site in job.sites:
        related = tuple(Related(file, line, text) for file, line, text in error.related)
        message = f"the charge would have to move into {name}(), and this cannot be done for all its callers"
        if (site.file, site.line) == (error.file, error.line):
            text = f"{message}: {error.message}"
        else:
            text = f"{message}: {error.file}:{error.line}: {error.message}"
            related = (Related(error.file, error.line, error.message), *related)
        diagnostic = Diagnostic(error.code, Severity.REFUSAL, site.file, site.line, text, site.function, related)
        sites.append(replace(site, status=SiteStatus.REFUSED, placement="", diagnostics=(diagnostic,)))
    return Group(sites=tuple(sites))


# -- one group -----------------------------------------------------------------------------------------------------


def _carry_out(program: Program, pattern: Pattern, job: _Job, results: Sequence[FileResult], options: Options) -> Group:
    callers = [job.callers[key] for key in sorted(job.callers)]
    for caller in callers:
        if (caller.path, caller.model.function.start) == (job.callee.source.path, job.callee.function.start):
            raise caller.refused(Code.SETUP_IN_CALLEE, f"{caller.callee}() calls itself")
    prototypes = _check_uses(program, pattern, job, callers)
    _check_untouched(job, callers, results)
    findings: dict[tuple[str, int], list[Finding]] = {}
    shapes: dict[tuple[str, int], Failing] = {}
    for key, caller in sorted(job.callers.items()):
        findings[key] = check_caller(caller)
        shapes[key] = read_begin(caller)
    callee_model = model_function(job.callee.source, job.callee.function, pattern)
    returns = returns_of(callee_model)
    positive = [caller for caller in callers if commits_when_positive(caller)]
    if positive and may_return_positive(callee_model, returns):
        raise positive[0].refused(
            Code.GUARD_CHANGES,
            f"a positive result of {positive[0].callee}() is success here, and may come from before the setup",
            (positive[0].model.line(positive[0].call), "called here"),
        )
    plan = _plan(pattern, job, callee_model, shapes)
    early = [
        Diagnostic(
            Code.SETUP_NOT_UNDONE,
            Severity.WARNING,
            job.callee.source.path,
            effect.line,
            f"`{effect.text}` now runs before the charge, and so also when the charge fails",
            job.callee.function.name,
        )
        for effect in leading_effects(callee_model, pattern)
    ]
    own = own_errors(callee_model, returns) or frozenset()
    text = Text(job.callee.source.path, job.callee.source.data, job.callee.source.dialect, job.callee.function)
    sunk = rewrite_callee(callee_model, returns, text, plan.charge, options)
    edits: dict[str, list[Edit]] = {job.callee.source.path: list(text.edits())}
    tables: dict[str, list[ErrorPaths]] = {job.callee.source.path: list(sunk.tables)}
    for use in prototypes:
        if use.node is not None:
            added = add_parameters(program.source(use.path), use.node, plan.charge.parameters)
            edits.setdefault(use.path, []).extend(added)
    diagnostics: dict[tuple[str, int], list[Diagnostic]] = {}
    for key, caller in sorted(job.callers.items()):
        found, guarded, rewritten, paths = _rewrite(pattern, caller, plan, key, own, options)
        tables.setdefault(caller.path, []).append(paths)
        edits.setdefault(caller.path, []).extend(rewritten.edits())
        every = [*findings[key], *plan.findings[key], *found]
        diagnostics[key] = [_warning(caller, item) for item in every]
        noted = [*plan.notes[key], *guarded]
        diagnostics[key] += [replace(_warning(caller, item), severity=Severity.NOTE) for item in noted]
    first = min(diagnostics, key=lambda key: (key[0] != job.callee.source.path, key))
    diagnostics[first] = [*diagnostics[first], *early, *sunk.diagnostics]
    return _group(pattern, job, edits, diagnostics, tables, options)


def _group(
    pattern: Pattern,
    job: _Job,
    edits: Mapping[str, Sequence[Edit]],
    diagnostics: Mapping[tuple[str, int], Sequence[Diagnostic]],
    tables: Mapping[str, Sequence[ErrorPaths]],
    options: Options,
) -> Group:
    for items in diagnostics.values():
        for item in items:
            left = left_alone(options, item.code) if item.severity is Severity.WARNING else ""
            if left:
                raise AcrossRefusedError(
                    item.code,
                    item.file,
                    item.line,
                    f"{item.message} (left alone: {left})",
                    *((other.file, other.line, other.message) for other in item.related),
                )
    sites, statuses = [], {}
    for key, caller in job.callers.items():
        for site in job.sites:
            if site.file != caller.path or site.line != caller.line:
                continue
            found = tuple(diagnostics[key])
            warned = any(item.severity is Severity.WARNING for item in found)
            status = SiteStatus.WARNED if warned else SiteStatus.MIGRATED
            sites.append(replace(site, status=status, placement="sunk", diagnostics=found))
            source = caller.model.source
            for call in caller.transaction.calls:
                offset = name_offset(call.node)
                statuses[(caller.path, source.line(offset), source.column(offset))] = str(status)
    return Group(
        edits={path: tuple(items) for path, items in edits.items()},
        sites=tuple(sites),
        statuses=statuses,
        tables={path: tuple(items) for path, items in tables.items()},
    )


def _warning(caller: Caller, finding: Finding) -> Diagnostic:
    return Diagnostic(
        finding.code,
        Severity.WARNING,
        caller.path,
        finding.line,
        finding.message,
        caller.model.function.name,
        tuple(Related(caller.path, line, text) for line, text in finding.related),
        tuple(Suggestion(caller.path, line, text) for line, text in finding.remedies),
    )


def _check_uses(program: Program, pattern: Pattern, job: _Job, callers: Sequence[Caller]) -> list[Use]:
    """All callers must be known sites; returns the prototypes. Raises AcrossRefusedError."""
    callee = job.callee
    name = callee.function.name
    known = {(caller.path, caller.call.start_byte) for caller in callers}
    prototypes = []
    uses: Iterable[Use] = ()
    if is_static(callee.source, callee.function.node) and callee.source.path.endswith(".c"):
        # A file that includes this one and calls it would no longer compile: no need to search the tree for it.
        uses = program.uses_in(callee.source, name)
    elif not program.complete:
        raise callers[0].refused(
            Code.SETUP_IN_CALLEE, f"{name}() may have callers in files that were not given: run this over the tree"
        )
    else:
        uses = program.uses_of(callee.source.path, callee.function)
    for use in uses:
        if use.kind is UseKind.PROTOTYPE:
            prototypes.append(use)
        elif use.kind is UseKind.CALL:
            if use.node is None or (use.path, use.node.start_byte) not in known:
                where = f" in {use.function.name}()" if use.function is not None else ""
                raise AcrossRefusedError(
                    Code.SETUP_IN_CALLEE,
                    use.path,
                    use.line,
                    f"{name}() is also called{where} here, which is no transaction that could be moved",
                )
        elif use.kind is UseKind.FIELD and use.function is None and _declares(use):
            raise AcrossRefusedError(
                Code.SETUP_IN_CALLEE, use.path, use.line, f"{name}() is declared here in a way that is not understood"
            )
        elif use.kind in OPEN_KINDS or use.kind is UseKind.EXPORT:
            what = {
                UseKind.VALUE: "the address of {} is taken here, so not all its callers are known",
                UseKind.MACRO: "{} is used in a macro, so not all its callers are known",
                UseKind.EXPORT: "{} is exported here, so it may have callers that are not in this tree",
            }.get(use.kind, "{} is mentioned in code that does not parse")
            raise AcrossRefusedError(Code.SETUP_IN_CALLEE, use.path, use.line, what.format(f"{name}()"))
    return prototypes


def _declares(use: Use) -> bool:
    """Whether a mention outside functions declares something of this name."""
    parent = use.node.parent if use.node is not None else None
    return parent is not None and parent.type in ("declaration", "init_declarator")


def _check_untouched(job: _Job, callers: Sequence[Caller], results: Sequence[FileResult]) -> None:
    """No function of the group may have been rewritten for another site."""
    edited = {result.path: result.edits for result in results}
    functions = [(job.callee.source.path, job.callee.function), *((item.path, item.model.function) for item in callers)]
    for path, function in functions:
        for edit in edited.get(path, ()):
            if function.start <= edit.start < function.end:
                source = job.callee.source
                raise AcrossRefusedError(
                    Code.UNKNOWN_SHAPE,
                    path,
                    source.data.count(b"\n", 0, edit.start) + 1,
                    f"{function.name}() is rewritten for another site already",
                )


# -- what goes into the callee -------------------------------------------------------------------------------------


def _plan(pattern: Pattern, job: _Job, callee: FunctionModel, shapes: Mapping[tuple[str, int], Failing]) -> _Plan:
    """Decide every argument of the charge in the callee; raises AcrossRefusedError."""
    callers = job.callers
    first = callers[min(callers)]
    given = parameters(callee.source, callee.function.node) or ()
    object_name = given[job.callee.position].name
    values: dict[str, str] = {"object": object_name}
    added: dict[tuple[str, int], list[str]] = {key: [] for key in callers}
    findings: dict[tuple[str, int], list[Finding]] = {key: [] for key in callers}
    declarations: list[str] = []
    decided: dict[str, str] = {}
    names = {capture_text(item.model.source, item.transaction.begins[0], "name") for item in callers.values()}
    if len(names) > 1:
        raise first.refused(Code.ARGUMENT_DRIFT, f"the callers begin with different calls: {', '.join(sorted(names))}")
    begun = first.transaction.begins[0].captures
    for name in begun:
        if name in ("object", "handle", "name"):
            continue
        if name in pattern.new_call.template.names:
            values[name] = _argument(pattern, job, callee, name, given, added, findings, declarations)
        else:
            values[name] = _neutral(pattern, name)
    for commit in first.transaction.commits[:1]:
        for name in commit.captures:
            if name not in values and name not in ("handle", "name"):
                text = _committed(pattern, first, callers, name, object_name, findings)
                values[name] = text
                if not _is_global(text):
                    values[name] = placeholder(text)
                    decided[values[name]] = text
    failing, moved = _failing(pattern, job, callee, shapes, object_name)
    handle, declaration = _handle(first, callee)
    values["handle"] = handle
    charge = Charge(
        tuple(declarations),
        declaration,
        _call(first, first.transaction.begins[0].node, first.transaction.begins[0].captures, values, f"&{handle}"),
        _statement(first, "commit", values),
        _statement(first, "abort", values),
        failing,
        decided,
    )
    notes: dict[tuple[str, int], list[Finding]] = {key: [] for key in callers}
    for text in decided.values():
        notes[min(callers)].append(
            Finding(Code.SETUP_IN_CALLEE, first.line, f"in {first.callee}() `{text}` decides, for all callers alike")
        )
    for key, caller in callers.items():
        if failing and key not in moved:
            notes[key].append(
                Finding(
                    Code.SETUP_IN_CALLEE,
                    caller.line,
                    f"when the charge fails, {caller.callee}() asks `{failing[0].rstrip(' {')}` for this caller too",
                )
            )
    return _Plan(
        charge,
        {key: tuple(items) for key, items in added.items()},
        {key: tuple(items) for key, items in findings.items()},
        moved,
        {key: tuple(items) for key, items in notes.items()},
    )


def _neutral(pattern: Pattern, name: str) -> str:
    rule = pattern.arguments.get(name)
    return next((text for text in rule.neutral if text != "*"), "0") if rule is not None else "0"


def _argument(
    pattern: Pattern,
    job: _Job,
    callee: FunctionModel,
    name: str,
    given: Sequence[Parameter],
    added: Mapping[tuple[str, int], list[str]],
    findings: Mapping[tuple[str, int], list[Finding]],
    declarations: list[str],
) -> str:
    """The code in the callee for a capture of the begin: a parameter that has it already, or a new one."""
    texts: dict[tuple[str, int], str] = {}
    passed: dict[tuple[str, int], list[str]] = {}
    for key, caller in job.callers.items():
        captured = caller.transaction.begins[0].captures.get(name)
        if captured is None:
            raise caller.refused(Code.ARGUMENT_DRIFT, f"this begin has no {name}")
        texts[key] = caller.model.source.normal(strip(captured))
        passed[key] = [caller.model.source.normal(strip(item)) for item in arguments(caller.call)]
    changed = {item for node in callee.graph.nodes for item in callee.facts.of(node).defined}
    usable = [(index, item.name) for index, item in enumerate(given) if item.name and item.name not in changed]
    for index, parameter in usable:
        if all(index < len(passed[key]) and passed[key][index] == text for key, text in texts.items()):
            return parameter
    constants = set(texts.values())
    here = all(path == job.callee.source.path for path, _ in job.callers)
    text = next(iter(constants))
    if len(constants) == 1 and _is_global(text, here=here and not _defined_behind(job, text)):
        return next(iter(constants))
    for index, parameter in usable:
        close = [index < len(passed[key]) and _masked(passed[key][index], text) for key, text in texts.items()]
        if all(close):
            for key, text in texts.items():
                if passed[key][index] != text:
                    caller = job.callers[key]
                    findings[key].append(
                        Finding(
                            Code.ARGUMENT_DRIFT,
                            caller.line,
                            f"the charge was made with {name} `{text}`; {caller.callee}() charges with what it is "
                            f"given, `{passed[key][index]}`",
                            ((caller.model.line(caller.call), f"{caller.callee}() is called here"),),
                        )
                    )
            return parameter
    declared = pattern.sink.parameters.get(name) if pattern.sink is not None else None
    caller = job.callers[min(job.callers)]
    if declared is None:
        listed = ", ".join(f"`{text}`" for text in sorted(set(texts.values())))
        raise caller.refused(
            Code.SETUP_IN_CALLEE,
            f"{caller.callee}() is not given the {name} of the charge ({listed}), and the pattern names no parameter "
            "for it",
        )
    new = _declared(declared)
    taken = {callee.source.normal(node) for node in callee.facts.by_type.get("identifier", ())} | {
        item.name for item in given
    }
    if new in taken:
        raise caller.refused(Code.SETUP_IN_CALLEE, f"`{new}` means something else in {caller.callee}() already")
    declarations.append(declared)
    for key, caller in job.callers.items():
        captured = caller.transaction.begins[0].captures[name]
        check_added(caller, [captured])
        added[key].append(written(caller.model, captured))
    return new


def _declared(declaration: str) -> str:
    """The name that a parameter's declaration declares: its last word."""
    return declaration.rpartition("*")[2].split()[-1] if "*" in declaration else declaration.split()[-1]


def _defined_behind(job: _Job, name: str) -> bool:
    """Whether a macro is defined behind the callee in its file."""
    define = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+" + re.escape(name.encode()) + rb"\b", re.MULTILINE)
    return define.search(job.callee.source.data, job.callee.function.start) is not None


def _is_global(text: str, *, here: bool = False) -> bool:
    """Whether an expression means the same in the callee: literals, and constants where all is in one file."""
    if text.isdigit() or text in ("true", "false", "NULL"):
        return True
    return here and text.replace("_", "").isalnum() and text.isupper()


def _masked(passed: str, text: str) -> bool:
    """Whether an expression is another, perhaps with bits taken off."""
    return passed == text or passed.startswith(f"{text} & ") or passed.endswith(f" & {text}")


def _committed(
    pattern: Pattern,
    first: Caller,
    callers: Mapping[tuple[str, int], Caller],
    name: str,
    object_name: str,
    findings: Mapping[tuple[str, int], list[Finding]],
) -> str:
    """The code for a capture of the commits that the begin lacks; what decides it where the callers differ."""
    texts = {}
    for key, caller in callers.items():
        text = commit_argument(caller, name)
        if text is None:
            raise caller.refused(Code.COMMIT_ARGUMENTS_DIFFER, f"the commits disagree on {name}")
        texts[key] = text
    if name not in pattern.new_call.template.names:
        return _neutral(pattern, name)
    if len(set(texts.values())) == 1 and _is_global(next(iter(texts.values()))):
        return next(iter(texts.values()))
    decided = pattern.sink.decide.get(name) if pattern.sink is not None else None
    if decided is None:
        listed = ", ".join(
            f"`{text}` at {callers[key].path}:{callers[key].line}" for key, text in sorted(texts.items())
        )
        raise first.refused(
            Code.COMMIT_ARGUMENTS_DIFFER,
            f"the callers disagree on {name} ({listed}), and the pattern names nothing that decides it",
        )
    rendered = decided.render({"object": object_name})
    for key, text in texts.items():
        if not _is_global(text):
            findings[key].append(
                Finding(
                    Code.ARGUMENT_DRIFT,
                    callers[key].line,
                    f"the commit's {name} was `{text}`; in {first.callee}() it is `{rendered}`, by the pattern",
                )
            )
    return rendered


def _handle(caller: Caller, callee: FunctionModel) -> tuple[str, str]:
    """A name for the handle in the callee, and its declaration as in a caller."""
    model = caller.model
    name = handle_declarator(model, caller.transaction.handle)
    if name is None:
        raise caller.refused(Code.HANDLE_ESCAPES, "the handle is not declared in this function")
    declaration = enclosing_statement(name)
    kind = declaration.child_by_field_name("type")
    declarator = name
    while declarator.parent is not None and declarator.parent.type in ("pointer_declarator", "array_declarator"):
        declarator = declarator.parent
    taken = {callee.source.normal(node) for node in callee.facts.by_type.get("identifier", ())}
    old = model.source.normal(name)
    new = old
    while new in taken:
        new += "_"
    text = written(model, declarator).replace(old, new)
    return new, f"{written(model, kind) if kind is not None else 'void'} {text}"


def _call(caller: Caller, call: Node, captures: Mapping[str, Node], values: Mapping[str, str], handle: str) -> str:
    """A protocol call with other arguments."""
    model = caller.model
    given = []
    for argument in arguments(call):
        name = next(
            (
                key
                for key, node in captures.items()
                if argument.start_byte <= node.start_byte and node.end_byte <= argument.end_byte
            ),
            "",
        )
        given.append(handle if name == "handle" else values.get(name, written(model, argument)))
    return f"{callee_name(call)}({', '.join(given)})"


def _statement(caller: Caller, role: str, values: Mapping[str, str]) -> str:
    """A commit or abort for the callee."""
    calls = caller.transaction.commits if role == "commit" else caller.transaction.aborts
    if not calls:
        raise caller.refused(
            Code.COMMIT_ELSEWHERE, f"there is no {role} in this function whose form could be used in {caller.callee}()"
        )
    return _call(caller, calls[0].node, calls[0].captures, values, values["handle"]) + ";"


def _failing(
    pattern: Pattern,
    job: _Job,
    callee: FunctionModel,
    shapes: Mapping[tuple[str, int], Failing],
    object_name: str,
) -> tuple[tuple[str, ...], dict[tuple[str, int], frozenset[str]]]:
    """The lines that the callee runs when the charge fails, taken from callers, and the effects that moved."""
    blocks: dict[tuple[str, ...], Caller] = {}
    moved: dict[tuple[str, int], frozenset[str]] = {}
    for key, shape in sorted(shapes.items()):
        caller = job.callers[key]
        lines: list[str] = []
        shared = rows_before(caller, frozenset()).callee.must if shape.extras else frozenset()
        for statement in shape.extras:
            if _runs_in(pattern, caller, statement, shared):
                continue
            found = _moved_extra(pattern, caller, statement, object_name)
            if found is None:
                raise caller.refused(
                    Code.CLEANUP_LOST,
                    f"`{caller.model.readable(statement)[:60]}` runs only when the charge fails; there is no such "
                    f"place in {caller.callee}(), and the pattern does not say when it may run there",
                    (caller.model.line(statement), "here"),
                )
            lines += found
            moved[key] = moved.get(key, frozenset()) | _effects_in(pattern, caller, statement)
            _check_known(job, caller, statement)
        if lines:
            blocks.setdefault(tuple(lines), caller)
    if len(blocks) > 1:
        first, second = list(blocks.values())[:2]
        raise second.refused(
            Code.CLEANUP_LOST,
            f"{first.model.function.name}() and {second.model.function.name}() do different things when the charge "
            "fails",
        )
    return next(iter(blocks), ()), moved


def _check_known(job: _Job, caller: Caller, statement: Node) -> None:
    """What a statement calls must mean the same where the callee stands."""
    source = caller.model.source
    for call in (node for node in walk(statement) if node.type == "call_expression"):
        name = callee_name(call)
        defined = [item for item in source.functions if item.name == name]
        other = job.callee.source.path != source.path
        if name is None or any(other or item.start > job.callee.function.start for item in defined):
            raise caller.refused(
                Code.CLEANUP_LOST,
                f"`{caller.model.readable(call)}` runs when the charge fails; {caller.callee}() cannot call it",
                (caller.model.line(call), "here"),
            )


def _effects_in(pattern: Pattern, caller: Caller, statement: Node) -> frozenset[str]:
    return frozenset(
        effect.normal
        for node in caller.model.graph.nodes
        if node.syntax is not None and statement.start_byte <= node.syntax.start_byte < statement.end_byte
        for effect in effects_of(caller.model.facts, node, ignored_names(pattern))
    )


def _runs_in(pattern: Pattern, caller: Caller, statement: Node, shared: frozenset[str]) -> bool:
    """Whether a statement for a failed charge is one that the callee's failure runs too: it needs no other home."""
    inner = statement.named_children
    simple = statement.type == "expression_statement" and bool(inner) and inner[0].type == "call_expression"
    found = _effects_in(pattern, caller, statement)
    return simple and bool(found) and found <= shared


def _moved_extra(pattern: Pattern, caller: Caller, statement: Node, object_name: str) -> tuple[str, ...] | None:
    """A caller's statement for a failed charge, as the pattern lets it run in the callee; None where it does not."""
    model = caller.model
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    body = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
    if condition is None or body is None or statement.child_by_field_name("alternative") is not None:
        return None
    for rule in pattern.sink.failure if pattern.sink is not None else ():
        bound = rule.when.match(model.source, strip(condition))
        if bound is None or bound.get("object", caller.transaction.object) != caller.transaction.object:
            continue
        inner = list(body.named_children) if body.type == "compound_statement" else [body]
        if any(item.type != "expression_statement" for item in inner):
            return None
        if any(model.source.normal(name) in model.facts.locals for item in inner for name in identifiers(item)):
            return None
        head = f"if ({rule.condition.render({'object': object_name})})"
        texts = [written(model, item) for item in inner]
        if len(texts) == 1:
            return (head, f"\t{texts[0]}")
        return (f"{head} {{", *(f"\t{text}" for text in texts), "}")
    return None


# -- one caller ----------------------------------------------------------------------------------------------------


def _rewrite(
    pattern: Pattern, caller: Caller, plan: _Plan, key: tuple[str, int], own: frozenset[str], options: Options
) -> tuple[list[Finding], list[Finding], Text, ErrorPaths]:
    """Findings, notes on what was guarded, the text of a caller without its transaction, and its tables."""
    source = caller.model.source
    text = Text(caller.path, source.data, source.dialect, caller.model.function)
    rewrite_caller(caller, text, plan.added[key])
    before = rows_before(caller, own)
    model, call = _rewritten(pattern, caller, text)
    after = rows_after(caller, model, call, own)
    findings, widened = compare_rows(caller, before, after, own, plan.moved.get(key, frozenset()))
    notes: list[Finding] = []
    if widened and options.on_divergence == "guard":
        guarded = text.copy()
        if guard_effects(caller, guarded, widened, own, _result_variable(model, call)):
            model, call = _rewritten(pattern, caller, guarded)
            kept = rows_after(caller, model, call, own)
            others, left = compare_rows(caller, before, kept, own, plan.moved.get(key, frozenset()))
            if not left:
                text, findings, after = guarded, others, kept
                notes.append(_guard_note(caller, own, len(widened)))
    paths = ErrorPaths(
        caller.model.function.name,
        source.line(caller.model.function.start),
        table_of(before, caller, caller.line, caller.model.line(caller.call)),
        table_of(after, caller, model.line(call), model.line(call)),
    )
    return [*own_findings(caller), *findings], notes, text, paths


def _guard_note(caller: Caller, own: frozenset[str], count: int) -> Finding:
    cleanup = "the cleanup is" if count == 1 else f"{count} cleanups are"
    return Finding(
        Code.SETUP_IN_CALLEE,
        caller.line,
        f"{cleanup} kept for {' or '.join(sorted(own))} only: by the pattern the rest of {caller.callee}() fails "
        "with nothing else; look whether it may run out of memory, too",
        ((caller.model.line(caller.call), f"{caller.callee}() is called here"),),
    )


def _rewritten(pattern: Pattern, caller: Caller, text: Text) -> tuple[FunctionModel, Node]:
    """The model of the rewritten caller, checked: the transaction is gone, and the callee is called as often."""
    source, function = text.parse()
    model = model_function(source, function, pattern)
    key = (caller.transaction.handle, caller.transaction.object)
    left = [
        item
        for item in model.roles
        if item.role in ("begin", "commit", "abort")
        and (capture_text(source, item, "handle"), capture_text(source, item, "object")) == key
    ]
    calls = call_of(model, caller.callee)
    if left or len(calls) != len(call_of(caller.model, caller.callee)) or len(calls) != 1:
        raise caller.refused(Code.REWRITE_CHECK_FAILED, "the rewritten caller is not what was meant")
    return model, calls[0]


def _result_variable(model: FunctionModel, call: Node) -> str:
    parent = call.parent
    if parent is None or parent.type != "assignment_expression":
        return ""
    left = parent.child_by_field_name("left")
    name = "" if left is None else model.source.normal(left)
    return name if name in model.facts.locals else ""
