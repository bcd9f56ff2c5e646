"""One file through the engine: options, checks of its own result, and input that nobody should feed it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from migrator.diagnostics import Code, Severity
from migrator.edits import Edit, apply_edits
from migrator.engine import Options, migrate_bytes
from migrator.errorpaths import compare as error_paths
from migrator.flow import explore
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.results import FileResult
from migrator.rewrite.draft import Draft
from migrator.transaction import function as rewriting
from tests.flow_code import DIALECT

V57 = load_pattern("mem_cgroup_charge")
V58 = load_pattern("mem_cgroup_charge_v58")


def site(name: str, cleanup: str = "", error: str = "return -ENOMEM;") -> str:
    """A function with one site; ``cleanup`` runs behind the commit's failure-free path."""
    return f"""
int {name}(struct page *page, struct mm_struct *mm)
{{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		{error}
	mem_cgroup_commit_charge(page, memcg, false);
{cleanup}	return 0;
}}
"""


def migrated_text(name: str, error: str = "return -ENOMEM;") -> str:
    return f"""
int {name}(struct page *page, struct mm_struct *mm)
{{
	if (mem_cgroup_charge(page, mm, GFP_KERNEL))
		{error}
	return 0;
}}
"""


def warned(name: str) -> str:
    """A site with a warning: lrucare means something."""
    return site(name).replace("false", "true")


def refused(name: str) -> str:
    """A site that is refused: a path leaves the transaction open."""
    return site(name).replace("\tmem_cgroup_commit", "\tif (mm)\n\t\treturn 1;\n\tmem_cgroup_commit")


def migrated(text: str, options: Options = Options()) -> FileResult:
    return migrate_bytes("mm/f.c", text.encode(), V58, DIALECT, options)


def statuses(result: FileResult) -> dict[str, str]:
    return {item.function: str(item.status) for item in result.sites}


def codes(result: FileResult) -> set[Code]:
    return {item.code for item in result.all_diagnostics}


def test_sites_of_one_file_are_independent() -> None:
    result = migrated(site("one") + refused("two") + warned("three") + site("four"))
    assert statuses(result) == {"one": "migrated", "two": "refused", "three": "warned", "four": "migrated"}
    parts = migrated_text("one") + refused("two") + migrated_text("three") + migrated_text("four")
    assert result.after.decode() == parts
    assert [item.severity for item in result.all_diagnostics] == [Severity.REFUSAL, Severity.WARNING]
    assert result.after == apply_edits(result.before, result.edits)


def test_begins_that_belong_together_are_refused_once() -> None:
    call = "mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)"
    result = migrated(refused("f").replace(f"if ({call})", f"if (mm ? {call} : {call})"))
    both = migrated(refused("f").replace(f"\tif ({call})", f"\tif ({call})\n\t\treturn -EBUSY;\n\tif ({call})"))
    for found in (result, both):
        assert [str(item.status) for item in found.sites] == ["refused", "refused"]
        assert found.sites[0].diagnostics
        assert found.sites[1].diagnostics == ()


def test_results_can_be_pickled() -> None:
    result = migrated(site("one") + refused("two"), Options(tables=True))
    assert pickle.loads(pickle.dumps(result)) == result


# -- options ---------------------------------------------------------------------------------------------------------


def test_strict_leaves_warned_sites_alone() -> None:
    text = site("one") + warned("two")
    result = migrated(text, Options(strict=True))
    assert statuses(result) == {"one": "migrated", "two": "refused"}
    assert result.after.decode() == migrated_text("one") + warned("two")
    (diagnostic,) = result.all_diagnostics
    assert (diagnostic.code, diagnostic.severity) == (Code.ARGUMENT_DROPPED, Severity.REFUSAL)
    assert diagnostic.message.endswith("(left alone: strict)")
    assert migrated(result.after.decode(), Options(strict=True)).after == result.after


def test_strict_leaves_the_other_sites_of_the_function() -> None:
    second = """
	if (mem_cgroup_try_charge(copy, mm, GFP_KERNEL, &other))
		return -EBUSY;
	mem_cgroup_commit_charge(copy, other, true);
	return 0;
"""
    text = site("f").replace("*memcg;", "*memcg, *other;").replace("\treturn 0;\n", second)
    loose, strict = migrated(text), migrated(text, Options(strict=True))
    assert [str(item.status) for item in loose.sites] == ["migrated", "warned"]
    assert [str(item.status) for item in strict.sites] == ["migrated", "refused"]
    assert strict.after.decode() == text.replace("*memcg, *other;", "*other;").replace(
        "mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg)", "mem_cgroup_charge(page, mm, GFP_KERNEL)"
    ).replace("\tmem_cgroup_commit_charge(page, memcg, false);\n", "")


