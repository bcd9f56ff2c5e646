"""The patches around the converts: what is introduced, what is removed, and when neither is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace
from series_git import git, repository
from series_tree import CALLERS, FILES, REED_C, STUBBORN_C, FakeTree, caller, compiles, old_arity, results_of

from migrator.api import migrate_source
from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.pattern.load import load_pattern
from migrator.pattern.model import Pattern
from migrator.results import SiteStatus
from migrator.series.around import plan_series
from migrator.series.patches import Patch, SeriesOptions, make_series
from migrator.series.plan import SeriesPlan, ended_mentions
from migrator.series.split import Split
from migrator.source import DEFAULT_DIALECT, SourceFile

OPTIONS = SeriesOptions("A U Thor <author@example.org>", datetime(2026, 1, 2, tzinfo=UTC), "migrator 1.0")
OLD = ("mem_cgroup_try_charge", "mem_cgroup_try_charge_delay", "mem_cgroup_commit_charge", "mem_cgroup_cancel_charge")


@pytest.fixture(scope="module")
def v58() -> Pattern:
    return load_pattern("mem_cgroup_charge_v58")


@pytest.fixture(scope="module")
def base() -> Pattern:
    return load_pattern("mem_cgroup_charge")


def planned(files: Mapping[str, str], pattern: Pattern, *paths: str, whole: bool = True) -> SeriesPlan:
    return plan_series(results_of(files, pattern, paths), pattern, FakeTree(files), DEFAULT_DIALECT, whole=whole)


def series(files: Mapping[str, str], pattern: Pattern, split: Split = Split.FILE) -> tuple[Patch, ...]:
    return make_series(results_of(files, pattern), pattern, replace(OPTIONS, split=split), plan=planned(files, pattern))


def states(folder: Path, files: Mapping[str, str], patches: tuple[Patch, ...]) -> list[str]:
    """What the tree holds after each patch, as one text; every state is compiled on the way."""
    folder.mkdir(exist_ok=True)
    repository(folder, {path: text.encode() for path, text in files.items()})
    found = []
    for patch in patches:
        if patch.number:
            git(folder, "am", "--quiet", given=patch.mail)
        assert compiles(folder) == "", patch.subject
        found.append("\n".join(path.read_text() for path in sorted(folder.glob("*/**/*.[ch]"))))
    return found


def of_code(plan: SeriesPlan, code: Code) -> list[Diagnostic]:
    return [diagnostic for diagnostic in plan.diagnostics if diagnostic.code is code]


def without(files: Mapping[str, str], *paths: str) -> dict[str, str]:
    return {path: text for path, text in files.items() if path not in paths}


def edited(path: str, old: str, new: str, files: Mapping[str, str] = FILES) -> dict[str, str]:
    assert old in files[path]
    return {**files, path: files[path].replace(old, new, 1)}


@pytest.mark.parametrize("split", list(Split))
@pytest.mark.parametrize("arity", ["compound", "plain"])
def test_every_prefix_compiles(tmp_path: Path, v58: Pattern, split: Split, arity: str) -> None:
    files = FILES if arity == "compound" else old_arity(FILES)
    patches = series(files, v58, split)
    subjects = [patch.subject.partition("] ")[2] for patch in patches[1:]]
    assert subjects[:2] == [
        "mm/memcontrol: introduce mem_cgroup_charge()",
        "mm/swapfile: introduce cgroup_throttle_swaprate()",
    ]
    assert subjects[-1] == "mm/memcontrol: remove the try/commit/cancel charge protocol"
    assert all("convert" in subject for subject in subjects[2:-1])
    last = states(tmp_path / "tree", files, patches)[-1]
    code = re.sub(r"/\*.*?\*/", "", last, flags=re.DOTALL)
    assert not re.search(rf"\b(?:{'|'.join(OLD)})\b", code)


def test_a_series_without_the_introductions_would_not_compile(tmp_path: Path, v58: Pattern) -> None:
    """The test above can fail."""
    results = results_of(FILES, v58)
    repository(tmp_path, {path: text.encode() for path, text in FILES.items()})
    for patch in make_series(results, v58, OPTIONS)[1:]:
        git(tmp_path, "am", "--quiet", given=patch.mail)
    assert "mem_cgroup_charge" in compiles(tmp_path)


def test_what_is_introduced(tmp_path: Path, v58: Pattern) -> None:
    patches = series(FILES, v58)
    after_header = states(tmp_path / "tree", FILES, patches[:2])[-1]
    assert (
        "\t\t\t      bool compound);\n"
        "\n"
        "int mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp_mask);\n"
        "\n"
        "void mem_cgroup_uncharge(struct page *page);\n"
    ) in after_header
    assert (
        "\t\t\t\t\t    bool compound)\n{\n}\n\nstatic inline int mem_cgroup_charge(struct page *page, "
        "struct mm_struct *mm,\n\t\t\t\t    gfp_t gfp_mask)\n{\n\treturn 0;\n}\n\nstatic inline void"
    ) in after_header
    assert (
        "\tret = mem_cgroup_try_charge(page, mm, gfp_mask, &memcg, PageHead(page));\n"
        "\tif (ret)\n"
        "\t\treturn ret;\n"
        "\tmem_cgroup_commit_charge(page, memcg, false, PageHead(page));\n"
    ) in after_header


def test_calls_have_the_arity_of_the_tree(v58: Pattern) -> None:
    plan = planned(old_arity(FILES), v58)
    (edit,) = plan.introductions[0].edits["mm/memcontrol.c"]
    text = edit.replacement
    assert b"\tret = mem_cgroup_try_charge(page, mm, gfp_mask, &memcg);\n" in text
    assert b"\tmem_cgroup_commit_charge(page, memcg, false);\n" in text


def test_two_texts_at_one_place(tmp_path: Path, v58: Pattern) -> None:
    """One blank line between them, and around them, in each state."""
    charge, throttle = v58.introduce
    moved = tuple(replace(one, anchor="mem_cgroup_cancel_charge", apart=True) for one in throttle.insertions)
    pattern = replace(v58, introduce=(charge, replace(throttle, insertions=moved)))
    results = results_of(FILES, pattern)
    plan = plan_series(results, pattern, FakeTree(FILES), DEFAULT_DIALECT)
    assert plan.removal is not None
    patches = make_series(results, pattern, OPTIONS, plan=plan)
    for text in states(tmp_path / "tree", FILES, patches):
        assert "\n\n\n" not in text.replace("#endif\n\n\n", "").replace("#endif\n\n\n", "")
    header = (tmp_path / "tree/include/linux/memcontrol.h").read_text()
    assert (
        "\nint mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp_mask);\n"
        "\nvoid cgroup_throttle_swaprate(struct page *page, gfp_t gfp_mask);\n"
        "\nvoid mem_cgroup_uncharge(struct page *page);\n"
    ) in header


def test_only_what_is_called_is_introduced(v58: Pattern) -> None:
    plan = planned(without(FILES, "mm/rush.c"), v58)
    assert [patch.subject for patch in plan.introductions] == ["introduce mem_cgroup_charge()"]


def test_what_is_declared_is_not_introduced(v58: Pattern) -> None:
    declared = "int mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp);\n"
    files = edited("include/linux/swap.h", "#endif\n", f"#endif\n{declared}")
    plan = planned(without(files, "mm/rush.c"), v58)
    assert plan.introductions == ()
    assert not of_code(plan, Code.DECLARATION_DIFFERS)


@pytest.mark.parametrize(
    "macro", ["#define mem_cgroup_charge(page, mm, gfp) 0", "# define mem_cgroup_charge charge_it"]
)
def test_a_macro_declares(v58: Pattern, macro: str) -> None:
    files = edited("include/linux/swap.h", "#endif\n", f"#endif\n{macro}\n")
    plan = planned(without(files, "mm/rush.c"), v58)
    assert plan.introductions == ()
    assert not of_code(plan, Code.NOT_DECLARED)


@pytest.mark.parametrize("head", ["static int", "int"])
def test_a_function_that_others_cannot_see(v58: Pattern, head: str) -> None:
    text = f"{head} mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp)\n{{\n\treturn 0;\n}}\n"
    plan = planned({**without(FILES, "mm/rush.c"), "mm/other.c": text}, v58)
    assert plan.introductions == ()
    (found,) = of_code(plan, Code.NOT_DECLARED)
    assert (found.file, found.line) == ("mm/other.c", 1)
    assert "it is defined here, and no header declares it" in found.message
    assert plan.removal is None


def test_a_file_may_have_its_own(v58: Pattern) -> None:
    own = "static int mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp);\n"
    plan = planned(edited("mm/reed.c", "int reed", f"{own}int reed", without(FILES, "mm/rush.c")), v58)
    assert plan.introductions == ()
    assert not of_code(plan, Code.NOT_DECLARED)


def test_a_comment_declares_nothing(v58: Pattern) -> None:
    files = edited("include/linux/swap.h", "#endif\n", "#endif\n/* int mem_cgroup_charge(void); */\n")
    assert len(planned(without(files, "mm/rush.c"), v58).introductions) == 1


def test_a_declaration_with_another_arity(base: Pattern, v58: Pattern) -> None:
    declared = "int mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp, bool care);\n"
    files = edited("include/linux/swap.h", "#endif\n", f"#endif\n{declared}")
    (found,) = of_code(planned(without(files, "mm/rush.c"), v58), Code.DECLARATION_DIFFERS)
    assert found.severity is Severity.REFUSAL
    assert (found.file, found.line) == ("include/linux/swap.h", 12)
    assert "declared with 4 parameters, but this series calls it with 3 arguments" in found.message


MISSING = {
    "prototype": (
        edited(
            "include/linux/memcontrol.h",
            "void mem_cgroup_cancel_charge(struct page *page, struct mem_cgroup *memcg,\n\t\t\t      bool compound);\n",
            "",
        ),
        "the prototype of mem_cgroup_cancel_charge(), behind which its prototype goes, is not found in this tree",
    ),
    "definition": (
        edited(
            "mm/memcontrol.c",
            "void mem_cgroup_cancel_charge(struct page",
            "void mem_cgroup_give_back(struct page",
        ),
        "the definition of mem_cgroup_cancel_charge(), behind which its definition goes, is not found",
    ),
    "twice": (
        {
            **FILES,
            "include/linux/other.h": "void mem_cgroup_cancel_charge(struct page *page, struct mem_cgroup *memcg,"
            " bool compound);\n",
        },
        "is there more than once (also include/linux/other.h:1)",
    ),
    "shared-line": (
        edited(
            "include/linux/memcontrol.h",
            "\t\t\t      bool compound);\nvoid mem_cgroup_uncharge(struct page *page);",
            "\t\t\t      bool compound); void mem_cgroup_uncharge(struct page *page);",
        ),
        "cannot be used: it shares a line with other code",
    ),
    "annotation-above": (
        edited("mm/memcontrol.c", "/**\n * mem_cgroup_cancel", "__must_check\n/**\n * mem_cgroup_cancel"),
        "cannot be used: what stands before it may belong to it",
    ),
    "more-parameters": (
        {path: text.replace("bool lrucare, bool compound)", "bool lrucare, int why)") for path, text in FILES.items()},
        "mem_cgroup_commit_charge() also takes why (mm/memcontrol.c:38); what to pass is not known",
    ),
    "declarations-differ": (
        edited("include/linux/memcontrol.h", "bool lrucare, bool compound);", "bool lrucare);"),
        "the declarations of mem_cgroup_commit_charge() in this tree differ",
    ),
    "fewer-parameters": (
        {
            path: text.replace(
                "gfp_t gfp_mask, struct mem_cgroup **memcgp,\n\t\t\t  bool compound)", "gfp_t gfp_mask)"
            ).replace(
                "gfp_t gfp_mask,\n\t\t\t\t\tstruct mem_cgroup **memcgp,\n\t\t\t\t\tbool compound)", "gfp_t gfp_mask)"
            )
            for path, text in FILES.items()
        },
        "it calls mem_cgroup_try_charge() with 4 arguments, which takes 3 (mm/memcontrol.c:16)",
    ),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_place_is_never_guessed(v58: Pattern, case: str) -> None:
    files, message = MISSING[case]
    plan = planned(without(files, "mm/rush.c"), v58)
    assert plan.introductions == ()
    (found,) = of_code(plan, Code.NOT_DECLARED)
    assert found.severity is Severity.REFUSAL
    assert "mem_cgroup_charge() is not introduced: " in found.message
    assert message in found.message
    assert plan.removal is None
    assert "nothing declares mem_cgroup_charge()" in of_code(plan, Code.REMOVAL_BLOCKED)[0].message


def test_a_call_that_no_pattern_introduces(v58: Pattern) -> None:
    """A template calls what neither the tree nor the pattern declares."""
    pattern = replace(v58, introduce=tuple(one for one in v58.introduce if one.name == "mem_cgroup_charge"))
    plan = planned(FILES, pattern)
    (found,) = of_code(plan, Code.NOT_DECLARED)
    assert found.file == "mm/rush.c"
    assert "cgroup_throttle_swaprate() is called by this series, and nothing in the tree declares it" in found.message
    assert [patch.subject for patch in plan.introductions] == ["introduce mem_cgroup_charge()"]


def test_an_old_call_that_is_not_ready(v58: Pattern) -> None:
    line = "\tVM_BUG_ON_PAGE(!page->mapping, page);\n"
    head = "bool lrucare, bool compound)\n{\n"
    plan = planned(edited("mm/memcontrol.c", head, head + line), v58)
    (found,) = of_code(plan, Code.INTRODUCE_CAVEAT)
    assert (found.severity, found.file, found.line) == (Severity.WARNING, "mm/memcontrol.c", 41)
    assert plan.introductions[0].diagnostics == (found,)


@pytest.mark.parametrize("text", ["\t/* page->mapping */\n", "\tpage_mapping_unknown(page);\n"])
def test_an_old_call_that_is_ready(v58: Pattern, text: str) -> None:
    head = "bool lrucare, bool compound)\n{\n"
    plan = planned(edited("mm/memcontrol.c", head, head + text), v58)
    assert not of_code(plan, Code.INTRODUCE_CAVEAT)


def test_what_is_removed(tmp_path: Path, v58: Pattern) -> None:
    last = states(tmp_path / "tree", FILES, series(FILES, v58))[-1]
    header = (tmp_path / "tree/include/linux/memcontrol.h").read_text()
    assert header == (
        '#include "kit.h"\n\n#ifdef CONFIG_MEMCG\n/* charging */\n'
        "\nint mem_cgroup_charge(struct page *page, struct mm_struct *mm, gfp_t gfp_mask);\n"
        "\nvoid mem_cgroup_uncharge(struct page *page);\n#else\n"
        "static inline int mem_cgroup_charge(struct page *page, struct mm_struct *mm,\n"
        "\t\t\t\t    gfp_t gfp_mask)\n{\n\treturn 0;\n}\n"
        "\nstatic inline void mem_cgroup_uncharge(struct page *page)\n{\n}\n#endif\n"
    )
    assert "static int __mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,\n\t\t\t\t   gfp_t" in last
    assert "\tret = __mem_cgroup_try_charge(page, mm, gfp_mask, &memcg,\n\t\t\t\t      PageHead(page));\n" in last
    assert " * __mem_cgroup_try_charge - reserve\n" in last
    assert "give it back" not in last
    assert "Pages that mem_cgroup_try_charge() has reserved" in last
    assert "\n\n\n" not in last.replace("#endif\n\n\n", "")


def test_the_ledger_knows_what_is_gone(v58: Pattern) -> None:
    plan = planned(FILES, v58)
    (result,) = results_of(FILES, v58, ["mm/memcontrol.c"])
    found = {(mention.line, mention.name): mention.status for mention in ended_mentions(result, plan)}
    assert found[4, "mem_cgroup_try_charge"] == "kept"
    assert found[11, "mem_cgroup_try_charge"] == "renamed"
    assert found[14, "mem_cgroup_cancel_charge"] == "kept"
    assert found[16, "mem_cgroup_try_charge"] == "renamed"
    assert found[27, "mem_cgroup_try_charge_delay"] == "removed"
    assert found[31, "mem_cgroup_try_charge"] == "removed"
    assert found[47, "mem_cgroup_cancel_charge"] == "removed"
    assert set(found.values()) == {"kept", "renamed", "removed"}


BLOCKED = {
    "a-refused-site": ({**FILES, "mm/sedge.c": STUBBORN_C}, "mm/sedge.c", 12, "is still called here"),
    "a-macro": (
        edited("include/linux/swap.h", "#endif\n", "#endif\n#define cancel_it mem_cgroup_cancel_charge\n"),
        "include/linux/swap.h",
        12,
        "mem_cgroup_cancel_charge is used in a macro",
    ),
    "a-value": (
        {**FILES, "mm/table.c": "void *calls[] = { mem_cgroup_cancel_charge };\n"},
        "mm/table.c",
        1,
        "mem_cgroup_cancel_charge() is still used here",
    ),
    "an-export": (
        edited(
            "mm/memcontrol.c",
            "\ttally(memcg, compound ? -512 : -1);\n}\n",
            "\ttally(memcg, compound ? -512 : -1);\n}\nEXPORT_SYMBOL(mem_cgroup_cancel_charge);\n",
        ),
        "mm/memcontrol.c",
        52,
        "mem_cgroup_cancel_charge() is handed to others here",
    ),
    "an-export-apart": (
        edited(
            "mm/memcontrol.c",
            "void mem_cgroup_uncharge",
            "EXPORT_SYMBOL(mem_cgroup_cancel_charge);\n\nvoid mem_cgroup_uncharge",
        ),
        "mm/memcontrol.c",
        53,
        "mem_cgroup_cancel_charge() is still used here",
    ),
    "two-in-one-declaration": (
        {**FILES, "mm/odd.h": "void mem_cgroup_cancel_charge(struct page *page), other(void);\n"},
        "mm/odd.h",
        1,
        "cannot be removed: it shares its declaration with another name",
    ),
    "the-name-is-taken": (
        {**FILES, "mm/odd.h": "void __mem_cgroup_try_charge(void);\n"},
        "mm/odd.h",
        1,
        "__mem_cgroup_try_charge, which would be the new name of a function, is taken",
    ),
    "a-user-elsewhere": (
        {**FILES, "fs/other.c": "void f(struct page *p)\n{\n\tmem_cgroup_cancel_charge(p, NULL, false);\n}\n"},
        "fs/other.c",
        3,
        "1 use in a file that is no part of this run",
    ),
}


@pytest.mark.parametrize("case", BLOCKED)
def test_what_blocks_the_removal(v58: Pattern, case: str) -> None:
    files, path, line, message = BLOCKED[case]
    paths = [one for one in sorted(files) if not one.startswith("fs/") and any(word in files[one] for word in OLD)]
    plan = planned(files, v58, *paths)
    assert plan.removal is None
    assert not plan.gone
    (found,) = of_code(plan, Code.REMOVAL_BLOCKED)
    assert found.severity is Severity.NOTE
    said = [(found.file, found.line, found.message), *((one.file, one.line, one.message) for one in found.related)]
    assert any(one[:2] == (path, line) and message in one[2] for one in said), said
    patches = make_series(results_of(files, v58, paths), v58, OPTIONS, plan=plan)
    assert not any("remove the" in patch.subject for patch in patches)


def test_strings_and_comments_block_nothing(v58: Pattern) -> None:
    text = '/* mem_cgroup_cancel_charge() */\nconst char *said = "mem_cgroup_cancel_charge";\n'
    assert planned({**FILES, "mm/said.c": text}, v58).removal is not None


def test_a_part_of_the_tree_is_not_enough(v58: Pattern) -> None:
    plan = planned(FILES, v58, whole=False)
    assert plan.removal is None
    assert "only a part of the tree was searched" in of_code(plan, Code.REMOVAL_BLOCKED)[0].message


def test_a_file_that_cannot_be_read_blocks(v58: Pattern) -> None:
    tree = FakeTree({**FILES, "mm/secret.c": caller("secret")})
    tree.unreadable = frozenset({"mm/secret.c"})
    plan = plan_series(results_of(FILES, v58), v58, tree, DEFAULT_DIALECT)
    assert plan.removal is None
    assert "the file cannot be read" in of_code(plan, Code.REMOVAL_BLOCKED)[0].message


def test_a_static_function_that_nobody_would_call(v58: Pattern) -> None:
    body = "\ttally(memcg, compound ? -512 : -1);\n"
    files = edited("mm/memcontrol.c", body, "\tgive_back(memcg);\n")
    files = edited(
        "mm/memcontrol.c",
        "/**\n * mem_cgroup_try",
        "static void give_back(struct mem_cgroup *memcg)\n{\n\tmemcg->usage--;\n}\n\n/**\n * mem_cgroup_try",
        files,
    )
    plan = planned(files, v58)
    assert plan.removal is None
    assert "give_back() would have no caller left" in of_code(plan, Code.REMOVAL_BLOCKED)[0].message


def test_nothing_is_left_for_a_second_run(tmp_path: Path, v58: Pattern) -> None:
    states(tmp_path / "tree", FILES, series(FILES, v58))
    files = {path: (tmp_path / "tree" / path).read_text() for path in FILES}
    assert series(files, v58) == ()
    assert planned(files, v58) == SeriesPlan()


def test_a_series_in_two_parts(tmp_path: Path, v58: Pattern) -> None:
    """The first run leaves a site; the second finds the new call in the tree, built on the old ones."""
    first = {**FILES, "mm/sedge.c": STUBBORN_C}
    states(tmp_path / "one", first, series(first, v58))
    half = {path: (tmp_path / "one" / path).read_text() for path in first}
    half["mm/sedge.c"] = REED_C.replace("reed(", "sedge(").replace("rush(", "sedges(")
    patches = series(half, v58)
    assert [patch.subject.partition("mm/")[2] for patch in patches[1:]] == [
        "sedge: convert sedge() to mem_cgroup_charge()",
        "memcontrol: remove the try/commit/cancel charge protocol",
    ]
    states(tmp_path / "two", half, patches)
    states(tmp_path / "at-once", FILES, series(FILES, v58))
    for path in FILES:
        assert (tmp_path / "two" / path).read_text() == (tmp_path / "at-once" / path).read_text()


def test_the_new_call_is_not_made_to_call_itself(tmp_path: Path, v58: Pattern) -> None:
    states(tmp_path / "tree", FILES, series(FILES, v58)[:3])
    data = (tmp_path / "tree/mm/memcontrol.c").read_bytes()
    assert b"int mem_cgroup_charge(" in data
    result = migrate_source(data, v58, path="mm/memcontrol.c")
    assert not result.changed
    assert not result.sites
    renamed = migrate_source(data.replace(b"int mem_cgroup_charge(", b"int charge_it("), v58)
    assert [site.status for site in renamed.sites] == [SiteStatus.MIGRATED]


def test_line_ends_are_those_of_the_file(tmp_path: Path, v58: Pattern) -> None:
    files = {path: text.replace("\n", "\r\n") for path, text in FILES.items()}
    plan = planned(files, v58)
    for patch in plan.introductions:
        for edits in patch.edits.values():
            assert all(edit.replacement.count(b"\n") == edit.replacement.count(b"\r\n") > 0 for edit in edits)
    assert plan.removal is not None


def test_the_result_of_all_patches_parses(v58: Pattern) -> None:
    plan = planned(FILES, v58)
    assert set(plan.contents) == {
        "include/linux/memcontrol.h", "include/linux/swap.h", "mm/memcontrol.c", "mm/swapfile.c"
    }  # fmt: skip
    for patch in series(FILES, v58)[1:]:
        assert SourceFile.parse("x.c", patch.diff, DEFAULT_DIALECT)
        assert patch.message.splitlines()
        assert max(map(len, patch.message.splitlines())) <= 75


SETUP_C = """\
int reed(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	page->mapping = mm;
	err = reed_insert(page);
	if (err)
		goto out;
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
out:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg, false);
	return err;
}
"""


def test_four_arguments(base: Pattern) -> None:
    """The form of the call that stands behind the setup."""
    reed = CALLERS + SETUP_C
    files = {**without(FILES, "mm/rush.c"), "mm/reed.c": reed}
    plan = planned(files, base)
    assert [patch.subject for patch in plan.introductions] == ["introduce mem_cgroup_charge()"]
    (edit,) = plan.introductions[0].edits["mm/memcontrol.c"]
    assert b"\tVM_BUG_ON_PAGE(!page->mapping, page);\n" in edit.replacement
    assert b"\tmem_cgroup_commit_charge(page, memcg, lrucare, PageHead(page));\n" in edit.replacement
    assert not of_code(plan, Code.INTRODUCE_CAVEAT)
