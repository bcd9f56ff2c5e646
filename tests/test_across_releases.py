"""Before a charge is said to outlive its abort, the callers are asked who releases the object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.api import TreeResult, scan
from migrator.diagnostics import Code, Severity
from migrator.pattern.load import load_pattern
from migrator.results import SiteStatus

SITE = """static int rush_place(struct vm_area_struct *vma, struct page *page)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, vma->vm_mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	err = rush_prepare(vma);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg, false);
		return -EAGAIN;
	}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}
"""
RELEASES = """
int rush_fault(struct vm_area_struct *vma, struct page *page)
{
	int ret = rush_place(vma, page);

	if (ret)
		put_page(page);
	return ret;
}
"""
KEEPS = """
int rush_keep(struct vm_area_struct *vma, struct page *page)
{
	if (rush_place(vma, page) == -ENOMEM)
		put_page(page);
	return 0;
}
"""

Migrate = Callable[[str], TreeResult]


@pytest.fixture
def migrate(tmp_path: Path) -> Migrate:
    def run(text: str) -> TreeResult:
        (tmp_path / "rush.c").write_text(text)
        return scan([tmp_path], load_pattern("mem_cgroup_charge_v58"), root=tmp_path)

    return run


def outcome(result: TreeResult) -> tuple[SiteStatus, Severity, list[str]]:
    (site,) = result.sites
    (found,) = (item for item in site.diagnostics if item.code is Code.CHARGE_OUTLIVES_ABORT)
    return site.status, found.severity, [f"{item.line}: {item.message}" for item in found.related]


def test_withdrawn_where_every_caller_releases(migrate: Migrate) -> None:
    status, severity, _ = outcome(migrate(SITE + RELEASES))
    assert (status, severity) == (SiteStatus.MIGRATED, Severity.NOTE)
    assert {mention.status for mention in migrate(SITE + RELEASES).mentions} == {"migrated"}


def test_the_caller_that_keeps_it_is_named(migrate: Migrate) -> None:
    status, severity, related = outcome(migrate(SITE + RELEASES + KEEPS))
    assert (status, severity) == (SiteStatus.WARNED, Severity.WARNING)
    assert any("rush_keep() calls it here and leaves at line 32 without releasing page" in text for text in related)
    assert not any("rush_fault" in text for text in related)


def test_a_release_on_success_alone_is_none(migrate: Migrate) -> None:
    status, _, related = outcome(migrate(SITE + RELEASES.replace("if (ret)", "if (!ret)")))
    assert status is SiteStatus.WARNED
    assert any("rush_fault() calls it here" in text for text in related)


def test_without_a_caller_the_warning_stays(migrate: Migrate) -> None:
    status, _, related = outcome(migrate(SITE))
    assert status is SiteStatus.WARNED
    assert any("no caller of rush_place() is seen" in text for text in related)


def test_a_caller_that_cannot_be_seen(migrate: Migrate) -> None:
    status, _, related = outcome(migrate(SITE + RELEASES + "\nstatic struct ops ops = { .place = rush_place };\n"))
    assert status is SiteStatus.WARNED
    assert any("may be called from where it cannot be seen" in text for text in related)


PASSES_ON = """
static int rush_middle(struct vm_area_struct *vma, struct page *page)
{
	return rush_place(vma, page);
}
"""


def test_the_caller_of_the_caller_releases(migrate: Migrate) -> None:
    above = RELEASES.replace("rush_place(", "rush_middle(")
    assert outcome(migrate(SITE + PASSES_ON + above))[0] is SiteStatus.MIGRATED
    assert (
        outcome(migrate(SITE + PASSES_ON + above + KEEPS.replace("rush_place(", "rush_middle(")))[0]
        is SiteStatus.WARNED
    )


def test_an_object_that_is_no_parameter_is_not_asked_for(migrate: Migrate) -> None:
    text = SITE.replace("struct page *page)", "struct page **slot)").replace(
        "\tint err;", "\tstruct page *page = *slot;\n\tint err;"
    )
    status, severity, related = outcome(migrate(text + RELEASES.replace("page)", "&page)", 1)))
    assert (status, severity) == (SiteStatus.WARNED, Severity.WARNING)
    assert not any("rush_fault" in text for text in related)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("\twhile (rush_place(vma, page))\n\t\tcond_resched();\n\tput_page(page);\n", "leaves at line"),
        ("\tget_page(page);\n\trush_place(vma, page);\n\tput_page(page);\n", "takes a reference of its own"),
        ("\trush_place(vma, vma->pages[0]);\n\tput_page(vma->pages[0]);\n", "of which nothing is known later"),
        ("\trush_place(vma);\n\tput_page(page);\n", "in a way that is not understood"),
        ("\trush_place(vma, page);\n\tpage = NULL;\n\tput_page(page);\n", "leaves at line"),
    ],
)
def test_what_does_not_count_as_a_release(migrate: Migrate, body: str, reason: str) -> None:
    caller = f"\nvoid rush_other(struct vm_area_struct *vma, struct page *page)\n{{\n{body}}}\n"
    status, _, related = outcome(migrate(SITE + RELEASES + caller))
    assert status is SiteStatus.WARNED
    assert any(reason in text for text in related), related


def test_a_function_that_begins_again_is_not_helped_by_its_callers(migrate: Migrate) -> None:
    text = SITE.replace("\terr = mem_cgroup_try_charge", "again:\n\terr = mem_cgroup_try_charge").replace(
        "\t\treturn -EAGAIN;\n", "\t\tif (err == -EAGAIN)\n\t\t\tgoto again;\n\t\treturn err;\n"
    )
    assert outcome(migrate(text + RELEASES))[0] is SiteStatus.WARNED
