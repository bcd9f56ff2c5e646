"""A handle that leaves the function of its begin: it goes from everything that it passes through, or from nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from migrator.api import TreeResult, scan
from migrator.diagnostics import Code
from migrator.edits import apply_edits
from migrator.engine import Options
from migrator.pattern.load import load_pattern
from migrator.results import SiteStatus
from migrator.testing import difference, wants_in, without_wants

TESTDATA = Path(__file__).resolve().parent.parent / "testdata" / "mem_cgroup_charge_v58"
CASES = ("handle-in-member", "handle-in-parameter", "handle-taken-from-member")

Files = dict[str, bytes]


class Run(Protocol):
    """Write files, migrate them all, and give the result."""

    def __call__(self, files: Mapping[str, bytes], options: Options | None = None) -> TreeResult: ...


def read_tree(folder: Path) -> Files:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write files, migrate them all, and give the result."""

    def migrate(files: Mapping[str, bytes], options: Options | None = None) -> TreeResult:
        for name, data in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(without_wants(data))
        pattern = load_pattern("mem_cgroup_charge_v58")
        return scan([tmp_path], pattern, root=tmp_path, options=options or Options())

    return migrate


def texts(result: TreeResult, before: Mapping[str, bytes]) -> Files:
    found = {path: without_wants(data) for path, data in before.items()}
    return found | {file.path: file.after for file in result.files}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, run: Run) -> None:
    before, wanted = (read_tree(TESTDATA / name / part) for part in ("before", "after"))
    result = run(before)
    got = texts(result, before)
    assert got.keys() == wanted.keys()
    for path, data in wanted.items():
        if got[path] != without_wants(data):
            pytest.fail(difference(without_wants(data), got[path], path), pytrace=False)
    wants = {(path, want.line, want.code) for path, data in before.items() for want in wants_in(data, path)}
    assert {(item.file, item.line, str(item.code)) for item in result.all_diagnostics} == wants
    for path, data in before.items():
        for want in wants_in(data, path):
            assert any(item.line == want.line and want.text in item.message for item in result.all_diagnostics)
    for file in result.files:
        assert apply_edits(file.before, file.edits) == file.after
    assert result.totals.unaccounted == 0
    assert {site.placement for site in result.sites} == {"at-begin"}
    assert not run(got).sites


MEMBER = read_tree(TESTDATA / "handle-in-member" / "before")
PARAMETER = read_tree(TESTDATA / "handle-in-parameter" / "before")


def changed(files: Files, path: str, old: str, new: str) -> Files:
    text = files[path].decode()
    assert text.count(old) == 1
    return files | {path: text.replace(old, new).encode()}


def added(files: Files, path: str, text: str) -> Files:
    return files | {path: files.get(path, b"") + text.encode()}


def refusal(result: TreeResult, before: Mapping[str, bytes]) -> str:
    assert texts(result, before) == {path: without_wants(data) for path, data in before.items()}
    assert result.sites
    assert {site.status for site in result.sites} == {SiteStatus.REFUSED}
    assert result.totals.unaccounted == 0
    return "\n".join(f"{item.code} {item.message}" for site in result.sites for item in site.diagnostics)


