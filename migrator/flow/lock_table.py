"""Which calls begin and end a section that must not sleep: kernel vocabulary as data, for ``locks``.

A row says what one call takes and which calls give it up. Locks match by *family* and by the text of the lock, so
that ``spin_unlock(ptl)`` ends what ``pte_offset_map_lock(.., &ptl)`` began. A call that does two things has two
rows: ``spin_lock_irqsave(l, flags)`` takes l and turns interrupts off, and each may end by a call of its own.

Mutexes, semaphores and the page lock may be held while sleeping and are not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct


class LockCall(Struct, frozen=True):
    """One row. Arguments count from 0.

    ``argument``: where the acquiring call names the lock; ``"result"`` when it returns it, None for what there is
    only one of. ``release_argument`` likewise; a release without one ends every section of the family.
    ``family``: locks of one family share their releases; empty: the row is its own family.
    ``noun``: what a message calls the lock; empty where the call says it best.
    ``kind``: only ``atomic`` ones forbid sleeping.
    ``when``: ``true``: held only if the call returns true (a trylock); ``while-true``: and a false return gives up
    what an earlier call took (a walk). ``indirect``: the argument points to a variable that receives the lock.
    """

    acquire: str
    release: tuple[str, ...]
    argument: int | Literal["result"] | None = 0
    release_argument: int | None = 0
    family: str = ""
    noun: str = ""
    kind: Literal["atomic", "sleeping"] = "atomic"
    when: Literal["always", "true", "while-true"] = "always"
    indirect: bool = False

    @property
    def domain(self) -> str:
        """The family, or the row's own name."""
        return self.family or self.acquire


_INTERRUPTS = "interrupts"
_SOFTIRQS = "softirqs"


def _variants(lock: str, trylock: str, unlock: str, family: str, noun: str) -> Iterator[LockCall]:
    """A lock with its _irq, _irqsave, _bh, _nested and try forms, all on their first argument."""
    for nested in ("", "_nested"):
        yield LockCall(f"{lock}{nested}", (unlock,), family=family, noun=noun)
        for suffix in ("_irq", "_bh"):
            yield LockCall(f"{lock}{suffix}{nested}", (f"{unlock}{suffix}",), family=family, noun=noun)
        yield LockCall(f"{lock}_irqsave{nested}", (f"{unlock}_irqrestore",), family=family, noun=noun)
        yield from _switched_off(f"{lock}{{}}{nested}", f"{unlock}{{}}", "always")
    for suffix in ("", "_irq", "_irqsave", "_bh"):
        yield LockCall(f"{trylock}{suffix}", (), family=family, noun=noun, when="true")
    yield from _switched_off(f"{trylock}{{}}", f"{unlock}{{}}", "true")


def _switched_off(lock: str, unlock: str, when: Literal["always", "true"]) -> Iterator[LockCall]:
    """What the _irq, _irqsave and _bh forms of a lock switch off besides taking it."""
    irq = lock.format("_irq"), unlock.format("_irq")
    save = lock.format("_irqsave"), unlock.format("_irqrestore")
    soft = lock.format("_bh"), unlock.format("_bh")
    yield LockCall(irq[0], (irq[1],), None, None, _INTERRUPTS, when=when)
    yield LockCall(save[0], (save[1],), 1, 1, _INTERRUPTS, when=when)
    yield LockCall(soft[0], (soft[1],), 0, 0, _SOFTIRQS, when=when)


def _default_locks() -> Iterator[LockCall]:
    yield from _variants("spin_lock", "spin_trylock", "spin_unlock", "spinlock", "spinlock")
    yield from _variants("raw_spin_lock", "raw_spin_trylock", "raw_spin_unlock", "raw spinlock", "raw spinlock")
    yield from _variants("read_lock", "read_trylock", "read_unlock", "read lock", "read lock")
    yield from _variants("write_lock", "write_trylock", "write_unlock", "write lock", "write lock")
    yield from _variants("xa_lock", "xa_trylock", "xa_unlock", "xarray", "xarray lock of")
    yield from _variants("xas_lock", "xas_trylock", "xas_unlock", "xarray state", "xarray lock of")
    yield from _variants("write_seqlock", "write_tryseqlock", "write_sequnlock", "seqlock", "seqlock")
    yield from _variants(
        "read_seqlock_excl", "read_tryseqlock_excl", "read_sequnlock_excl", "exclusive seqlock", "seqlock"
    )
    yield from _variants("local_lock", "local_trylock", "local_unlock", "local lock", "local lock")
    yield from _variants("rq_lock", "rq_trylock", "rq_unlock", "run queue", "run queue lock")
    yield from _PLAIN


