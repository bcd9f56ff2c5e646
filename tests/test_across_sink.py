"""The charge moves into the callee that does the setup, for all callers or for none."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from across_tree import reasons, runner

from migrator.api import TreeResult, scan
from migrator.diagnostics import Code, Severity
from migrator.engine import Options
from migrator.pattern.load import load_pattern
from migrator.results import SiteStatus
from migrator.testing import without_wants

CASES = Path(__file__).resolve().parent.parent / "testdata" / "mem_cgroup_charge"
FEN = without_wants((CASES / "sink" / "before" / "mm" / "fen.c").read_bytes()).decode()

Tree = Callable[..., TreeResult]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files, migrate them all, and give the result."""

    def run(options: Options | None = None, /, **files: str) -> TreeResult:
        named = {f"mm/{name.replace('_h', '.h').replace('_c', '.c')}": text.encode() for name, text in files.items()}
        return runner(tmp_path, "mem_cgroup_charge")(named, options)

    return run


def after(result: TreeResult, name: str) -> str:
    return next(file.after.decode() for file in result.files if file.path == f"mm/{name}")


def codes(result: TreeResult) -> set[Code]:
    return {item.code for item in result.all_diagnostics if item.severity is not Severity.NOTE}


def test_the_case_as_it_stands(tree: Tree) -> None:
    result = tree(fen_c=FEN)
    assert after(result, "fen.c") == (CASES / "sink" / "after" / "mm" / "fen.c").read_text()
    assert [site.placement for site in result.sites] == ["sunk"] * 3
    assert [site.status for site in result.sites] == [SiteStatus.WARNED, SiteStatus.WARNED, SiteStatus.MIGRATED]
    assert codes(result) == {Code.ERROR_PATH_WIDENED, Code.ARGUMENT_DRIFT}
    (widened,) = (item for item in result.all_diagnostics if item.code is Code.ERROR_PATH_WIDENED)
    lines = FEN.splitlines()
    assert "mem_cgroup_try_charge" in lines[widened.line - 1]
    assert lines[widened.related[0].line - 1].strip() == "delete_from_swap_cache(page);"
    assert {mention.status for mention in result.mentions} == {"migrated", "warned"}


def test_a_second_run_finds_nothing(tree: Tree) -> None:
    again = tree(fen_c=after(tree(fen_c=FEN), "fen.c"))
    assert not again.sites


def test_guard_keeps_the_cleanup_for_its_error(tree: Tree) -> None:
    result = tree(Options(on_divergence="guard"), fen_c=FEN)
    assert "\t\tif (error == -EEXIST)\n\t\t\tdelete_from_swap_cache(page);\n" in after(result, "fen.c")
    assert codes(result) == {Code.ARGUMENT_DRIFT}
    notes = [item for item in result.all_diagnostics if item.severity is Severity.NOTE]
    assert {item.code for item in notes} == {Code.SETUP_IN_CALLEE}
    assert any("kept for -EEXIST only" in item.message for item in notes)
    assert result.sites[0].status is SiteStatus.MIGRATED


def test_guard_does_nothing_where_the_errors_cannot_be_told_apart(tree: Tree) -> None:
    text = FEN.replace("xas_set_err(&xas, -EEXIST)", "xas_set_err(&xas, -ENOMEM)")
    result = tree(Options(on_divergence="guard"), fen_c=text)
    assert "if (error ==" not in after(result, "fen.c")
    assert Code.ERROR_PATH_WIDENED in codes(result)


@pytest.mark.parametrize(
    ("options", "reason"), [(Options(strict=True), "strict"), (Options(on_divergence="refuse"), "on-divergence refuse")]
)
def test_a_group_with_a_divergence_is_left_alone_when_asked(tree: Tree, options: Options, reason: str) -> None:
    assert f"(left alone: {reason})" in reasons(tree(options, fen_c=FEN))


