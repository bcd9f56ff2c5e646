"""Which locks are held at a marked place, ``here()``, and what is said of them."""

from __future__ import annotations

import pytest

from migrator.flow.locks import DEFAULT_LOCKS, HeldLock, LockCall, atomic_sections, held
from tests.flow_code import Code, parsed


def at_here(code: Code, *extra: LockCall) -> list[HeldLock]:
    locks = held(code.graph, code.source, extra)
    return list(atomic_sections(locks[code.node("here();").index]))


# body -> the locks held at here(), in the order in which they are told
CASES: dict[str, tuple[str, list[str]]] = {
    "none": ("here();", []),
    "spinlock": ("spin_lock(&p->lock); here(); spin_unlock(&p->lock);", ["spinlock &p->lock"]),
    "before": ("here(); spin_lock(&l);", []),
    "released": ("spin_lock(&l); x(); spin_unlock(&l); here();", []),
    "address-or-not": ("spin_lock(&p->lock); spin_unlock((&p->lock)); here();", []),
    "other-member": ("spin_lock(&(a)->l1); spin_unlock(&(a)->l2); here();", ["spinlock &(a)->l1"]),
    "other-lock": ("spin_lock(&l); spin_unlock(&m); here();", ["spinlock &l"]),
    "unknown-release": ("spin_unlock(&l); here();", []),
    "one-path": ("if (a) spin_lock(&l); here();", ["spinlock &l"]),
    "released-on-one-path": ("spin_lock(&l); if (a) { spin_unlock(&l); return 0; } here();", ["spinlock &l"]),
    "loop": ("while (a) { here(); spin_lock(&l); }", ["spinlock &l"]),
    "error-label": (
        "spin_lock(&l); if (a) goto out; spin_unlock(&l); return 0; out: here(); spin_unlock(&l);",
        ["spinlock &l"],
    ),
    "falls-through-label": (
        "spin_lock(&l); if (a) goto unlock; spin_unlock(&l); goto out; unlock: spin_unlock(&l); out: here();",
        [],
    ),
    "irq": ("spin_lock_irq(&l); here();", ["spinlock &l", "spin_lock_irq()"]),
    "irq-released": ("spin_lock_irq(&l); spin_unlock_irq(&l); here();", []),
    "irq-handed-over": ("spin_lock_irq(&l); spin_unlock(&l); here(); local_irq_enable();", ["spin_lock_irq()"]),
    "irqsave": ("spin_lock_irqsave(&l, flags); here();", ["spinlock &l", "spin_lock_irqsave()"]),
    "irqsave-nested": (
        "local_irq_save(f); spin_lock_irqsave(&l, g); spin_unlock_irqrestore(&l, g); here();",
        ["local_irq_save()"],
    ),
    "bh": ("spin_lock_bh(&l); spin_unlock_bh(&l); here();", []),
    "bh-outer": ("local_bh_disable(); spin_lock_bh(&l); spin_unlock_bh(&l); here();", ["local_bh_disable()"]),
    "raw": ("raw_spin_lock(&l); here(); raw_spin_unlock(&l);", ["raw spinlock &l"]),
    "raw-is-another-lock": ("raw_spin_lock(&l); spin_unlock(&l); here();", ["raw spinlock &l"]),
    "nested-form": ("spin_lock_nested(&l, 1); here();", ["spinlock &l"]),
    "read": ("read_lock(&l); here(); read_unlock(&l);", ["read lock &l"]),
    "write": ("write_lock_irq(&l); write_unlock_irq(&l); here();", []),
    "seqlock": ("write_seqlock(&s); here(); write_sequnlock(&s);", ["seqlock &s"]),
    "bit": ("bit_spin_lock(3, &x->flags); here();", ["bit spinlock in &x->flags"]),
    "bit-released": ("bit_spin_lock(3, &x->flags); bit_spin_unlock(3, &x->flags); here();", []),
    "rcu": ("rcu_read_lock(); here(); rcu_read_unlock();", ["rcu_read_lock()"]),
    "rcu-released": ("rcu_read_lock(); rcu_read_unlock(); here();", []),
    "preempt": ("preempt_disable(); here(); preempt_enable();", ["preempt_disable()"]),
    "cpu": ("cpu = get_cpu(); here(); put_cpu();", ["get_cpu()"]),
    "interrupts": ("local_irq_save(flags); here();", ["local_irq_save()"]),
    "interrupts-restored": ("local_irq_save(flags); local_irq_restore(flags); here();", []),
    "xarray": ("xas_lock_irq(&xas); here();", ["xarray lock of &xas", "xas_lock_irq()"]),
    "xarray-released": ("xas_lock_irq(&xas); xas_unlock_irq(&xas); here();", []),
    "pte": ("p = pte_offset_map_lock(mm, pmd, addr, &ptl); here();", ["pte lock ptl"]),
    "pte-unmapped": ("p = pte_offset_map_lock(mm, pmd, addr, &ptl); pte_unmap_unlock(p, ptl); here();", []),
    "pte-in-struct": ("v->pte = pte_offset_map_lock(mm, v->pmd, a, &v->ptl); here();", ["pte lock v->ptl"]),
    "pte-in-struct-unlocked": (
        "v->pte = pte_offset_map_lock(mm, v->pmd, a, &v->ptl); pte_unmap_unlock(v->pte, v->ptl); here();",
        [],
    ),
    "pte-spin-unlock": ("p = pte_offset_map_lock(mm, pmd, addr, &ptl); spin_unlock(ptl); here();", []),
    "pte-by-pointer": ("p = pte_offset_map_lock(mm, pmd, addr, ptlp); spin_unlock(*ptlp); here();", []),
    "pte-by-pointer-held": (
        "p = pte_offset_map_lock(mm, pmd, addr, ptlp); spin_unlock(ptlp); here();",
        ["pte lock *ptlp"],
    ),
    "handle": ("ptl = pte_lockptr(mm, pmd); spin_lock(ptl); here(); spin_unlock(ptl);", ["spinlock ptl"]),
    "mapped": ("p = pte_offset_map(pmd, addr); here(); pte_unmap(p);", ["mapped page table p"]),
    "mapped-released-behind": ("p = pte_offset_map(pmd, addr); p++; pte_unmap(p - 1); here();", []),
    "result": ("ptl = pmd_lock(mm, pmd); here(); spin_unlock(ptl);", ["pmd lock ptl"]),
    "result-declared": ("spinlock_t *ptl = pmd_lock(mm, pmd); here(); spin_unlock(ptl);", ["pmd lock ptl"]),
    "result-released": ("ptl = pmd_lock(mm, pmd); spin_unlock(ptl); here();", []),
    "result-or-null": ("ptl = pmd_trans_huge_lock(pmd, vma); if (!ptl) { here(); }", []),
    "result-or-null-held": ("ptl = pmd_trans_huge_lock(pmd, vma); if (ptl) { here(); }", ["pmd lock ptl"]),
    "result-compared": ("ptl = pmd_trans_huge_lock(pmd, vma); if (ptl == NULL) here();", []),
    "result-compared-with-other": ("ptl = pmd_trans_huge_lock(pmd, vma); if (ptl == old) here();", ["pmd lock ptl"]),
    "result-not-other": ("ptl = pmd_trans_huge_lock(pmd, vma); if (ptl != old) here();", ["pmd lock ptl"]),
    "result-in-condition": ("if ((ptl = pmd_trans_huge_lock(pmd, vma)) != NULL) return 0; here();", []),
    "kmap": ("k = kmap_atomic(page); here();", ["atomic mapping k"]),
    "kmap-with-offset": ("k = kmap_atomic(page) + offset; kunmap_atomic(k - offset); here();", []),
    "trylock": ("if (spin_trylock(&l)) { here(); }", ["spinlock &l"]),
    "trylock-failed": ("if (!spin_trylock(&l)) { here(); }", []),
    "trylock-else": ("if (spin_trylock(&l)) x(); else here();", []),
    "trylock-behind": ("if (!spin_trylock(&l)) return 0; here();", ["spinlock &l"]),
    "trylock-in-argument": ("if (g(spin_trylock(&l))) x(); else here();", ["spinlock &l"]),
    "trylock-and": ("if (a && spin_trylock(&l)) return 0; here();", []),
    "trylock-compared": ("if (spin_trylock(&l) == 0) here();", []),
    "trylock-result": ("ok = spin_trylock(&l); if (!ok) here();", []),
    "trylock-result-held": ("bool ok = spin_trylock(&l); if (ok) here();", ["spinlock &l"]),
    "trylock-result-overwritten": ("ok = spin_trylock(&l); ok = g(); if (!ok) here();", ["spinlock &l"]),
    "trylock-irqsave": ("if (spin_trylock_irqsave(&l, f)) here();", ["spinlock &l", "spin_trylock_irqsave()"]),
    "dec-and-lock": ("if (!atomic_dec_and_lock(&n, &l)) here();", []),
    "dec-and-lock-held": ("if (atomic_dec_and_lock(&n, &l)) here();", ["spinlock &l"]),
    "walk": ("while (page_vma_mapped_walk(&w)) { here(); }", ["page table lock of &w"]),
    "walk-over": ("while (page_vma_mapped_walk(&w)) { x(); } here();", []),
    "walk-left": ("if (!page_vma_mapped_walk(&w)) return 0; here();", ["page table lock of &w"]),
    "walk-done": ("while (page_vma_mapped_walk(&w)) { page_vma_mapped_walk_done(&w); break; } here();", []),
    "mutex-may-sleep": ("mutex_lock(&m); here();", []),
    "page-lock-may-sleep": ("lock_page(page); down_read(&mm->mmap_sem); here();", []),
    "in-statement-expression": ("x = ({ spin_lock(&l); a; }); here();", ["spinlock &l"]),
    "in-operand": ("x = a ? ({ spin_lock(&l); 1; }) : 0; here();", ["spinlock &l"]),
    "dead": ("spin_lock(&l); return 0; here();", []),
    "two": ("spin_lock(&l);\nrcu_read_lock();\nhere();", ["spinlock &l", "rcu_read_lock()"]),
}