def test_skip_names_a_site_by_function_and_line() -> None:
    text = site("one") + site("two")
    line = text[: text.rindex("mem_cgroup_try_charge")].count("\n") + 1
    result = migrated(text, Options(skip=frozenset({("two", line)})))
    assert result.after.decode() == migrated_text("one") + site("two")
    assert statuses(result) == {"one": "migrated", "two": "refused"}
    assert not result.all_diagnostics
    for other in (("one", line), ("two", line + 1)):
        assert migrated(text, Options(skip=frozenset({other}))).after == migrated(text).after


def test_tables_only_where_wanted() -> None:
    text = site("one") + refused("two")
    assert migrated(text).error_paths == ()
    (table,) = migrated(text, Options(tables=True)).error_paths
    assert (table.function, table.line) == ("one", 2)
    assert table.before == tuple(replace(row, line=row.line + 2) for row in table.after)
    assert [row.returns for row in table.after] == [("-ENOMEM",)]


# -- input -----------------------------------------------------------------------------------------------------------


def test_a_file_without_a_word_is_not_looked_at() -> None:
    for data in (b"", b"\0\0binary", b"int a(\n", b"mem_cgroup_try_charges"):
        result = migrate_bytes("f.c", data, V58, DIALECT)
        assert result == FileResult("f.c", data, data)


def test_a_binary_file_is_unreadable() -> None:
    data = b"\x7fELF\0\0mem_cgroup_try_charge\0" + site("one").encode()
    result = migrate_bytes("f.o", data, V58, DIALECT)
    assert result.error is not None
    assert (result.error.code, result.error.severity, result.error.file) == (Code.UNREADABLE, Severity.ERROR, "f.o")
    assert not result.changed
    assert result.all_diagnostics == (result.error,)


ODD = {
    "nothing-else": "mem_cgroup_try_charge",
    "call-at-top-level": "mem_cgroup_try_charge(page, mm, 0, &memcg);",
    "no-closing-brace": site("one").rstrip().removesuffix("}"),
    "only-a-brace": "}" + site("one"),
    "comment-not-closed": site("one") + "/* mem_cgroup_try_charge",
    "string-not-closed": site("one").replace("return 0;", 'return "mem_cgroup_try_charge;'),
    "if-not-closed": "#if X\n" + site("one"),
    "else-alone": "#else\n" + site("one"),
    "latin-1": site("one").replace("return 0;", "return 0; /* \udce9 */"),
    "form-feed": "\f" + site("one"),
    "no-newline-at-the-end": site("one").rstrip(),
    "backslash-at-the-end": site("one") + "#define A mem_cgroup_try_charge \\",
    "carriage-returns-alone": site("one").replace("\n", "\r"),
    "conflict-markers": "<<<<<<< ours\n" + site("one") + "=======\n" + site("two") + ">>>>>>> theirs\n",
    "deep-parentheses": site("one", f"\tx = {'(' * 300}1{')' * 300};\n"),
    "deep-blocks": site("one", "\t" + "{" * 300 + "}" * 300 + "\n"),
    "deep-blocks-emptied": site("one").replace(
        "\tmem_cgroup_commit_charge(page, memcg, false);",
        "\t" + "{" * 300 + "mem_cgroup_commit_charge(page, memcg, false);" + "}" * 300,
    ),
    "label-without-a-statement": site("one").replace("return 0;\n}", "out:\n}"),
    "goto-nowhere": site("one", error="goto nowhere;"),
    "old-style-definition": site("one").replace("(struct page *page, struct mm_struct *mm)", "(page, mm)"),
    "nested-function": site("one", site("two")),
}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        pytest.param(pattern, name, id=f"{version}-{name}")
        for version, pattern in (("v57", V57), ("v58", V58))
        for name in ODD
    ],
)
def test_odd_input_never_raises_and_loses_nothing(pattern: Pattern, name: str) -> None:
    data = ODD[name].encode("utf-8", "surrogateescape")
    result = migrate_bytes("f.c", data, pattern, DIALECT, Options(tables=True))
    assert result.error is None
    assert result.before == data
    assert result.after == apply_edits(data, result.edits)
    assert not [item for item in result.mentions if item.status == "unaccounted"]
    again = migrate_bytes("f.c", result.after, pattern, DIALECT)
    assert not again.changed