ANOTHER = """
static int fen_plain(struct page *page, struct address_space *mapping)
{
	return fen_insert(page, mapping, 0, NULL, GFP_KERNEL);
}
"""


def test_a_caller_that_is_no_site_refuses_all(tree: Tree) -> None:
    text = reasons(tree(fen_c=FEN + ANOTHER))
    assert "fen_insert() is also called in fen_plain() here, which is no transaction" in text


def test_a_callee_whose_address_is_taken_refuses_all(tree: Tree) -> None:
    text = reasons(tree(fen_c=FEN + "\nstatic const struct fen_ops ops = { .insert = fen_insert };\n"))
    assert "the address of fen_insert() is taken here" in text


def test_a_callee_in_a_macro_refuses_all(tree: Tree) -> None:
    text = reasons(tree(fen_c="#define FEN(p, m) fen_insert(p, m, 0, NULL, GFP_KERNEL)\n" + FEN))
    assert "fen_insert() is used in a macro" in text


def test_a_function_of_the_same_name_elsewhere_is_another(tree: Tree) -> None:
    other = "static int fen_insert(int a)\n{\n\treturn a;\n}\n\nint fen_user(void)\n{\n\treturn fen_insert(1);\n}\n"
    result = tree(fen_c=FEN, other_c=other)
    assert {site.placement for site in result.sites} == {"sunk"}


def test_callers_that_disagree_on_an_argument_without_a_parameter(tree: Tree) -> None:
    text = FEN.replace(
        "ret = fen_insert(page, inode->i_mapping, index, NULL, gfp);",
        "ret = fen_insert(page, inode->i_mapping, index, NULL, GFP_NOFS);",
    )
    assert "fen_insert() is not given the gfp of the charge" in reasons(tree(fen_c=text))


def test_a_handle_that_escapes_in_one_caller_refuses_all(tree: Tree) -> None:
    text = FEN.replace("\tswap_free(swap);\n", "\tfen_keep(&memcg);\n\tswap_free(swap);\n")
    assert "handle-escapes" in reasons(tree(fen_c=text))


def test_a_lock_around_the_callee(tree: Tree) -> None:
    text = FEN.replace(
        "\tret = fen_insert(page, inode->i_mapping, index, NULL, gfp);\n",
        "\tspin_lock(&fen_lock);\n\tret = fen_insert(page, inode->i_mapping, index, NULL, gfp);\n"
        "\tspin_unlock(&fen_lock);\n",
    )
    text = reasons(tree(fen_c=text))
    assert "may-sleep-in-atomic" in text
    assert "fen_lock" in text


def test_a_variable_that_is_read_between(tree: Tree) -> None:
    text = FEN.replace("\tret = fen_insert(page,", "\tfen_trace(ret);\n\tret = fen_insert(page,")
    assert "`ret` is read at line" in reasons(tree(fen_c=text))


def test_the_callee_is_not_reached_on_every_path(tree: Tree) -> None:
    text = FEN.replace(
        "\tret = fen_insert(page, inode->i_mapping, index, NULL, gfp);\n\tif (ret)\n",
        "\tif (index)\n\t\tret = fen_insert(page, inode->i_mapping, index, NULL, gfp);\n\tif (ret)\n",
    )
    assert reasons(tree(fen_c=text))


def test_a_statement_for_a_failed_charge_without_a_home(tree: Tree) -> None:
    text = FEN.replace(
        "\tif (ret)\n\t\tgoto let_go;\n\n\tret = fen",
        "\tif (ret) {\n\t\tfen_count(inode);\n\t\tgoto let_go;\n\t}\n\n\tret = fen",
    )
    assert text != FEN
    assert "`fen_count(inode);` runs only when the charge fails" in reasons(tree(fen_c=text))


def test_a_callee_that_returns_no_error(tree: Tree) -> None:
    text = FEN.replace("static int fen_insert(", "static long fen_insert(")
    assert "fen_insert() does not return an int" in reasons(tree(fen_c=text))