TARN, FIRTH, HEADER, FILE = "mm/tarn.c", "mm/firth.c", "include/tarn.h", "mm/tarn_file.c"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        pytest.param(
            added(MEMBER, FILE, "static const struct tarn_ops ops = { .map = tarn_map };\n"),
            "the address of tarn_map() is taken, so not all its callers are known (mm/tarn_file.c:31)",
            id="address-taken",
        ),
        pytest.param(
            added(MEMBER, FILE, "#define TARN_MAP(fault, page) tarn_map(fault, NULL, page)\n"),
            "tarn_map() is used in a macro",
            id="called-by-a-macro",
        ),
        pytest.param(
            added(MEMBER, TARN, "EXPORT_SYMBOL_GPL(tarn_map);\n"),
            "tarn_map() is exported, so it may have callers that are not in this tree",
            id="exported",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "void odd(void)\n{\n\tif (a) ) b;\n\ttarn_map(fault, NULL, page);\n}\n"),
            "tarn_map() is used in code that does not parse (mm/odd.c:4)",
            id="unparsed-caller",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "void odd(struct tarn_fault *fault)\n{\n\tif (a) ) b;\n\tfault->memcg = 0;\n}\n"),
            "a use here that is not understood (mm/odd.c:4)",
            id="unparsed-use-of-the-member",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "void odd(struct tarn_fault *fault)\n{\n\tcss_put(fault->memcg);\n}\n"),
            "the handle is passed to css_put(), which is no function of this tree (mm/odd.c:3)",
            id="another-reader-of-the-member",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "int odd(struct tarn_fault *fault)\n{\n\treturn !fault->memcg;\n}\n"),
            "the handle is used in a way that cannot go with it: return !fault->memcg; (mm/odd.c:3)",
            id="the-member-is-tested",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "int odd(struct odd *odd)\n{\n\todd->fault->memcg = NULL;\n}\n"),
            "it cannot be told whether this is the member (mm/odd.c:3)",
            id="perhaps-the-member",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "#define WHOSE(fault) ((fault)->memcg)\n"),
            "a use here that is not understood (mm/odd.c:1)",
            id="the-member-in-a-macro",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "struct tarn_fault odd = { &vma, 0, NULL, NULL, NULL };\n"),
            "the struct is initialised here by the order of its members (mm/odd.c:1)",
            id="initialised-by-order",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "int odd = offsetof(struct tarn_fault, memcg);\n"),
            "the place of memcg in the struct is asked for (mm/odd.c:1)",
            id="offset-of-the-member",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "typedef struct tarn_fault fault_t;\n"),
            "the struct has a second name here (mm/odd.c:1)",
            id="typedef",
        ),
        pytest.param(
            {path: data for path, data in MEMBER.items() if path != HEADER},
            "struct tarn_fault with the member memcg is not defined in this tree",
            id="no-struct",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "struct tarn_fault {\n\tint memcg;\n};\n"),
            "struct tarn_fault is defined 2 times with the member memcg",
            id="two-structs",
        ),
        pytest.param(
            changed(MEMBER, FILE, "tarn_map(fault, NULL, page)", "tarn_map(fault, get_mem_cgroup(), page)"),
            "the handle comes from `get_mem_cgroup()` here, not from a begin (mm/tarn_file.c:16)",
            id="another-handle",
        ),
        pytest.param(
            changed(MEMBER, FILE, "tarn_map(fault, NULL, page)", "tarn_map(fault, page)"),
            "tarn_map() is called here with 2 arguments, not 3 (mm/tarn_file.c:16)",
            id="another-number-of-arguments",
        ),
        pytest.param(
            changed(MEMBER, TARN, "VM_BUG_ON_PAGE(memcg, page);", "VM_BUG_ON_PAGE(memcg && PageAnon(page), page);"),
            "the handle is used in a way that cannot go with it: VM_BUG_ON_PAGE(memcg && PageAnon(page), page);",
            id="an-assertion-about-more",
        ),
        pytest.param(
            changed(MEMBER, TARN, "VM_BUG_ON_PAGE(memcg, page);", "if (memcg)\n\t\t\treturn VM_FAULT_OOM;"),
            "what the handle is tested for does not go with it",
            id="a-test-that-stays",
        ),
        pytest.param(
            changed(MEMBER, TARN, "VM_BUG_ON_PAGE(memcg, page);", "while (memcg)\n\t\t\tcpu_relax();"),
            "the handle is used in a way that cannot go with it: while (memcg)",
            id="a-loop",
        ),
        pytest.param(
            changed(MEMBER, TARN, "fault->memcg, fault->cow_page)", "fault->memcg, fault->page)"),
            "object-changes the handle goes to other functions and cannot go from all of them: "
            "mem_cgroup_commit_charge() gets page, and it cannot be seen that this is what was begun",
            id="another-object",
        ),
        pytest.param(
            changed(
                MEMBER,
                HEADER,
                "\tstruct mem_cgroup *memcg;\t",
                "#ifdef CONFIG_MEMCG\n\tstruct mem_cgroup *memcg;\n#endif\n",
            ),
            "the member memcg of struct tarn_fault stands in an #if region (include/tarn.h:15)",
            id="member-under-condition",
        ),
        pytest.param(
            changed(
                MEMBER,
                TARN,
                "\t\tVM_BUG_ON_PAGE(memcg, page);\n",
                "#ifdef A\n\t\tVM_BUG_ON_PAGE(memcg, page);\n#endif\n",
            ),
            "the handle is used in an #if region that begins inside a function",
            id="use-under-condition",
        ),
        pytest.param(
            changed(
                MEMBER,
                TARN,
                "\tret = tarn_read(fault);\n",
                "\tif (tarn_closed)\n\t\treturn VM_FAULT_SIGBUS;\n\tret = tarn_read(fault);\n",
            ),
            "the path that leaves at line 56 neither commits nor aborts fault -> cow_page",
            id="left-open",
        ),
        pytest.param(
            changed(
                MEMBER,
                TARN,
                "\treturn tarn_map(fault, fault->memcg, fault->cow_page);",
                "\tmap = tarn_hook;\n\treturn map(fault, fault->memcg, fault->cow_page);",
            ),
            "the handle is passed to map(), which is no function of this tree",
            id="function-pointer",
        ),
        pytest.param(
            changed(PARAMETER, FIRTH, "static void firth_enter", "asmlinkage void firth_enter"),
            "firth_enter() has callers that are not in C",
            id="called-from-assembly",
        ),
        pytest.param(
            changed(PARAMETER, FIRTH, "\tfirth->nr++;\n", "\tfirth->nr++;\n\tmemcg = parent_mem_cgroup(memcg);\n"),
            "the handle comes from `parent_mem_cgroup(memcg)` here, not from a begin",
            id="parameter-assigned",
        ),
        pytest.param(
            changed(PARAMETER, FIRTH, "\tfirth->nr++;\n", "\tfirth_note(&memcg);\n"),
            "the handle is used in a way that cannot go with it: firth_note(&memcg);",
            id="address-of-the-parameter",
        ),
        pytest.param(
            changed(PARAMETER, FIRTH, "\tif (memcg)\n\t\tmem", "\tif (memcg && firth_full(firth))\n\t\tmem"),
            "an if would be left empty, but its condition may have an effect",
            id="a-test-with-an-effect",
        ),
        pytest.param(
            changed(PARAMETER, FIRTH, "\tfirth->nr++;\n", "\tstruct mem_cgroup *held = memcg;\n\n\tcss_put(held);\n"),
            "the handle is passed to css_put()",
            id="a-copy-escapes",
        ),
        pytest.param(
            changed(
                PARAMETER, FIRTH, "\tfirth_enter(firth, page, memcg", "\tpage = next;\n\tfirth_enter(firth, page, memcg"
            ),
            "object-changes the handle goes to other functions and cannot go from all of them: "
            "page may be changed between the begin and line 26",
            id="the-object-changes",
        ),
        pytest.param(
            changed(MEMBER, TARN, "\tret |= tarn_finish", "\tfault->cow_page = fault->page;\n\tret |= tarn_finish"),
            "fault -> cow_page may be changed between the begin and line 59",
            id="the-object-in-memory-changes",
        ),
        pytest.param(
            added(PARAMETER, FIRTH, "#define FIRTH_DROP() css_put(memcg)\n"),
            "macro a macro of this file names memcg, and what it is used for here cannot be seen",
            id="a-macro-names-it",
        ),
    ],
)
def test_refused(files: Files, reason: str, run: Run) -> None:
    assert reason in refusal(run(files), files)


