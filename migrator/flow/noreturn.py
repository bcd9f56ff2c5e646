"""Names of calls after which control does not go on: kernel vocabulary as data, for ``build``.

``BUG_ON(x)`` and ``WARN_ON(x)`` go on when x is false and are not here; nor is ``BUILD_BUG()``, which says that
the compiler removes the place.
"""

from __future__ import annotations

DEFAULT_NORETURN: frozenset[str] = frozenset(
    {
        "BUG",
        "abort",
        "complete_and_exit",
        "cpu_die_early",
        "cpu_startup_entry",
        "cpu_play_dead",
        "do_exit",
        "do_group_exit",
        "exit",
        "ex_handler_msr_mce",
        "hlt_loop",
        "kthread_complete_and_exit",
        "kthread_exit",
        "make_task_dead",
        "module_put_and_exit",
        "module_put_and_kthread_exit",
        "mpt_halt_firmware",
        "nmi_panic_self_stop",
        "nmi_panic",
        "panic",
        "panic_smp_self_stop",
        "rest_init",
        "rewind_stack_and_make_dead",
        "rewind_stack_do_exit",
        "stop_this_cpu",
        "unreachable",
        "__builtin_trap",
        "__builtin_unreachable",
        "__module_put_and_exit",
        "__module_put_and_kthread_exit",
        "__stack_chk_fail",
        "__ubsan_handle_builtin_unreachable",
        "__unreachable",
    }
)
