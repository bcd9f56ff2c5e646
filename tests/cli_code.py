"""C for the tests of the command line, and trees made of it."""

from __future__ import annotations

import subprocess
from pathlib import Path

V58 = "mem_cgroup_charge_v58"

# Migrates without a word.
PLAIN = """\
/* A page for the ledger tests. */
static int reed_store(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	err = mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg);
	if (err)
		return err;

	err = reed_insert(page);
	if (err) {
		mem_cgroup_cancel_charge(page, memcg);
		put_page(page);
		return err;
	}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
"""
PLAIN_AFTER = """\
/* A page for the ledger tests. */
static int reed_store(struct page *page, struct mm_struct *mm)
{
	int err;

	err = mem_cgroup_charge(page, mm, GFP_KERNEL);
	if (err)
		return err;

	err = reed_insert(page);
	if (err) {
		put_page(page);
		return err;
	}
	return 0;
}
"""

# Migrates with two warnings: an argument that is dropped (line 13), an abort after which the page lives on (line 10).
WARNED = """\
static int sedge_store(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;
	int err;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	err = sedge_insert(page);
	if (err)
		mem_cgroup_cancel_charge(page, memcg);
	else
		/* The page was on a list before. */
		mem_cgroup_commit_charge(page, memcg, true);
	return err;
}
"""

# Refused (handle-escapes), with other mentions around it.
REFUSED = """\
/* See mem_cgroup_try_charge(). */
int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,
			  gfp_t gfp_mask, struct mem_cgroup **memcgp);

static int fen_store(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	fen_remember(memcg);
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}
"""

QUIET = """\
int heath_nothing(void)
{
	return 0;
}
"""


def make_tree(folder: Path, **files: str) -> Path:
    """A folder with ``mm/NAME.c`` for each keyword."""
    for name, text in files.items():
        path = folder / "mm" / f"{name}.c"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def git(folder: Path, *arguments: str, stdin: str = "") -> str:
    """The output of a git command, which must succeed."""
    identity = ["-c", "user.name=A Tester", "-c", "user.email=tester@example.org"]
    done = subprocess.run(
        ["git", *identity, "-C", str(folder), *arguments],
        input=stdin.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "surrogateescape")


def make_repository(folder: Path, **files: str) -> Path:
    """A git repository with one commit of such a tree."""
    make_tree(folder, **files)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=Start")
    return folder