@pytest.mark.parametrize(
    ("files", "path", "text"),
    [
        pytest.param(
            changed(MEMBER, FILE, "event->memcg = memcg;", "event->memcg = memcg; /* as fault->memcg */"),
            FILE,
            "/* as fault->memcg */",
            id="a-comment-is-no-use",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "static int tarn_map(int a)\n{\n\treturn a;\n}\n\nint odd = tarn_map;\n"),
            "mm/odd.c",
            "return a;",
            id="another-static-function-of-the-name",
        ),
        pytest.param(
            added(MEMBER, "mm/odd.c", "void odd(struct other *fault)\n{\n\tfault->memcg = other_memcg(fault);\n}\n"),
            "mm/odd.c",
            "fault->memcg = other_memcg(fault);",
            id="another-struct-by-the-same-name-of-its-variable",
        ),
        pytest.param(
            changed(MEMBER, TARN, "VM_BUG_ON_PAGE(memcg, page);", "VM_BUG_ON_PAGE(memcg != NULL, page);"),
            TARN,
            "return tarn_map_huge(fault, page);",
            id="assertion-by-comparison",
        ),
        pytest.param(
            changed(MEMBER, FILE, "\treturn tarn_read(&fault);", "\tfault.memcg = NULL;\n\treturn tarn_read(&fault);"),
            FILE,
            "\t};\n\n\treturn tarn_read(&fault);",
            id="store-of-null",
        ),
        pytest.param(
            changed(MEMBER, HEADER, "\tstruct mem_cgroup *memcg;\t", "\tstruct mem_cgroup *first, *memcg;\t"),
            HEADER,
            "\tstruct mem_cgroup *first;\t/* who pays",
            id="one-of-two-members",
        ),
        pytest.param(
            changed(
                MEMBER,
                FILE,
                "{\n\t\t.vma = vma,\n\t\t.memcg = NULL,\n\t\t.flags = TARN_WRITE,\n\t}",
                "{ .vma = vma, .memcg = NULL, .flags = TARN_WRITE }",
            ),
            FILE,
            "{ .vma = vma, .flags = TARN_WRITE }",
            id="one-line-initialiser",
        ),
        pytest.param(
            changed(
                MEMBER,
                FILE,
                "{\n\t\t.vma = vma,\n\t\t.memcg = NULL,\n\t\t.flags = TARN_WRITE,\n\t}",
                "{ .vma = vma, .memcg = NULL }",
            ),
            FILE,
            "{ .vma = vma }",
            id="last-of-an-initialiser",
        ),
        pytest.param(
            changed(
                MEMBER,
                FILE,
                "{\n\t\t.vma = vma,\n\t\t.memcg = NULL,\n\t\t.flags = TARN_WRITE,\n\t}",
                "{ .memcg = NULL, .vma = vma }",
            ),
            FILE,
            "{ .vma = vma }",
            id="first-of-an-initialiser",
        ),
        pytest.param(
            changed(
                PARAMETER, FIRTH, "\tlru_cache_add(page);\n", "\tlru_cache_add(page);\n\tfirth_last(page, memcg);\n"
            )
            | {"mm/last.c": b"void firth_last(struct page *page, struct mem_cgroup *memcg)\n{\n\tnote(page);\n}\n"},
            "mm/last.c",
            "void firth_last(struct page *page)\n",
            id="two-functions-on",
        ),
    ],
)
def test_goes(files: Files, path: str, text: str, run: Run) -> None:
    result = run(files)
    assert {site.status for site in result.sites} == {SiteStatus.MIGRATED}
    assert text in texts(result, files)[path].decode()


