"""One function whose charge moves behind its setup, and what one change of it makes of that."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from migrator.diagnostics import Code
from migrator.engine import migrate_bytes
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, SiteStatus
from tests.flow_code import DIALECT

PATTERN = load_pattern("mem_cgroup_charge")
BEFORE = """\
int f(struct address_space *m, struct page *page, gfp_t gfp, int a)
{
	struct mem_cgroup *memcg;
	int e;

	e = mem_cgroup_try_charge(page, mm, gfp, &memcg);
	if (e)
		return e;

	get_page(page);
	page->mapping = m;

	e = insert(page);
	if (e)
		goto undo;
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
undo:
	page->mapping = NULL;
	mem_cgroup_cancel_charge(page, memcg);
	put_page(page);
	return e;
}
"""
AFTER = """\
int f(struct address_space *m, struct page *page, gfp_t gfp, int a)
{
	int e;

	get_page(page);
	page->mapping = m;

	e = mem_cgroup_charge(page, mm, gfp, false);
	if (e)
		goto undo;

	e = insert(page);
	if (e)
		goto undo;
	return 0;
undo:
	page->mapping = NULL;
	put_page(page);
	return e;
}
"""
BEGIN = "\te = mem_cgroup_try_charge(page, mm, gfp, &memcg);\n\tif (e)\n\t\treturn e;\n"
COMMIT = "\tmem_cgroup_commit_charge(page, memcg, false);\n"
CANCEL = "\tmem_cgroup_cancel_charge(page, memcg);\n"
SETUP = "\tpage->mapping = m;\n"
GET = "\tget_page(page);\n"
INSERT = "\te = insert(page);\n\tif (e)\n\t\tgoto undo;\n"


def migrated(text: str) -> FileResult:
    return migrate_bytes("f.c", text.encode(), PATTERN, DIALECT)


def changed(changes: tuple[tuple[str, str], ...]) -> str:
    text = BEFORE
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is not in the function once"
        text = text.replace(old, new)
    return text


def test_the_function_itself() -> None:
    result = migrated(BEFORE)
    assert result.after.decode() == AFTER
    (site,) = result.sites
    assert (site.status, site.placement, site.line, site.object) == (SiteStatus.MIGRATED, "after-setup", 6, "page")


@dataclass(frozen=True)
class Variant:
    """Changes of BEFORE, and the codes with a part of their message."""

    changes: tuple[tuple[str, str], ...]
    wanted: tuple[tuple[Code, str], ...]


REFUSED = {
    "no-setup": Variant(((SETUP, ""),), ((Code.NO_SETUP, "is not set for page"),)),
    "setup-is-null": Variant(((SETUP, "\tpage->mapping = NULL;\n"),), ((Code.NO_SETUP, "is not set for page"),)),
    "setup-of-another": Variant(((SETUP, "\tother->mapping = m;\n"),), ((Code.NO_SETUP, "is not set for page"),)),
    "setup-twice": Variant(
        ((SETUP, "\tif (a)\n\t\tpage->mapping = m;\n\telse\n\t\tpage->mapping = n;\n"),), ((Code.NO_SETUP, "2 places"),)
    ),
    "setup-in-a-loop": Variant(
        ((SETUP, "\twhile (a--)\n\t\tpage->mapping = m;\n"),), ((Code.COMMIT_BEFORE_SETUP, ""),)
    ),
    "setup-many-times": Variant(
        ((SETUP, "\tdo {\n\t\tpage->mapping = m;\n\t} while (a--);\n"),), ((Code.NO_SETUP, "inside a loop"),)
    ),
    "setup-behind-the-commit": Variant(
        ((SETUP, ""), (COMMIT, COMMIT + SETUP)), ((Code.COMMIT_BEFORE_SETUP, "behind the commit"),)
    ),
    "setup-on-some-paths": Variant(
        ((SETUP, "\tif (a)\n\t\tpage->mapping = m;\n"),), ((Code.COMMIT_BEFORE_SETUP, "is reached before"),)
    ),
    "setup-under-a-lock": Variant(
        ((SETUP, f"\tspin_lock(&m->lock);\n{SETUP}\tspin_unlock(&m->lock);\n"),),
        ((Code.MAY_SLEEP_IN_ATOMIC, "spin_lock"),),
    ),
    "setup-under-if": Variant(((SETUP, f"#if X\n{SETUP}#else\n{SETUP}#endif\n"),), ((Code.NO_SETUP, ""),)),
    "guard-changes": Variant(
        (
            (
                BEGIN,
                "\tif (a) {\n\t\te = mem_cgroup_try_charge(page, mm, gfp, &memcg);\n\t\tif (e)\n\t\t\treturn e;\n\t}\n",
            ),
            (GET, f"{GET}\tif (a)\n\t\ta = 2;\n"),
            (COMMIT, "\tif (a)\n\t\tmem_cgroup_commit_charge(page, memcg, false);\n"),
            (CANCEL, "\tif (a)\n\t\tmem_cgroup_cancel_charge(page, memcg);\n"),
        ),
        ((Code.GUARD_CHANGES, "may change before"),),
    ),
    "guard-with-else": Variant(
        (
            (
                BEGIN,
                "\tif (a) {\n\t\te = mem_cgroup_try_charge(page, mm, gfp, &memcg);\n\t\tif (e)\n\t\t\treturn e;\n"
                "\t} else\n\t\tx();\n",
            ),
            (COMMIT, "\tif (a)\n\t\tmem_cgroup_commit_charge(page, memcg, false);\n"),
            (CANCEL, "\tif (a)\n\t\tmem_cgroup_cancel_charge(page, memcg);\n"),
        ),
        ((Code.GUARD_CHANGES, "else"),),
    ),
    "nothing-undoes-the-setup": Variant((("\tpage->mapping = NULL;\n", ""),), ((Code.NO_CLEANUP, "no later failure"),)),
    "no-later-failure": Variant(
        ((INSERT, "\te = 0;\n"), (f"undo:\n\tpage->mapping = NULL;\n{CANCEL}\tput_page(page);\n\treturn e;\n", "")),
        ((Code.NO_CLEANUP, "no later failure"),),
    ),
    "cleanup-with-a-lock": Variant(
        (
            (SETUP, f"{SETUP}\tmutex_lock(&m->lock);\n"),
            (INSERT, f"\tspin_lock(&m->tree);\n{INSERT}\tspin_unlock(&m->tree);\n"),
            ("undo:\n", "undo:\n\tspin_unlock(&m->tree);\n"),
        ),
        ((Code.NO_CLEANUP, "held"),),
    ),
    "commits-differ": Variant(
        ((COMMIT, f"\tif (a) {{\n{COMMIT}\t\treturn 1;\n\t}}\n\tmem_cgroup_commit_charge(page, memcg, true);\n"),),
        ((Code.COMMIT_ARGUMENTS_DIFFER, "`false` and `true`"),),
    ),
    "failure-goes-on": Variant(
        (("\t\treturn e;\n\n", "\t\tx();\n\n"),), ((Code.TRANSACTION_NOT_OPEN, "begin failed"),)
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    variant = REFUSED[name]
    result = migrated(changed(variant.changes))
    assert not result.changed
    (site,) = result.sites
    assert site.status is SiteStatus.REFUSED
    found = {item.code: item.message for item in site.diagnostics}
    for code, message in variant.wanted:
        assert code in found, found
        assert message in found[code]


W = Code.ERROR_PATH_WIDENED
WARNED = {
    "setup-left-behind": Variant(
        ((SETUP, f"{SETUP}\tpage->index = a;\n"),), ((Code.SETUP_NOT_UNDONE, "`page->index = a`"),)
    ),
    "cleanup-of-others": Variant((("\tput_page(page);\n", "\tput_page(page);\n\tx(m);\n"),), ((W, "`x(m)`"),)),
    "another-value": Variant(
        ((GET, f"{GET}\tgfp &= ~1;\n"),),
        ((Code.ARGUMENT_DRIFT, "gfp `gfp` is changed at line 11"),),
    ),
    "failure-before-the-setup": Variant(
        ((GET, f"{GET}\te = prepare(page);\n\tif (e)\n\t\tgoto undo;\n"),),
        ((Code.FAILURE_ORDER_CHANGED, "prepare(page) can fail at line 11"),),
    ),
    "object-is-kept": Variant((("\tput_page(page);\n", ""),), ((Code.CHARGE_OUTLIVES_ABORT, "not released"),)),
}


@pytest.mark.parametrize("name", WARNED)
def test_warned(name: str) -> None:
    variant = WARNED[name]
    result = migrated(changed(variant.changes))
    (site,) = result.sites
    assert (site.status, site.placement) == (SiteStatus.WARNED, "after-setup"), site.diagnostics
    found = {item.code: item.message for item in site.diagnostics}
    for code, message in variant.wanted:
        assert code in found, found
        assert message in found[code]


CLEAN = {
    "index-taken-back": ((SETUP, f"{SETUP}\tpage->index = a;\n"), ("undo:\n", "undo:\n\tpage->index = 0;\n")),
    "guarded": (
        (
            BEGIN,
            "\tif (a) {\n\t\te = mem_cgroup_try_charge(page, mm, gfp, &memcg);\n\t\tif (e)\n\t\t\treturn e;\n\t}\n",
        ),
        (COMMIT, "\tif (a)\n\t\tmem_cgroup_commit_charge(page, memcg, false);\n"),
        (CANCEL, "\tif (a)\n\t\tmem_cgroup_cancel_charge(page, memcg);\n"),
    ),
    "behind-a-mutex": ((GET, f"{GET}\tmutex_lock(&m->lock);\n\tmutex_unlock(&m->lock);\n"),),
    "lock-given-up-before": ((GET, f"\tspin_lock(&m->lock);\n{GET}\tspin_unlock(&m->lock);\n"),),
}


@pytest.mark.parametrize("name", CLEAN)
def test_moved_all_the_same(name: str) -> None:
    result = migrated(changed(CLEAN[name]))
    (site,) = result.sites
    assert site.placement == "after-setup", site.diagnostics
    assert not [item for item in site.diagnostics if item.code is Code.MAY_SLEEP_IN_ATOMIC]
    text = result.after.decode()
    assert text.index("mem_cgroup_charge") > text.index("page->mapping = m")
    again = migrated(text)
    assert (again.changed, again.sites) == (False, ())
