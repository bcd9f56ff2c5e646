"""The arguments of the charge in the callee, decided one by one.

What the callee is given already is best, then what is the same constant everywhere, then a parameter of which bits were
taken off, then a new parameter. What the commits give is a constant, or what the pattern says for all callers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from migrator.across.declared import parameters
from migrator.across.signature import NewParameter
from migrator.across.sink.caller.checks import check_added
from migrator.across.sink.caller.shape import Caller, commit_argument
from migrator.across.sink.macros import defines
from migrator.diagnostics import Code
from migrator.errorpaths.compare import Finding
from migrator.flow.facts import strip
from migrator.syntax import arguments
from migrator.transaction.calls import written

if TYPE_CHECKING:
    from migrator.across.sink.find import Job, Key
    from migrator.pattern.model import Pattern
    from migrator.transaction.model import FunctionModel


class Chosen(Struct, frozen=True, eq=False):
    """The code of an argument in the callee; by caller what it gives for a new parameter, and what is to be said.

    ``parameter`` is the new one, None where none is needed.
    """

    text: str
    parameter: NewParameter | None = None
    added: Mapping[Key, str] = field(default_factory=dict)
    findings: Mapping[Key, Finding] = field(default_factory=dict)


def _neutral(pattern: Pattern, name: str) -> str:
    """What stands for an argument that the new call does not take."""
    rule = pattern.arguments.get(name)
    return next((text for text in rule.neutral if text != "*"), "0") if rule is not None else "0"


def begun_argument(job: Job, callee: FunctionModel, name: str) -> Chosen:
    """The code in the callee for a capture of the begin; raises AcrossRefusedError."""
    if name not in callee.pattern.new_call.template.names:
        return Chosen(_neutral(callee.pattern, name))
    texts: dict[Key, str] = {}
    passed: dict[Key, list[str]] = {}
    for key, caller in job.callers.items():
        captured = caller.transaction.begins[0].captures.get(name)
        if captured is None:
            raise caller.refused(Code.ARGUMENT_DRIFT, f"this begin has no {name}")
        texts[key] = caller.model.source.normal(strip(captured))
        passed[key] = [caller.model.source.normal(strip(item)) for item in arguments(caller.call)]
    changed = {item for node in callee.graph.nodes for item in callee.facts.of(node).defined}
    given = parameters(callee.source, callee.function.node) or ()
    usable = [(index, item.name) for index, item in enumerate(given) if item.name and item.name not in changed]
    for index, parameter in usable:
        if all(index < len(passed[key]) and passed[key][index] == text for key, text in texts.items()):
            return Chosen(parameter)
    constants = set(texts.values())
    here = all(path == job.callee.source.path for path, _ in job.callers)
    if len(constants) == 1:
        (text,) = constants
        if is_global(text, here=here and not defines(job.callee.source, text, job.callee.function.start)):
            return Chosen(text)
    for index, parameter in usable:
        if all(index < len(passed[key]) and _masked(passed[key][index], text) for key, text in texts.items()):
            drifts = {key: passed[key][index] for key, text in texts.items() if passed[key][index] != text}
            findings = {key: _drift(job.callers[key], name, texts[key], other) for key, other in drifts.items()}
            return Chosen(parameter, findings=findings)
    return _new_parameter(job, callee, name, texts)


def _drift(caller: Caller, name: str, text: str, given: str) -> Finding:
    return Finding(
        Code.ARGUMENT_DRIFT,
        caller.line,
        f"the charge was made with {name} `{text}`; {caller.callee}() charges with what it is given, `{given}`",
        ((caller.model.line(caller.call), f"{caller.callee}() is called here"),),
    )


def _new_parameter(job: Job, callee: FunctionModel, name: str, texts: Mapping[Key, str]) -> Chosen:
    """A parameter that the pattern names for what the callee is not given; raises AcrossRefusedError."""
    sink = callee.pattern.sink
    declared = sink.parameters.get(name) if sink is not None else None
    first = job.callers[min(job.callers)]
    if declared is None:
        listed = ", ".join(f"`{text}`" for text in sorted(set(texts.values())))
        raise first.refused(
            Code.SETUP_IN_CALLEE,
            f"{first.callee}() is not given the {name} of the charge ({listed}), and the pattern names no parameter "
            "for it",
        )
    new = NewParameter(declared, f"the {name} of the charge")
    taken = {callee.source.normal(node) for node in callee.facts.by_type.get("identifier", ())}
    taken |= {item.name for item in parameters(callee.source, callee.function.node) or ()}
    if new.name in taken:
        raise first.refused(Code.SETUP_IN_CALLEE, f"`{new.name}` means something else in {first.callee}() already")
    added = {}
    for key, caller in job.callers.items():
        captured = caller.transaction.begins[0].captures[name]
        check_added(caller, [captured])
        added[key] = written(caller.model, captured)
    return Chosen(new.name, new, added)


def is_global(text: str, *, here: bool = False) -> bool:
    """Whether an expression means the same in the callee: literals, and constants where all is in one file."""
    if text.isdigit() or text in ("true", "false", "NULL"):
        return True
    return here and text.replace("_", "").isalnum() and text.isupper()


def _masked(passed: str, text: str) -> bool:
    """Whether an expression is another, perhaps with bits taken off."""
    return passed == text or passed.startswith(f"{text} & ") or passed.endswith(f" & {text}")


def committed_argument(job: Job, pattern: Pattern, name: str, object_name: str) -> Chosen:
    """The code for a capture of the commits that the begin lacks; what decides it where the callers differ."""
    callers = job.callers
    texts = {}
    for key, caller in callers.items():
        text = commit_argument(caller, name)
        if text is None:
            raise caller.refused(Code.COMMIT_ARGUMENTS_DIFFER, f"the commits disagree on {name}")
        texts[key] = text
    if name not in pattern.new_call.template.names:
        return Chosen(_neutral(pattern, name))
    if len(set(texts.values())) == 1 and is_global(next(iter(texts.values()))):
        return Chosen(next(iter(texts.values())))
    decided = pattern.sink.decide.get(name) if pattern.sink is not None else None
    first = callers[min(callers)]
    if decided is None:
        listed = ", ".join(
            f"`{text}` at {callers[key].path}:{callers[key].line}" for key, text in sorted(texts.items())
        )
        raise first.refused(
            Code.COMMIT_ARGUMENTS_DIFFER,
            f"the callers disagree on {name} ({listed}), and the pattern names nothing that decides it",
        )
    rendered = decided.render({"object": object_name})
    findings = {
        key: Finding(
            Code.ARGUMENT_DRIFT,
            callers[key].line,
            f"the commit's {name} was `{text}`; in {first.callee}() it is `{rendered}`, by the pattern",
        )
        for key, text in texts.items()
        if not is_global(text)
    }
    return Chosen(rendered, findings=findings)