def test_what_is_called_with_the_handle_is_the_same_before_and_after(run: Run) -> None:
    """An argument less is no other cleanup."""
    text = (
        "\tif (tarn_closed)\n\t\tgoto close;\n\treturn 0;\nclose:\n\ttarn_map(fault, NULL, fault->page);\n\treturn 1;\n"
    )
    files = added(MEMBER, FILE, f"int tarn_close(struct tarn_fault *fault)\n{{\n{text}}}\n")
    assert not run(files).all_diagnostics


def test_a_page_that_may_be_another_is_a_warning(run: Run) -> None:
    text = "struct page *page = fault->page;\n\n\tif (fault->flags & TARN_WRITE)\n\t\tpage = fault->cow_page;\n"
    files = changed(
        MEMBER,
        TARN,
        "\treturn tarn_map(fault, fault->memcg, fault->cow_page);",
        f"\t{text}\treturn tarn_map(fault, fault->memcg, page);",
    )
    (site,) = run(files).sites
    assert site.status is SiteStatus.WARNED
    (warning,) = site.diagnostics
    assert warning.code is Code.OBJECT_CHANGES
    assert "may get `fault->page` (mm/tarn.c:37) instead of `fault->cow_page`" in warning.message


CHOSEN = """	struct page *page;

	if (fault->flags & TARN_WRITE)
		page = fault->cow_page;
	else
		page = fault->page;
	return tarn_map(fault, fault->memcg, page);
"""


