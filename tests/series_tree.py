"""A small tree that compiles: the calls of the shipped patterns with prototypes, stubs and definitions, and callers."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from migrator.api import migrate_source
from migrator.errors import InputError
from migrator.pattern.model import Pattern
from migrator.results import FileResult
from migrator.source import DEFAULT_DIALECT

KIT = """\
#ifndef KIT_H
#define KIT_H
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
typedef unsigned int gfp_t;
struct mem_cgroup { long usage; };
struct mm_struct { struct mem_cgroup group; };
struct page { void *mapping; struct mem_cgroup *mem_cgroup; int order; };
#define GFP_KERNEL 1u
#define ENOMEM 12
#define VM_BUG_ON_PAGE(condition, page) assert(!(condition) || !(page))
#define page_to_nid(page) ((page)->order)
#define PageHead(page) ((page)->order > 0)
void put_page(struct page *page);
int reed_insert(struct page *page);
#endif
"""

MEMCONTROL_H = """\
#include "kit.h"

#ifdef CONFIG_MEMCG
/* charging */
int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,
			  gfp_t gfp_mask, struct mem_cgroup **memcgp,
			  bool compound);
int mem_cgroup_try_charge_delay(struct page *page, struct mm_struct *mm,
				gfp_t gfp_mask, struct mem_cgroup **memcgp,
				bool compound);
void mem_cgroup_commit_charge(struct page *page, struct mem_cgroup *memcg,
			      bool lrucare, bool compound);
void mem_cgroup_cancel_charge(struct page *page, struct mem_cgroup *memcg,
			      bool compound);
void mem_cgroup_uncharge(struct page *page);
#else
static inline int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,
					gfp_t gfp_mask,
					struct mem_cgroup **memcgp,
					bool compound)
{
	*memcgp = NULL;
	return 0;
}

static inline int mem_cgroup_try_charge_delay(struct page *page,
					      struct mm_struct *mm,
					      gfp_t gfp_mask,
					      struct mem_cgroup **memcgp,
					      bool compound)
{
	*memcgp = NULL;
	return 0;
}

static inline void mem_cgroup_commit_charge(struct page *page,
					    struct mem_cgroup *memcg,
					    bool lrucare, bool compound)
{
}

static inline void mem_cgroup_cancel_charge(struct page *page,
					    struct mem_cgroup *memcg,
					    bool compound)
{
}

static inline void mem_cgroup_uncharge(struct page *page)
{
}
#endif
"""

SWAP_H = """\
#include "kit.h"

#ifdef CONFIG_MEMCG
extern void mem_cgroup_throttle_swaprate(struct mem_cgroup *memcg, int node,
					 gfp_t gfp_mask);
#else
static inline void mem_cgroup_throttle_swaprate(struct mem_cgroup *memcg,
						int node, gfp_t gfp_mask)
{
}
#endif
"""

MEMCONTROL_C = """\
#include "../include/linux/memcontrol.h"
#include "../include/linux/swap.h"

/* Pages that mem_cgroup_try_charge() has reserved are counted by tally(). */
static void tally(struct mem_cgroup *memcg, long pages)
{
	memcg->usage += pages;
}

/**
 * mem_cgroup_try_charge - reserve
 * @page: what for
 *
 * To be followed by mem_cgroup_commit_charge() or mem_cgroup_cancel_charge().
 */
int mem_cgroup_try_charge(struct page *page, struct mm_struct *mm,
			  gfp_t gfp_mask, struct mem_cgroup **memcgp,
			  bool compound)
{
	if (mm->group.usage < 0)
		return -ENOMEM;
	*memcgp = &mm->group;
	tally(*memcgp, compound ? 512 : 1);
	return 0;
}

int mem_cgroup_try_charge_delay(struct page *page, struct mm_struct *mm,
				gfp_t gfp_mask, struct mem_cgroup **memcgp,
				bool compound)
{
	int ret = mem_cgroup_try_charge(page, mm, gfp_mask, memcgp, compound);

	mem_cgroup_throttle_swaprate(*memcgp, page_to_nid(page), gfp_mask);
	return ret;
}

/* Ends it well. */
void mem_cgroup_commit_charge(struct page *page, struct mem_cgroup *memcg,
			      bool lrucare, bool compound)
{
	page->mem_cgroup = memcg;
}

/**
 * mem_cgroup_cancel_charge - give it back
 */
void mem_cgroup_cancel_charge(struct page *page, struct mem_cgroup *memcg,
			      bool compound)
{
	tally(memcg, compound ? -512 : -1);
}

void mem_cgroup_uncharge(struct page *page)
{
	page->mem_cgroup = NULL;
}
"""

SWAPFILE_C = """\
#include "../include/linux/swap.h"