# -- checks of its own result --------------------------------------------------------------------------------------


def test_too_complex_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore, "STEPS_PER_NODE", 0)
    result = migrated(site("one") + refused("two"))
    assert statuses(result) == {"one": "refused", "two": "refused"}
    assert codes(result) == {Code.TOO_COMPLEX}
    assert not result.changed


def test_too_complex_to_compare_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcomes(*_: object, **__: object) -> None:
        raise explore.TooComplexError("no end")

    monkeypatch.setattr(error_paths, "outcomes", outcomes)
    result = migrated(site("one"))
    (diagnostic,) = result.all_diagnostics
    assert (diagnostic.code, diagnostic.line) == (Code.TOO_COMPLEX, 6)
    assert diagnostic.message == "the error paths could not be compared: no end"
    assert not result.changed


def breaking(monkeypatch: pytest.MonkeyPatch, name: str, old: bytes, new: bytes) -> None:
    """Make the edits of one function do something else too."""
    emit = rewriting.emit

    def broken(draft: Draft) -> Sequence[Edit]:
        edits = emit(draft)
        if draft.function.name != name:
            return edits
        start = draft.source.data.index(old, draft.function.start)
        return (*edits, Edit(start, start + len(old), new))

    monkeypatch.setattr(rewriting, "emit", broken)


# What stands behind the commit of the function whose rewrite is broken.
EXTRA = "\tif (mm)\n\t\treturn 1;\n\tx();\n\tif (page)\n\t\treturn 2;\n\ty();\n"
BROKEN: dict[str, tuple[bytes, bytes, str]] = {
    "does-not-parse": (b"return 0;", b"return 0", "does not parse"),
    "brace-lost": (b"return 0;\n}", b"return 0;\n", "does not parse"),
    "name-changed": (b"broken(", b"other(", "does not parse"),
    "finds-work": (b"return 0;", b"mem_cgroup_cancel_charge(page, memcg);\n\treturn 0;", "second run"),
    "two-new-calls": (b"return 0;", b"return mem_cgroup_charge(page, mm, 0);", "expected new calls"),
    "other-flow": (b"\t\treturn 2;", b"\t\t;", "other code would follow line"),
    "other-flow-behind-the-call": (b"if (mm)\n\t\treturn 1;", b"if (mm)\n\t\t;", "other code would follow line"),
    "edits-overlap": (b"mem_cgroup_commit_charge(page", b"", "do not fit together"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rewrite_that_fails_its_check_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, message = BROKEN[name]
    breaking(monkeypatch, "broken", old, new)
    text = site("one") + site("broken", EXTRA) + site("two")
    result = migrated(text)
    assert statuses(result)["broken"] == "refused"
    failed = [item for item in result.all_diagnostics if item.code is Code.REWRITE_CHECK_FAILED]
    assert failed
    assert all(message in item.message for item in failed)
    assert site("broken", EXTRA) in result.after.decode()
    if name != "edits-overlap":
        # Nobody knows whose edits overlap; what fails a check of its own is refused alone.
        assert statuses(result) == {"one": "migrated", "broken": "refused", "two": "migrated"}
        assert result.after.decode() == migrated_text("one") + site("broken", EXTRA) + migrated_text("two")


def test_an_expression_that_is_nested_too_deeply() -> None:
    deep = "err = " * 3000 + "0"
    text = "int f(struct page *page, struct mm_struct *mm)\n{\n\tstruct mem_cgroup *memcg;\n\tint err;\n\n"
    text += f"\t{deep};\n"
    text += "\tif (mem_cgroup_try_charge(page, mm, 0, &memcg, false))\n\t\treturn err;\n"
    text += "\tmem_cgroup_commit_charge(page, memcg, false, false);\n\treturn err;\n}\n"
    result = migrate_bytes("deep.c", text.encode(), load_pattern("mem_cgroup_charge_v58"), DIALECT)
    assert result.after == result.before
    assert [item.code for item in result.all_diagnostics] == [Code.TOO_COMPLEX]