def choosing(text: str) -> Files:
    return changed(MEMBER, TARN, "\treturn tarn_map(fault, fault->memcg, fault->cow_page);\n", text)


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(choosing(CHOSEN), id="the-same-words"),
        pytest.param(
            changed(
                choosing(CHOSEN.replace("fault->flags", "fault->vma->vm_flags")),
                TARN,
                "(fault->flags & TARN_WRITE)",
                "(vma->vm_flags & TARN_WRITE && page)",
            ),
            id="by-way-of-a-local",
        ),
    ],
)
def test_a_page_that_is_chosen_by_the_condition_of_the_commit_is_not(files: Files, run: Run) -> None:
    assert [site.status for site in run(files).sites] == [SiteStatus.MIGRATED]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CHOSEN.replace("TARN_WRITE", "TARN_EXEC"), id="another-condition"),
        pytest.param(CHOSEN.replace("else\n\t\tpage", "page"), id="both-stores-run"),
        pytest.param(CHOSEN.replace("\treturn", "\tfault->flags = 0;\n\treturn"), id="the-condition-changes"),
        pytest.param(CHOSEN.replace("& TARN_WRITE", "& TARN_WRITE && fault->page"), id="the-condition-is-narrower"),
    ],
)
def test_a_page_that_is_chosen_otherwise_is(text: str, run: Run) -> None:
    (site,) = run(choosing(text)).sites
    assert [item.code for item in site.diagnostics] == [Code.OBJECT_CHANGES]


def test_an_object_that_others_store_to_is_a_warning(run: Run) -> None:
    text = "void odd(struct tarn_fault *fault)\n{\n\tfault->cow_page = NULL;\n}\n"
    (site,) = run(added(MEMBER, "mm/odd.c", text)).sites
    assert [item.code for item in site.diagnostics] == [Code.OBJECT_CHANGES]
    assert "lies in memory that calls get" in site.diagnostics[0].message


def test_an_object_that_another_function_changes_before_it_commits_is_a_warning(run: Run) -> None:
    files = read_tree(TESTDATA / "handle-taken-from-member" / "before")
    files = changed(files, "mm/skerry.c", "\treturn skerry_wait(skerry);", "\treturn 0;")
    (site,) = run(files).sites
    assert [item.code for item in site.diagnostics] == [Code.ARGUMENT_DROPPED, Code.CHARGE_OUTLIVES_ABORT]
    text = "\tstruct mem_cgroup *memcg = skerry->memcg;\n\n"
    files = changed(files, "mm/skerry.c", text, f"{text}\tskerry->page = skerry_next(skerry);\n")
    (site,) = run(files).sites
    assert site.diagnostics[0].code is Code.OBJECT_CHANGES
    assert "may be another object where the transaction ends" in site.diagnostics[0].message


def test_a_handle_that_is_kept_only_where_the_begin_failed_is_left_open(run: Run) -> None:
    files = read_tree(TESTDATA / "handle-taken-from-member" / "before")
    files = changed(files, "mm/skerry.c", "\t\treturn ret;\n\tskerry->memcg", "\t\tskerry->memcg")
    assert "neither commits nor aborts skerry -> page" in refusal(run(files), files)


def test_an_object_that_may_be_overwritten_as_a_whole_is_a_warning(run: Run) -> None:
    text = "void odd(struct tarn_fault *fault)\n{\n\tmemset(fault, 0, sizeof(*fault));\n}\n"
    (site,) = run(added(MEMBER, "mm/odd.c", text)).sites
    assert [item.code for item in site.diagnostics] == [Code.OBJECT_CHANGES]