@pytest.mark.parametrize("name", CASES)
def test_held(name: str) -> None:
    body, wanted = CASES[name]
    code = parsed(body)
    assert [lock.describe() for lock in at_here(code)] == wanted, code.graph.dump()


def test_a_message_says_where_and_by_what() -> None:
    (lock,) = at_here(parsed("x();\nv->pte = pte_offset_map_lock(mm, v->pmd, a, &v->ptl);\nhere();"))
    assert f"{lock.describe()} {lock.origin()}" == "pte lock v->ptl taken at line 4 by pte_offset_map_lock()"
    assert lock.atomic


def test_both_places_are_told() -> None:
    locks = at_here(parsed("if (a)\nspin_lock(&l);\nelse\nspin_lock(&l);\nhere();"))
    assert [lock.line for lock in locks] == [4, 6]


def test_rows_can_be_added() -> None:
    code = parsed("own_lock(a, &q->own); here(); own_unlock(&q->own);")
    row = LockCall("own_lock", ("own_unlock",), 1, 0, noun="queue lock")
    assert at_here(code) == []
    assert [lock.describe() for lock in at_here(code, row)] == ["queue lock &q->own"]
    after = parsed("own_lock(a, &q->own); own_unlock(&q->own); here();")
    assert at_here(after, row) == []


def test_an_added_row_can_share_the_releases_of_a_family() -> None:
    row = LockCall("grab", (), "result", family="spinlock", noun="grabbed lock")
    assert at_here(parsed("l = grab(a); spin_unlock(l); here();"), row) == []
    assert [lock.describe() for lock in at_here(parsed("l = grab(a); here();"), row)] == ["grabbed lock l"]


def test_a_sleeping_lock_is_no_atomic_section() -> None:
    row = LockCall("mutex_lock", ("mutex_unlock",), noun="mutex", kind="sleeping")
    code = parsed("mutex_lock(&m); here();")
    assert at_here(code, row) == []
    (lock,) = held(code.graph, code.source, [row])[code.node("here();").index]
    assert lock.describe() == "mutex &m"
    assert not lock.atomic


def test_the_table_is_sound() -> None:
    acquired = {row.acquire for row in DEFAULT_LOCKS}
    released = {name for row in DEFAULT_LOCKS for name in row.release}
    assert not acquired & released
    assert len(set(DEFAULT_LOCKS)) == len(DEFAULT_LOCKS)
    ended = {row.domain for row in DEFAULT_LOCKS if row.release}
    assert [row.acquire for row in DEFAULT_LOCKS if row.domain not in ended] == []
