"""Cases in which several functions change together: the charge moves into a callee, in another file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from migrator.diagnostics import Code, Diagnostic, Severity
from migrator.oracle import Kind, Report, examine_files
from migrator.oracle.program import Workshop
from migrator.pattern.load import load_pattern
from migrator.results import FileResult, Site, SiteStatus

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="the oracle compiles with gcc")
PATTERN = load_pattern("mem_cgroup_charge")

HEADER = b"""#ifndef LOAM_H
#define LOAM_H
#include <linux/mm_types.h>
struct loam_fault {
	struct page *page;
	unsigned int flags;
};
int loam_put_in(struct page *page, struct address_space *mapping, gfp_t gfp);
void delete_from_loam(struct page *page);
static inline int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm, gfp_t gfp, struct mem_cgroup **memcgp)
{
	return 0;
}
#endif
"""
HEADER_AFTER = HEADER.replace(b"gfp_t gfp);\nvoid", b"gfp_t gfp,\n\t\tstruct mm_struct *mm);\nvoid")
CALLEE = b"""#include "loam.h"
int loam_put_in(struct page *page, struct address_space *mapping, gfp_t gfp)
{
	get_page(page);
	page->mapping = mapping;
	if (loam_store(mapping, page)) {
		page->mapping = NULL;
		put_page(page);
		return -EEXIST;
	}
	return 0;
}
"""
CALLEE_AFTER = b"""#include "loam.h"
int loam_put_in(struct page *page, struct address_space *mapping, gfp_t gfp,
		struct mm_struct *mm)
{
	int error;

	get_page(page);
	page->mapping = mapping;
	error = mem_cgroup_charge(page, mm, gfp, false);
	if (error)
		goto error;
	if (loam_store(mapping, page)) {
		error = -EEXIST;
		goto error;
	}
	return 0;
error:
	page->mapping = NULL;
	put_page(page);
	return error;
}
"""
CALLER = b"""#include "loam.h"
int loam_swapin(struct loam_fault *fault, struct address_space *mapping, gfp_t gfp)
{
	struct page *page = fault->page;
	struct mem_cgroup *memcg;
	int error;

	error = mem_cgroup_try_charge(page, current->mm, gfp, &memcg);
	if (!error) {
		error = loam_put_in(page, mapping, gfp);
		if (error) {
			mem_cgroup_cancel_charge(page, memcg);
			delete_from_loam(page);
		}
	}
	if (error)
		goto failed;
	mem_cgroup_commit_charge(page, memcg, false);
	fault->flags = 2;
	return 0;
failed:
	put_page(page);
	return error;
}
"""
CALLER_AFTER = b"""#include "loam.h"
int loam_swapin(struct loam_fault *fault, struct address_space *mapping, gfp_t gfp)
{
	struct page *page = fault->page;
	int error;

	error = loam_put_in(page, mapping, gfp, current->mm);
	if (error) {
		delete_from_loam(page);
		goto failed;
	}
	fault->flags = 2;
	return 0;
failed:
	put_page(page);
	return error;
}
"""
# What keeps the old behaviour: the cleanup is for the error that it was for.
CALLER_GUARDED = CALLER_AFTER.replace(
    b"\t\tdelete_from_loam(page);\n", b"\t\tif (error == -EEXIST)\n\t\t\tdelete_from_loam(page);\n"
)
WIDENED = Diagnostic(
    Code.ERROR_PATH_WIDENED, Severity.WARNING, "loam_fault.c", 13, "delete_from_loam(page) now also runs for -ENOMEM"
)


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


def results(caller: bytes, *diagnostics: Diagnostic, callee: bytes = CALLEE_AFTER) -> list[FileResult]:
    site = Site("loam_fault.c", 8, "loam_swapin", "page", SiteStatus.WARNED, "sunk", diagnostics)
    return [
        FileResult("loam_fault.c", CALLER, caller, sites=(site,)),
        FileResult("loam.c", CALLEE, callee),
        FileResult("loam.h", HEADER, HEADER_AFTER),
    ]


def run(workshop: Workshop, caller: bytes, *diagnostics: Diagnostic, callee: bytes = CALLEE_AFTER) -> Report:
    report = examine_files(workshop, results(caller, *diagnostics, callee=callee), PATTERN)
    assert not report.errors
    assert not report.not_run
    assert [verdict.function for verdict in report.verdicts] == ["loam_swapin"]
    return report


def test_the_wider_error_path_shows_in_the_traces(workshop: Workshop) -> None:
    (verdict,) = run(workshop, CALLER_AFTER).verdicts
    assert set(verdict.silent) == {Kind.EXTRA}
    witness = verdict.silent[Kind.EXTRA]
    assert [item.text for item in witness.differences] == ["delete_from_loam(fault.page)"]
    assert dict(witness.scenario.choices) == {"charge:fault.page#1": 1}


def test_the_warning_covers_it(workshop: Workshop) -> None:
    (verdict,) = run(workshop, CALLER_AFTER, WIDENED).verdicts
    assert not verdict.silent
    assert verdict.borne_out == {(WIDENED.code, WIDENED.message)}
    assert "delete_from_loam" in verdict.announced[Kind.EXTRA].differences[0].text


def test_a_guard_keeps_the_old_behaviour_and_makes_the_warning_unproven(workshop: Workshop) -> None:
    (verdict,) = run(workshop, CALLER_GUARDED, WIDENED).verdicts
    assert not verdict.silent
    assert verdict.unproven == {(WIDENED.code, WIDENED.message)}
    assert verdict.scenarios > verdict.undefined


def test_a_release_lost_in_the_callee_is_seen_from_the_caller(workshop: Workshop) -> None:
    broken = CALLEE_AFTER.replace(b"\tput_page(page);\n", b"\t;\n")
    (verdict,) = run(workshop, CALLER_GUARDED, callee=broken).verdicts
    assert Kind.LOST in verdict.silent


def test_a_store_to_a_struct_of_the_text_is_seen(workshop: Workshop) -> None:
    broken = CALLER_GUARDED.replace(b"fault->flags = 2;", b"fault->flags = 3;")
    (verdict,) = run(workshop, broken).verdicts
    assert verdict.silent[Kind.EXTRA].differences[0].text == "fault.flags = 3"


def test_a_callee_that_nothing_calls_is_not_run(workshop: Workshop) -> None:
    both = [FileResult("loam.c", CALLEE, CALLEE_AFTER), FileResult("loam.h", HEADER, HEADER_AFTER)]
    report = examine_files(workshop, both, PATTERN)
    assert (report.errors, report.verdicts) == ("", [])
    assert report.not_run == {"loam_put_in": "its parameters differ, and nothing that is run calls it"}


def test_messages_of_the_compiler_name_the_file(workshop: Workshop) -> None:
    report = examine_files(workshop, results(CALLER_AFTER, callee=b"int loam_put_in( {\n"), PATTERN)
    assert report.failed == 1
    assert any(line.startswith("loam.c:1:") for line in report.errors.splitlines())