def test_strict_leaves_all_of_it_alone(run: Run) -> None:
    files = read_tree(TESTDATA / "handle-taken-from-member" / "before")
    assert "(left alone: strict)" in refusal(run(files, Options(strict=True)), files)


def test_two_begins_with_one_member_go_together_or_not_at_all(run: Run) -> None:
    second = """
static int tarn_second_fault(struct tarn_fault *fault)
{
	if (mem_cgroup_try_charge(fault->cow_page, fault->vma->vm_mm, GFP_KERNEL, &fault->memcg, false))
		return VM_FAULT_OOM;
	return tarn_finish(fault);
}
"""
    result = run(added(MEMBER, FILE, second))
    assert [site.placement for site in result.sites] == ["at-begin"] * 2
    # The first function stores to the page that the second has charged.
    assert [[item.code for item in site.diagnostics] for site in result.sites] == [[], [Code.OBJECT_CHANGES]]
    bad = added(MEMBER, FILE, second.replace("if (mem", "(void)(mem").replace("))\n\t\treturn VM_FAULT_OOM", "))"))
    text = refusal(run(bad), bad)
    assert "tarn_second_fault() begins with this handle too, and is unknown-shape" in text


def test_a_function_that_is_rewritten_for_another_site_is_left_alone(run: Run) -> None:
    own = """	struct mem_cgroup *own;
	int ret;

	if (mem_cgroup_try_charge(fault->page, vma->vm_mm, GFP_KERNEL, &own, false))
		return VM_FAULT_OOM;
	mem_cgroup_commit_charge(fault->page, own, false, false);
"""
    files = changed(MEMBER, TARN, "	int ret;\n", own)
    result = run(files)
    assert {site.status for site in result.sites} == {SiteStatus.MIGRATED, SiteStatus.REFUSED}
    (refused,) = (site for site in result.sites if site.status is SiteStatus.REFUSED)
    assert "tarn_private_fault() is rewritten for another site already" in refused.diagnostics[0].message


TWO_HANDLES = """static void brae_enter(struct page *first, struct mem_cgroup *one,
		       struct page *second, struct mem_cgroup *two)
{
	mem_cgroup_commit_charge(first, one, false, false);
	mem_cgroup_commit_charge(second, two, false, false);
}

int brae_charge(struct page *first, struct page *second, struct mm_struct *mm)
{
	struct mem_cgroup *one, *two;

	if (mem_cgroup_try_charge(first, mm, GFP_KERNEL, &one, false))
		return -ENOMEM;
	if (mem_cgroup_try_charge(second, mm, GFP_KERNEL, &two, false)) {
		mem_cgroup_cancel_charge(first, one, false);
		put_page(first);
		return -ENOMEM;
	}
	brae_enter(first, one, second, two);
	return 0;
}
"""


def test_two_handles_that_meet_in_a_function_go_together(run: Run) -> None:
    files = {"mm/brae.c": TWO_HANDLES.encode()}
    result = run(files)
    assert [site.status for site in result.sites] == [SiteStatus.MIGRATED] * 2
    text = texts(result, files)["mm/brae.c"].decode()
    assert text.startswith("static void brae_enter(struct page *first, struct page *second)\n{\n}\n")
    assert "\tbrae_enter(first, second);\n" in text
    assert "struct mem_cgroup" not in text
    bad = {"mm/brae.c": TWO_HANDLES.replace("\tbrae_enter(", "\tcss_put(two);\n\tbrae_enter(").encode()}
    result = run(bad)
    assert [site.status for site in result.sites] == [SiteStatus.MIGRATED, SiteStatus.REFUSED]
    text = texts(result, bad)["mm/brae.c"].decode()
    assert "\tstruct mem_cgroup *two;\n" in text
    assert "\tmem_cgroup_commit_charge(second, two, false, false);\n" in text
    assert "\tbrae_enter(first, second, two);\n" in text


def test_the_commit_is_no_loose_end_any_more(run: Run) -> None:
    result = run(MEMBER)
    assert not result.diagnostics
    assert {mention.status for mention in result.mentions} == {"migrated"}