HEADER = """int fen_insert(struct page *page, struct address_space *mapping,
	       pgoff_t index, void *expected, gfp_t gfp);
"""


def test_a_global_callee_and_its_prototype(tree: Tree) -> None:
    head, _, rest = FEN.partition("static int fen_swap_in(")
    result = tree(
        fen_c=head.replace("static int fen_insert(", "int fen_insert(").replace(
            "\t\t      pgoff_t", "\t       pgoff_t"
        ),
        callers_c='#include "fen.h"\n\nstatic int fen_swap_in(' + rest,
        fen_h=HEADER,
    )
    assert {site.placement for site in result.sites} == {"sunk"}
    assert "void *expected, gfp_t gfp,\n\t       struct mm_struct *charge_mm);" in after(result, "fen.h")
    assert result.together == (frozenset({"mm/fen.c", "mm/fen.h", "mm/callers.c"}),)
    assert "mem_cgroup_charge(page, charge_mm, gfp, PageSwapCache(page))" in after(result, "fen.c")


def test_a_global_callee_that_is_exported(tree: Tree) -> None:
    text = FEN.replace("static int fen_insert(", "int fen_insert(") + "EXPORT_SYMBOL_GPL(fen_insert);\n"
    assert "fen_insert() is exported here" in reasons(tree(fen_c=text))