_PLAIN: tuple[LockCall, ...] = (
    # page tables
    LockCall("pte_offset_map_lock", ("pte_unmap_unlock",), 3, 1, "spinlock", "pte lock", indirect=True),
    LockCall("pte_alloc_map_lock", ("pte_unmap_unlock",), 3, 1, "spinlock", "pte lock", indirect=True),
    LockCall("pte_offset_map_rw_nolock", ("pte_unmap",), "result", 0, "pte map", "mapped page table"),
    LockCall("pte_offset_map", ("pte_unmap", "pte_unmap_unlock"), "result", 0, "pte map", "mapped page table"),
    LockCall("pmd_lock", (), "result", None, "spinlock", "pmd lock"),
    LockCall("pud_lock", (), "result", None, "spinlock", "pud lock"),
    LockCall("huge_pte_lock", (), "result", None, "spinlock", "huge page table lock"),
    LockCall("pmd_trans_huge_lock", (), "result", None, "spinlock", "pmd lock", when="true"),
    LockCall("__pmd_trans_huge_lock", (), "result", None, "spinlock", "pmd lock", when="true"),
    LockCall("pud_trans_huge_lock", (), "result", None, "spinlock", "pud lock", when="true"),
    LockCall("__pud_trans_huge_lock", (), "result", None, "spinlock", "pud lock", when="true"),
    LockCall("page_vma_mapped_walk", ("page_vma_mapped_walk_done",), noun="page table lock of", when="while-true"),
    # one bit as a lock, and locks named after what they protect
    LockCall("bit_spin_lock", ("bit_spin_unlock", "__bit_spin_unlock"), 1, 1, "bit spinlock", "bit spinlock in"),
    LockCall("bit_spin_trylock", (), 1, None, "bit spinlock", "bit spinlock in", when="true"),
    LockCall("hlist_bl_lock", ("hlist_bl_unlock",), noun="hash chain lock"),
    LockCall("arch_spin_lock", ("arch_spin_unlock",), noun="spinlock"),
    LockCall("task_lock", ("task_unlock",), noun="task lock of"),
    LockCall("lock_task_sighand", ("unlock_task_sighand",), noun="signal lock of", when="true"),
    LockCall("task_rq_lock", ("task_rq_unlock",), 0, 1, noun="run queue lock of"),
    LockCall("lock_page_memcg", ("unlock_page_memcg", "__unlock_page_memcg"), None, None),
    LockCall("folio_memcg_lock", ("folio_memcg_unlock", "__folio_memcg_unlock"), None, None),
    LockCall("lock_page_lruvec", ("unlock_page_lruvec",), "result", 0, "lruvec", "lru lock of"),
    LockCall("lock_page_lruvec_irq", ("unlock_page_lruvec_irq",), "result", 0, "lruvec", "lru lock of"),
    LockCall("lock_page_lruvec_irqsave", ("unlock_page_lruvec_irqrestore",), "result", 0, "lruvec", "lru lock of"),
    LockCall("folio_lruvec_lock", (), "result", None, "lruvec", "lru lock of"),
    LockCall("folio_lruvec_lock_irq", (), "result", None, "lruvec", "lru lock of"),
    LockCall("folio_lruvec_lock_irqsave", (), "result", None, "lruvec", "lru lock of"),
    LockCall("atomic_dec_and_lock", (), 1, None, "spinlock", "spinlock", when="true"),
    LockCall("atomic_dec_and_lock_irqsave", (), 1, None, "spinlock", "spinlock", when="true"),
    LockCall("atomic_dec_and_raw_lock", (), 1, None, "raw spinlock", "raw spinlock", when="true"),
    LockCall("refcount_dec_and_lock", (), 1, None, "spinlock", "spinlock", when="true"),
    LockCall("refcount_dec_and_lock_irqsave", (), 1, None, "spinlock", "spinlock", when="true"),
    LockCall("ext4_lock_group", ("ext4_unlock_group",), 1, 1, noun="group lock"),
    # network
    LockCall("bh_lock_sock", ("bh_unlock_sock",), family="socket", noun="socket spinlock of"),
    LockCall("bh_lock_sock_nested", ("bh_unlock_sock",), family="socket", noun="socket spinlock of"),
    LockCall("sch_tree_lock", ("sch_tree_unlock",), noun="qdisc lock of"),
    LockCall("netif_tx_lock", ("netif_tx_unlock",), noun="transmit lock of"),
    LockCall("netif_tx_lock_bh", ("netif_tx_unlock_bh",), noun="transmit lock of"),
    LockCall("__netif_tx_lock", ("__netif_tx_unlock",), noun="transmit lock of"),
    LockCall("__netif_tx_lock_bh", ("__netif_tx_unlock_bh",), noun="transmit lock of"),
    LockCall("netif_addr_lock", ("netif_addr_unlock",), noun="address lock of"),
    LockCall("netif_addr_lock_bh", ("netif_addr_unlock_bh",), noun="address lock of"),
    LockCall("unix_state_lock", ("unix_state_unlock",), noun="socket spinlock of"),
    # sections without an object
    LockCall("rcu_read_lock", ("rcu_read_unlock",), None, None),
    LockCall("rcu_read_lock_bh", ("rcu_read_unlock_bh",), None, None),
    LockCall("rcu_read_lock_sched", ("rcu_read_unlock_sched",), None, None),
    LockCall("rcu_read_lock_sched_notrace", ("rcu_read_unlock_sched_notrace",), None, None),
    LockCall(
        "preempt_disable",
        ("preempt_enable", "preempt_enable_no_resched", "sched_preempt_enable_no_resched"),
        None,
        None,
    ),
    LockCall("preempt_disable_notrace", ("preempt_enable_notrace", "preempt_enable_no_resched_notrace"), None, None),
    LockCall("migrate_disable", ("migrate_enable",), None, None, kind="sleeping"),
    LockCall("get_cpu", ("put_cpu", "put_cpu_no_resched"), None, None),
    LockCall("get_cpu_var", ("put_cpu_var",), noun="per-cpu variable"),
    LockCall("get_cpu_ptr", ("put_cpu_ptr",), noun="per-cpu pointer"),
    LockCall("get_cpu_light", ("put_cpu_light",), None, None, kind="sleeping"),
    LockCall("local_bh_disable", ("local_bh_enable", "_local_bh_enable"), None, None, _SOFTIRQS),
    LockCall("local_irq_disable", ("local_irq_enable",), None, None, _INTERRUPTS),
    LockCall("local_irq_save", ("local_irq_restore",), family=_INTERRUPTS),
    LockCall("raw_local_irq_disable", ("raw_local_irq_enable",), None, None, _INTERRUPTS),
    LockCall("raw_local_irq_save", ("raw_local_irq_restore",), family=_INTERRUPTS),
    LockCall("kmap_atomic", ("kunmap_atomic", "__kunmap_atomic"), "result", 0, "kmap", "atomic mapping"),
    LockCall("kmap_atomic_prot", (), "result", None, "kmap", "atomic mapping"),
    LockCall("kmap_atomic_pfn", (), "result", None, "kmap", "atomic mapping"),
    LockCall("write_seqcount_begin", ("write_seqcount_end",), family="seqcount", noun="sequence count"),
    LockCall("write_seqcount_begin_nested", ("write_seqcount_end",), family="seqcount", noun="sequence count"),
    LockCall("raw_write_seqcount_begin", ("raw_write_seqcount_end",), noun="sequence count"),
)

DEFAULT_LOCKS: tuple[LockCall, ...] = tuple(_default_locks())

# Locks that may be held while sleeping: not for ``atomic_sections``, but for who asks what is held at two places.
SLEEPING_LOCKS: tuple[LockCall, ...] = tuple(
    LockCall(f"{acquire}{nested}", (release,), noun=noun, family=release, kind="sleeping")
    for acquire, release, noun in (
        ("mutex_lock", "mutex_unlock", "mutex"),
        ("down_read", "up_read", "semaphore"),
        ("down_write", "up_write", "semaphore"),
        ("down", "up", "semaphore"),
        ("inode_lock", "inode_unlock", "inode lock"),
        ("inode_lock_shared", "inode_unlock_shared", "inode lock"),
        ("lock_page", "unlock_page", "page lock"),
    )
    for nested in ("", "_nested")
)
