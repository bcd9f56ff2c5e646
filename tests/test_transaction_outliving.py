"""Aborts behind which the object lives on, as the engine reports them."""

from __future__ import annotations

import pytest

from migrator.diagnostics import Code
from migrator.engine import migrate_bytes
from migrator.pattern.load import load_pattern
from tests.flow_code import DIALECT

PATTERN = load_pattern("mem_cgroup_charge_v58")

# What stands behind the abort -> parts of the one message, None for no message. The abort is on line 12.
BEHIND: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "released": ("put_page(page);", None),
    "not-released": (
        "",
        ("to line 14: the charge stays unless", "`mem_cgroup_uncharge(page);` belongs here if nobody"),
    ),
    "taken-and-given-up": ("get_page(page); put_page(page);", ("to line 14: the charge stays",)),
    "taken-and-given-up-twice": ("get_page(page); put_page(page); put_page(page);", None),
    "another-one-taken": ("get_page(other); put_page(page);", None),
    "taken-and-uncharged": ("get_page(page); mem_cgroup_uncharge(page); put_page(page);", None),
    "charged-again": (
        "goto again;",
        (
            "page is not released on the path from this abort to line 8, where it is charged a second time",
            "belongs here",
        ),
    ),
    "released-and-charged-again": ("put_page(page); goto again;", None),
    "charged-again-or-left": (
        "if (err > 1) goto again;",
        ("to line 14: the charge stays unless", "; it is not released on the path from this abort to line 8"),
    ),
}


@pytest.mark.parametrize("name", BEHIND)
def test_what_is_said_of_an_abort(name: str) -> None:
    behind, wanted = BEHIND[name]
    text = f"""int f(struct page *page, struct page *other, struct mm_struct *mm)
{{
	struct mem_cgroup *memcg;
	int err;

	err = 0;
again:
	if (mem_cgroup_try_charge(page, mm, GFP_KERNEL, &memcg))
		return -ENOMEM;
	err = insert(page);
	if (err) {{
		mem_cgroup_cancel_charge(page, memcg);
		{behind}
		return err;
	}}
	mem_cgroup_commit_charge(page, memcg, false);
	return 0;
}}
"""
    result = migrate_bytes("f.c", text.encode(), PATTERN, DIALECT)
    assert result.changed
    found = [item for item in result.all_diagnostics if item.code is Code.CHARGE_OUTLIVES_ABORT]
    assert found == list(result.all_diagnostics)
    if wanted is None:
        assert not found
        return
    (diagnostic,) = found
    assert diagnostic.line == 12
    for part in wanted:
        assert part in diagnostic.message