def test_a_group_that_needs_a_file_that_was_not_given(tmp_path: Path) -> None:
    head, _, rest = FEN.partition("static int fen_swap_in(")
    for folder in ("lib", "use"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lib" / "fen.c").write_text(head.replace("static int fen_insert(", "int fen_insert("))
    (tmp_path / "use" / "callers.c").write_text("static int fen_swap_in(" + rest)
    pattern = load_pattern("mem_cgroup_charge")
    below = scan([tmp_path / "use"], pattern, root=tmp_path)
    assert "this needs changes in lib/fen.c too, outside of the paths given" in reasons(below)
    # Of a file that is named by itself nothing else is looked at.
    assert "no-setup" in reasons(scan([tmp_path / "use" / "callers.c"], pattern, root=tmp_path))


def test_files_alone_do_not_show_all_callers_of_a_global_function(tmp_path: Path) -> None:
    (tmp_path / "fen.c").write_text(FEN.replace("static int fen_insert(", "int fen_insert("))
    text = reasons(scan([tmp_path / "fen.c"], load_pattern("mem_cgroup_charge"), root=tmp_path))
    assert "fen_insert() may have callers in files that were not given" in text


def test_an_argument_that_may_change_on_the_way(tree: Tree) -> None:
    text = FEN.replace("dst_mm, gfp, &memcg", "inode->i_mm, gfp, &memcg").replace(
        "\tret = fen_insert(page,", "\tfen_trace(inode);\n\tret = fen_insert(page,"
    )
    result = tree(fen_c=text)
    assert result.sites[2].status is SiteStatus.WARNED
    assert "`inode->i_mm`, the mm of the charge, may change" in result.sites[2].diagnostics[0].message


def test_an_argument_with_an_effect(tree: Tree) -> None:
    text = FEN.replace("dst_mm, gfp, &memcg", "fen_get_mm(inode), gfp, &memcg")
    assert "fen_get_mm() may have an effect" in reasons(tree(fen_c=text))


def test_a_block_with_declarations_keeps_its_braces(tree: Tree) -> None:
    text = FEN.replace("\tif (!error) {\n", "\tif (!error) {\n\t\tint tries = 0;\n\n")
    assert "declares variables" in reasons(tree(fen_c=text))


def test_a_callee_that_calls_itself(tree: Tree) -> None:
    text = FEN.replace(
        "\treturn 0;\n}\n\nstatic int fen_swap",
        "\tfen_insert(page, mapping, 0, NULL, gfp);\n\treturn 0;\n}\n\nstatic int fen_swap",
    )
    assert "fen_insert() is also called in fen_insert() here" in reasons(tree(fen_c=text))


def test_crlf(tree: Tree) -> None:
    result = tree(fen_c=FEN.replace("\n", "\r\n"))
    plain = (CASES / "sink" / "after" / "mm" / "fen.c").read_bytes()
    (file,) = result.files
    assert file.after.count(b"\r\n") == file.after.count(b"\n") == plain.count(b"\n")


def test_a_positive_result_that_is_success(tree: Tree) -> None:
    early = FEN.replace("\tpage_ref_add(page, nr);\n", "\tif (index > 5)\n\t\treturn 1;\n\n\tpage_ref_add(page, nr);\n")
    assert {site.placement for site in tree(fen_c=early).sites} == {"sunk"}
    text = early.replace("\tif (ret)\n\t\tgoto take_back;", "\tif (ret < 0)\n\t\tgoto take_back;")
    assert "a positive result of fen_insert() is success here" in reasons(tree(fen_c=text))


COUNTERS = """\tif (ret) {
		if (PageTransHuge(page))
			count_vm_event(THP_FILE_FALLBACK);
		goto let_go;
	}
"""


def test_callers_that_do_different_things_when_the_charge_fails(tree: Tree) -> None:
    text = FEN.replace("\tif (ret)\n\t\tgoto let_go;\n", COUNTERS, 1)
    assert "do different things when the charge fails" in reasons(tree(fen_c=text))


def test_counters_of_two_callers_are_written_once(tree: Tree) -> None:
    both = COUNTERS.replace(
        "\t\t\tcount_vm_event(THP_FILE_FALLBACK);\n",
        "\t\t{\n\t\t\tcount_vm_event(THP_FILE_FALLBACK);\n\t\t\tcount_vm_event(THP_FILE_FALLBACK_CHARGE);\n\t\t}\n",
    ).replace("(page))\n\t\t{", "(page)) {")
    text = FEN.replace("\tif (ret)\n\t\tgoto let_go;\n", both, 1)
    assert after(tree(fen_c=text), "fen.c").count("count_vm_event(THP_FILE_FALLBACK);") == 1


def test_cleanup_that_runs_twice_is_said(tree: Tree) -> None:
    text = FEN.replace(
        "failed:\n\tunlock_page(page);", "failed:\n\tdelete_from_swap_cache(page);\n\tunlock_page(page);"
    )
    found = [item for item in tree(fen_c=text).all_diagnostics if item.code is Code.ERROR_PATH_WIDENED]
    assert [item.message.partition(" (")[0] for item in found] == [
        "`delete_from_swap_cache(page)` runs more often than before when the charge fails"
    ]


def test_an_argument_beside_one_that_may_change_it(tree: Tree) -> None:
    text = FEN.replace("dst_mm, gfp, &memcg", "inode->i_mm, gfp, &memcg").replace(
        "ret = fen_insert(page, inode->i_mapping,", "ret = fen_insert(page, fen_mapping(inode),"
    )
    assert "`inode->i_mm` would be evaluated beside `fen_mapping(inode)`" in reasons(tree(fen_c=text))


def test_a_variadic_callee(tree: Tree) -> None:
    text = FEN.replace("void *expected, gfp_t gfp)\n{", "void *expected, gfp_t gfp, ...)\n{")
    assert "the parameters of fen_insert() cannot be added to" in reasons(tree(fen_c=text))


def test_a_prototype_without_parameters_stays(tree: Tree) -> None:
    result = tree(fen_c=FEN.replace("static int fen_insert(", "static int fen_insert();\n\nstatic int fen_insert(", 1))
    assert "static int fen_insert();\n" in after(result, "fen.c")


def test_comments_between_the_arguments(tree: Tree) -> None:
    text = FEN.replace("index, NULL, gfp);", "index, /* nothing */ NULL, gfp);")
    assert "comments stand between the arguments of fen_insert()" in reasons(tree(fen_c=text))


def test_cleanup_that_both_failures_share_needs_no_home(tree: Tree) -> None:
    text = FEN.replace(
        "\tif (ret)\n\t\tgoto let_go;\n\n\tret = fen",
        "\tif (ret) {\n\t\tput_page(page);\n\t\treturn ret;\n\t}\n\n\tret = fen",
    )
    assert text != FEN
    result = tree(fen_c=text)
    assert result.sites[2].status is SiteStatus.MIGRATED


def test_effects_between_the_begin_and_the_callee(tree: Tree) -> None:
    text = FEN.replace("\tret = fen_insert(page,", "\tcount_vm_event(PGMAJFAULT);\n\tret = fen_insert(page,")
    site = tree(fen_c=text).sites[2]
    assert [item.code for item in site.diagnostics if item.severity is Severity.WARNING] == [Code.SETUP_NOT_UNDONE]


def test_a_local_that_is_set_between_and_read_behind(tree: Tree) -> None:
    text = (
        FEN.replace("\tint ret;\n", "\tint ret, stage = 0;\n")
        .replace("\tret = fen_insert(page,", "\tstage = 1;\n\tret = fen_insert(page,")
        .replace("let_go:\n", "let_go:\n\tif (!stage)\n\t\tcount_vm_event(PGFREE);\n")
    )
    assert "`stage` is set between the begin and fen_insert()" in reasons(tree(fen_c=text))


def test_a_result_that_a_macro_sees(tree: Tree) -> None:
    text = FEN.replace(
        "\tret = fen_insert(page, inode->i_mapping, index, NULL, gfp);\n\tif (ret)\n",
        "\tif (WARN_ON(ret = fen_insert(page, inode->i_mapping, index, NULL, gfp)))\n",
    )
    assert text != FEN
    assert "the result of fen_insert() is given to WARN_ON()" in reasons(tree(fen_c=text))


def test_a_commit_argument_that_is_no_constant(tree: Tree) -> None:
    text = FEN.replace(
        "mem_cgroup_commit_charge(page, memcg, true, false)", "mem_cgroup_commit_charge(page, memcg, index != 0, false)"
    )
    messages = [item.message for item in tree(fen_c=text).sites[0].diagnostics]
    assert (
        "the commit's lrucare was `index != 0`; in fen_insert() it is `PageSwapCache(page)`, by the pattern" in messages
    )


def test_what_stands_before_the_test_of_the_callee(tree: Tree) -> None:
    text = FEN.replace("\tif (ret)\n\t\tgoto take_back;", "\tfen_count(inode);\n\tif (ret)\n\t\tgoto take_back;")
    found = tree(fen_c=text).sites[2].diagnostics
    assert any("`fen_count(inode)` now also runs when the charge fails" in item.message for item in found)


def test_what_the_declarations_of_the_callee_do(tree: Tree) -> None:
    text = FEN.replace("\tunsigned long nr = compound_nr(page);\n", "\tunsigned long nr = fen_grab(page);\n")
    found = [item for item in tree(fen_c=text).all_diagnostics if item.code is Code.SETUP_NOT_UNDONE]
    assert ["`fen_grab(page)` now runs before the charge" in item.message for item in found] == [True]


def test_a_macro_that_may_declare_keeps_its_block(tree: Tree) -> None:
    text = FEN.replace("\tif (!error) {\n", "\tif (!error) {\n\t\tDEFINE_WAIT(wait);\n\n")
    assert "would lose its block" in reasons(tree(fen_c=text))


OUTSIDER = """#include "fen.c"

int fen_outside(struct page *page, struct address_space *mapping)
{
	return fen_insert(page, mapping, 0, NULL, GFP_KERNEL);
}
"""


def test_a_file_that_includes_the_callee_may_call_it(tree: Tree) -> None:
    text = reasons(tree(fen_c=FEN, outside_c=OUTSIDER))
    assert "mm/outside.c:5: fen_insert() is also called in fen_outside() here" in text


def test_a_template_that_the_file_of_the_callee_includes_may_call_it(tree: Tree) -> None:
    text = reasons(tree(fen_c=FEN + '#include "rest.h"\n', rest_h=OUTSIDER.partition("\n\n")[2]))
    assert "mm/rest.h:3: fen_insert() is also called in fen_outside() here" in text


def test_a_file_that_includes_another_of_that_name_is_looked_at_in_vain(tree: Tree) -> None:
    other = OUTSIDER.replace("fen_insert(page, mapping, 0, NULL, GFP_KERNEL)", "fen_other(page)")
    assert {site.placement for site in tree(fen_c=FEN, outside_c=other).sites} == {"sunk"}


PASTED = """
static int fen_pasted(struct page *page)
{
	return USE;
}
"""


@pytest.mark.parametrize(
    ("macro", "use"),
    [
        pytest.param("FEN(op, page) fen_##op(page, NULL, 0, NULL, GFP_KERNEL)", "FEN(insert, page)", id="head"),
        pytest.param("FEN(a, page) a ## _insert(page, NULL, 0, NULL, GFP_KERNEL)", "FEN(fen, page)", id="tail"),
        pytest.param("FEN(a, b) \\\n\ta##_##b(page, NULL, 0, NULL, GFP_KERNEL)", "FEN(fen, insert)", id="both"),
        pytest.param("FEN(a, b) a##b(page, NULL, 0, NULL, GFP_KERNEL)", "FEN(fen_, insert)", id="no-underscore"),
        pytest.param("FEN(page) fen_ ## insert(page, NULL, 0, NULL, GFP_KERNEL)", "FEN(page)", id="always"),
    ],
)
def test_a_callee_whose_name_a_macro_may_paste_refuses_all(tree: Tree, macro: str, use: str) -> None:
    text = f"#define {macro}\n{FEN}"
    if use != "FEN(page)":
        # What it takes to make the name is written nowhere.
        assert {site.placement for site in tree(fen_c=text).sites} == {"sunk"}
    refused = reasons(tree(fen_c=text + PASTED.replace("USE", use)))
    assert "fen_insert() is used in a macro, so not all its callers are known" in refused


def test_names_that_are_pasted_otherwise_do_not_matter(tree: Tree) -> None:
    macros = '#define FEN(op) fen_##op##_later(0)\n#define ALL(op) other_##op(0)\n#define STR(op) #op "fen_"\n'
    assert {site.placement for site in tree(fen_c=macros + FEN).sites} == {"sunk"}


def test_a_macro_that_is_named_like_the_new_parameter(tree: Tree) -> None:
    macro = "#define charge_mm current->mm\n"
    reason = "`charge_mm` is a word of a macro"
    assert reason in reasons(tree(fen_c=macro + FEN))
    assert reason in reasons(tree(fen_c=FEN, fen_h=macro))
    assert reason in reasons(tree(fen_c="#define FEN_MM() use(charge_mm)\n" + FEN))


def test_a_macro_of_another_file_that_is_named_like_the_new_parameter(tree: Tree) -> None:
    assert {site.placement for site in tree(fen_c=FEN, odd_c="#define charge_mm 1\n").sites} == {"sunk"}


DOC = """/**
 * fen_insert - put a page where it belongs
 * @page: the page, locked
 * @mapping: the file
 * @index: where
 * @expected: what is there now,
 *	an entry or nothing
 * @gfp: how to allocate
 *
 * Return: 0 or an error.
 */
"""


@pytest.mark.parametrize(
    ("doc", "line"),
    [
        pytest.param(DOC, " * @charge_mm: the mm of the charge\n", id="plain"),
        pytest.param(DOC.replace(": ", ":\t"), " * @charge_mm:\tthe mm of the charge\n", id="tabs"),
        pytest.param(
            DOC.replace("how to allocate", "How to allocate."), " * @charge_mm: The mm of the charge.\n", id="sentences"
        ),
        pytest.param(
            DOC.replace("@page: ", "@page:      ")
            .replace("@mapping: ", "@mapping:   ")
            .replace("@index: ", "@index:     ")
            .replace("@expected: ", "@expected:  ")
            .replace("@gfp: ", "@gfp:       "),
            " * @charge_mm: the mm of the charge\n",
            id="columns",
        ),
    ],
)
def test_the_new_parameter_is_documented_as_the_others_are(tree: Tree, doc: str, line: str) -> None:
    text = FEN.replace("static int fen_insert(", doc + "static int fen_insert(", 1)
    result = tree(fen_c=text)
    last = next(item for item in doc.splitlines(keepends=True) if "@gfp" in item)
    plain = (CASES / "sink" / "after" / "mm" / "fen.c").read_text()
    documented = doc.replace(last, last + line)
    assert after(result, "fen.c") == plain.replace("static int fen_insert(", documented + "static int fen_insert(", 1)


@pytest.mark.parametrize(
    "doc",
    [
        pytest.param("/*\n * @gfp: no kernel-doc\n */\n", id="a-plain-comment"),
        pytest.param("/**\n * fen_insert - nothing of parameters\n */\n", id="no-parameters"),
        pytest.param("/** @gfp: in one line */\n", id="one-line"),
        pytest.param("/**\n * fen_insert - insert\n * @gfp: how to allocate */\n", id="no-line-for-the-end"),
        pytest.param(DOC + "static int fen_other;\n\n", id="of-something-else"),
    ],
)
def test_other_comments_are_left_alone(tree: Tree, doc: str) -> None:
    text = after(tree(fen_c=FEN.replace("static int fen_insert(", doc + "static int fen_insert(", 1)), "fen.c")
    assert doc in text
    assert "struct mm_struct *charge_mm)" in text


STUB = f"""#ifdef CONFIG_FEN
{HEADER}#else
static inline int fen_insert(struct page *page, struct address_space *mapping,
			     pgoff_t index, void *expected, gfp_t gfp)
{{
	return 0;
}}
#endif
"""


def test_a_prototype_among_others_refuses_all(tree: Tree) -> None:
    header = HEADER.replace(";", ",\n    fen_other(int index);")
    text = reasons(tree(fen_c=FEN.replace("static int fen_insert(", "int fen_insert("), fen_h=header))
    assert "mm/fen.h:1: the parameters are not understood" in text


def test_a_callee_with_callers_that_are_not_in_c(tree: Tree) -> None:
    text = FEN.replace("static int fen_insert(", "asmlinkage int fen_insert(", 1)
    assert "fen_insert() has callers that are not in C" in reasons(tree(fen_c=text))
    header = HEADER.replace("int fen", "asmlinkage int fen", 1)
    text = reasons(tree(fen_c=FEN.replace("static int fen_insert(", "int fen_insert("), fen_h=header))
    assert "mm/fen.h:1: fen_insert() has callers that are not in C" in text


def test_a_stub_beside_the_callee_refuses_all(tree: Tree) -> None:
    text = reasons(tree(fen_c=FEN.replace("static int fen_insert(", "int fen_insert("), fen_h=STUB))
    assert "mm/fen.h:5: fen_insert() has another definition here" in text


def test_a_variable_for_the_error_is_no_macro(tree: Tree) -> None:
    text = re.sub(r"\berror\b", "ret", FEN)
    for name, macro in (("error", ""), ("err", "#define error (current->error)\n")):
        assert f"\tint {name};\n" in after(tree(fen_c=macro + text), "fen.c").partition("fen_swap_in")[0]