#ifdef CONFIG_MEMCG
void mem_cgroup_throttle_swaprate(struct mem_cgroup *memcg, int node,
				  gfp_t gfp_mask)
{
	memcg->usage += node;
}
#endif
"""


def caller(name: str, begin: str = "mem_cgroup_try_charge") -> str:
    """A function that charges by the old calls, and that the pattern can convert without a word."""
    return f"""\
int {name}(struct page *page, struct mm_struct *mm)
{{
	struct mem_cgroup *memcg;
	int err;

	err = {begin}(page, mm, GFP_KERNEL, &memcg, false);
	if (err)
		return err;

	err = reed_insert(page);
	if (err) {{
		mem_cgroup_cancel_charge(page, memcg, false);
		put_page(page);
		return err;
	}}
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}}
"""


PROTOTYPES = "int reed(struct page *page, struct mm_struct *mm);\nint rush(struct page *page, struct mm_struct *mm);\n"
CALLERS = '#include "../include/linux/memcontrol.h"\n#include "../include/linux/swap.h"\n' + PROTOTYPES + "\n"
REED_C = CALLERS + caller("reed")
RUSH_C = CALLERS + caller("rush", "mem_cgroup_try_charge_delay")

FILES = {
    "include/linux/kit.h": KIT,
    "include/linux/memcontrol.h": MEMCONTROL_H,
    "include/linux/swap.h": SWAP_H,
    "mm/memcontrol.c": MEMCONTROL_C,
    "mm/reed.c": REED_C,
    "mm/rush.c": RUSH_C,
    "mm/swapfile.c": SWAPFILE_C,
}

# What a site looks like that stays: the handle goes somewhere else.
STUBBORN_C = (
    CALLERS
    + """\
void sedge_keep(struct mem_cgroup *memcg);

static int sedge(struct page *page, struct mm_struct *mm)
{
	struct mem_cgroup *memcg;

	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg, false))
		return -ENOMEM;
	sedge_keep(memcg);
	mem_cgroup_commit_charge(page, memcg, false, false);
	return 0;
}

int sedges(struct page *page, struct mm_struct *mm)
{
	return sedge(page, mm);
}
"""
)


def old_arity(files: Mapping[str, str]) -> dict[str, str]:
    """The tree as it was when the calls did not take ``compound`` yet."""
    found = {}
    for path, text in files.items():
        for old, new in (
            (",\n\t\t\t  bool compound)", ")"),
            (",\n\t\t\t\tbool compound)", ")"),
            (",\n\t\t\t      bool compound)", ")"),
            (",\n\t\t\t\t\tbool compound)", ")"),
            (",\n\t\t\t\t\t      bool compound)", ")"),
            (",\n\t\t\t\t\t    bool compound)", ")"),
            ("bool lrucare, bool compound)", "bool lrucare)"),
            ("memcgp, compound)", "memcgp)"),
            ("&memcg, false)", "&memcg)"),
            ("memcg, false, false)", "memcg, false)"),
            ("cancel_charge(page, memcg, false)", "cancel_charge(page, memcg)"),
            ("compound ? 512 : 1", "1"),
            ("compound ? -512 : -1", "-1"),
        ):
            text = text.replace(old, new)
        assert "compound" not in text
        found[path] = text
    return found


class FakeTree:
    """A tree in memory, as ``series.declared`` asks for it."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {path: text.encode() for path, text in files.items()}
        self.unreadable: frozenset[str] = frozenset()

    def find(self, words: Collection[str]) -> Sequence[str]:
        """By mere search."""
        return sorted(path for path, data in self.files.items() if any(word.encode() in data for word in words))

    def read_all(self, paths: Sequence[str]) -> tuple[bytes | InputError, ...]:
        """The bytes."""
        return tuple(InputError("no", path) if path in self.unreadable else self.files[path] for path in paths)


def results_of(files: Mapping[str, str], pattern: Pattern, paths: Sequence[str] = ()) -> list[FileResult]:
    """What the engine makes of the files that mention a word."""
    wanted = paths or [path for path, text in sorted(files.items()) if any(word in text for word in pattern.words)]
    return [migrate_source(files[path].encode(), pattern, path=path, dialect=DEFAULT_DIALECT) for path in wanted]


def compiles(folder: Path) -> str:
    """What gcc has to say about the .c files of a tree, with the feature and without it; empty where it is content."""
    said = []
    for options, left_out in ((["-DCONFIG_MEMCG"], ()), ([], ("memcontrol.c",))):
        sources = [str(path) for path in sorted(folder.glob("mm/*.c")) if path.name not in left_out]
        command = ["gcc", "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", *options, *sources]
        said.append(subprocess.run(command, capture_output=True, text=True, check=False).stderr)
    return "".join(said)
