"""Built-in vocabulary of kernel C that a C grammar does not know.

Pure data: words that annotate declarations, macros that head loops, macros that define functions. A tree's own
lists (``.clang-format``, headers) and the caller's additions come on top, see ``dialect``.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[bytes]:
    return frozenset(text.encode("ascii").split())


# Blanked as a word; a parenthesised list that follows is NOT part of them.
PLAIN_ANNOTATIONS = _words("""
    __init __exit __initdata __initconst __exitdata __exitconst __exit_call __ref __refdata __refconst __exitused
    __init_memblock __initdata_memblock __initconst_memblock __meminit __memexit __meminitdata __meminitconst
    __memexitdata __memexitconst __cpuinit __cpuexit __cpuinitdata __cpuinitconst __cpuexitdata __cpuexitconst
    __devinit __devexit __devinitdata __devinitconst __devexitdata __devexitconst __net_init __net_exit
    __net_initdata __net_initconst __init_or_module __initdata_or_module __initconst_or_module __init_or_acpilib
    __initdata_or_acpilib __init_or_fwtbl_lib __initdata_or_fwtbl_lib __initdata_or_meminfo __init_refok
    __initdata_refok __exit_refok __init_call __initcall_ref __pminit __pminitdata __pminitconst __head __heap
    __user __kernel __iomem __rcu __percpu __force __nocast __safe __bitwise __bitwise__ __private __capability
    __read_mostly __ro_after_init __lsm_ro_after_init __packed __packed2__ __used __unused __maybe_unused
    __inline_maybe_unused __always_unused __always_used __always_inline __must_check __weak __pure __cold __hot
    __deprecated __noreturn __malloc __noclone __nosave __nosavedata __visible __flatten __gnu_inline __nonstring
    __attribute_const__ __cacheline_aligned __cacheline_aligned_in_smp __cacheline_internodealigned_in_smp
    ____cacheline_aligned ____cacheline_aligned_in_smp ____cacheline_internodealigned_in_smp __page_aligned_data
    __page_aligned_bss ____dma_from_device_aligned __aligned_largest __long_aligned __lock_aligned __latent_entropy
    __randomize_layout __no_randomize_layout __designated_init __retain __overloadable
    randomized_struct_fields_start randomized_struct_fields_end __no_kcsan __no_kasan_or_inline
    __no_sanitize_or_inline __no_sanitize_address __no_sanitize_undefined __no_sanitize_memory __no_sanitize_thread
    __no_sanitize_coverage __no_kmsan_checks __no_stack_protector __no_profile __nocfi __noscs __noretpoline
    __noinitretpoline __nostackprotector __no_fgcse __naked __noendbr __nomips16 __notrace_funcgraph
    __no_instrument_function __no_caller_saved_registers __nocf_check __no_context_analysis
    __disable_sanitizer_instrumentation __preserve_most __signed_wrap __data_racy __kprobes __lockfunc __sched
    __cpuidle __irq_entry __softirq_entry __noipa noinline noinline_for_stack noinline_for_tracing notrace noinstr
    nokprobe_inline __noinline __ksym __kconfig __bpf_kfunc __bpf_hook __bpfcall __bss_decrypted __tracepoint_string
    __annotate_jump_table __function_aligned __percpu_rel __xipram __apicdebuginit __const __const__ __volatile
    __volatile__ __uninitialized __cpumask_var_read_mostly __percpu_seg_override __hyp_text __entry_text
    __irqentry_text __exception __exception_irq_entry __initrodata __vsyscall_fn __trusted __uptr __arg_ctx
    __arg_nonnull __machine_desc __uml_setup_help __uml_postsetup_call __uml_init_setup __uml_exit_call __idmap
    __tcmfunc __tcmlocalfunc __tcmdata __tcmconst __arcfp_code __arcfp_data __iftd __init_thread_info
    __init_task_data __jiffy_arch_data __nfp __moduleparam_const __efi_runtime __efiapi __efistub_global EFIAPI
    __i915_sw_fence_call __i915_active_call __refcount_check __no_ubsan_alignment __async_inline __efi_init
    asmlinkage asmregparm fastcall __fastcall __cdecl __extern_always_inline ACPI_SYSTEM_XFACE ACPI_INTERNAL_XFACE
    ACPI_INTERNAL_VAR_XFACE ACPI_UNUSED_VAR ACPI_INIT_FUNCTION ZEXPORT ZEXTERN ZLIB_INTERNAL XXH_PUBLIC_API
    FORCE_INLINE INLINE_KEYWORD UNUSED_ATTR HINT_INLINE MEM_STATIC FORCE_INLINE_TEMPLATE FORCE_INLINE_ATTR
    FORCE_NOINLINE FORCE_O3 DONT_VECTORIZE BMI2_TARGET_ATTRIBUTE ZSTD_ALLOW_POINTER_OVERFLOW_ATTR
    WARN_UNUSED_ATTRIBUTE MUST_CHECK ZSTDLIB_API ZSTDLIB_STATIC_API ATTRIBUTE_UNUSED ZSTDERRORLIB_API FSE_PUBLIC_API
    HUF_PUBLIC_API LIBBPF_API LIBPERF_API __success __failure __success_unpriv __failure_unpriv __auxiliary
    __auxiliary_unpriv __arch_x86_64 __arch_arm64 __arch_riscv64 __arch_s390x __hidden __naked __arena
    __arg_trusted __arg_nullable __arg_arena
""")

# Blanked together with the parenthesised list behind them.
LIST_ANNOTATIONS = _words("""
    __attribute__ __attribute __declspec __acquires __releases __acquire_shared __release_shared __must_hold
    __must_hold_shared __cond_acquires __cond_releases __acquires_shared __releases_shared __cond_acquires_shared
    __guarded_by __pt_guarded_by __aligned __section __section__ __printf __scanf __alias __alloc_size
    __alloc_size__ __assume_aligned __copy __cleanup __free __counted_by __counted_by_le __counted_by_be
    __counted_by_ptr __compiletime_error __compiletime_warning __no_sanitize __mode __target __diagnose_as
    __pass_object_size __pass_dynamic_object_size __sized_by __sized_by_or_null __nonnull __realloc_size __symver
    __access __PRINTF_ATTRIBUTE PRINTF_ATTRIBUTE ACPI_PRINTF_LIKE __bootdata __bootdata_preserved __decl_tag
    __type_tag __tag __format_arg __regparm alignas _Alignas SEC
    __description __msg __msg_unpriv __xlated __xlated_unpriv __jited __jited_unpriv __retval __retval_unpriv
    __flag __log_level __exception_cb __btf_path __btf_func_path __caps_unpriv __load_if_JITed __not_msg
""")

# Loop heads that every kernel has had; a tree's .clang-format adds its own.
ITERATORS = _words("""
    list_for_each list_for_each_safe list_for_each_prev list_for_each_prev_safe list_for_each_continue
    list_for_each_rcu list_for_each_reverse list_for_each_entry list_for_each_entry_safe list_for_each_entry_rcu
    list_for_each_entry_reverse list_for_each_entry_continue list_for_each_entry_continue_rcu
    list_for_each_entry_continue_reverse list_for_each_entry_from list_for_each_entry_from_rcu
    list_for_each_entry_from_reverse list_for_each_entry_safe_continue list_for_each_entry_safe_from
    list_for_each_entry_safe_reverse list_for_each_entry_lockless list_for_each_entry_srcu hlist_for_each
    hlist_for_each_safe hlist_for_each_entry hlist_for_each_entry_safe hlist_for_each_entry_rcu
    hlist_for_each_entry_continue hlist_for_each_entry_from hlist_for_each_entry_rcu_bh hlist_for_each_entry_srcu
    hlist_for_each_entry_continue_rcu hlist_for_each_entry_from_rcu hlist_bl_for_each_entry
    hlist_bl_for_each_entry_rcu hlist_bl_for_each_entry_safe hlist_nulls_for_each_entry
    hlist_nulls_for_each_entry_rcu hlist_nulls_for_each_entry_safe hlist_nulls_for_each_entry_from llist_for_each
    llist_for_each_safe llist_for_each_entry llist_for_each_entry_safe plist_for_each plist_for_each_entry
    plist_for_each_entry_safe hash_for_each hash_for_each_safe hash_for_each_rcu hash_for_each_possible
    hash_for_each_possible_safe hash_for_each_possible_rcu hash_for_each_possible_rcu_notrace rhl_for_each_rcu
    rhl_for_each_entry_rcu rht_for_each rht_for_each_continue rht_for_each_entry rht_for_each_entry_safe
    rht_for_each_rcu rht_for_each_entry_rcu xa_for_each xa_for_each_start xa_for_each_range xa_for_each_marked
    xas_for_each xas_for_each_conflict xas_for_each_marked radix_tree_for_each_slot radix_tree_for_each_tagged
    radix_tree_for_each_contig radix_tree_for_each_chunk radix_tree_for_each_chunk_slot idr_for_each_entry
    idr_for_each_entry_ul idr_for_each_entry_continue idr_for_each_entry_continue_ul mas_for_each mt_for_each
    for_each_process for_each_process_thread for_each_thread do_each_thread do_each_pid_task do_each_pid_thread
    for_each_cpu for_each_cpu_not for_each_cpu_and for_each_cpu_wrap for_each_cpu_mask for_each_possible_cpu
    for_each_online_cpu for_each_present_cpu for_each_node for_each_online_node for_each_node_mask
    for_each_node_state for_each_zone for_each_populated_zone for_each_zone_zonelist for_each_zone_zonelist_nodemask
    for_each_next_zone_zonelist for_each_online_pgdat for_each_lru for_each_evictable_lru for_each_migratetype_order
    for_each_mem_cgroup for_each_mem_cgroup_tree for_each_set_bit for_each_set_bit_from for_each_clear_bit
    for_each_clear_bit_from for_each_sg for_each_sgtable_sg for_each_sg_page for_each_bio bio_for_each_segment
    bio_for_each_segment_all bio_for_each_bvec rq_for_each_segment rq_for_each_bio __rq_for_each_bio for_each_netdev
    for_each_netdev_safe for_each_netdev_rcu for_each_netdev_continue for_each_net for_each_net_rcu for_each_pci_dev
    for_each_child_of_node for_each_available_child_of_node for_each_node_by_name for_each_node_by_type
    for_each_compatible_node for_each_matching_node for_each_subsystem for_each_task_pid sk_for_each sk_for_each_rcu
    sk_for_each_from sk_for_each_safe sk_for_each_bound sk_nulls_for_each sk_nulls_for_each_rcu
    sk_nulls_for_each_from inet_bind_bucket_for_each inet_twsk_for_each css_for_each_child
    css_for_each_descendant_pre css_for_each_descendant_post cgroup_for_each_live_child cgroup_taskset_for_each
    queue_for_each_hw_ctx hctx_for_each_ctx device_for_each_child_node shost_for_each_device __shost_for_each_device
    scoped_guard scoped_cond_guard rbtree_postorder_for_each_entry_safe skb_queue_walk skb_queue_walk_safe
    skb_queue_walk_from skb_queue_reverse_walk ax25_for_each nr_node_for_each snd_array_for_each
    netdev_for_each_mc_addr netdev_for_each_uc_addr netdev_hw_addr_list_for_each ata_for_each_dev ata_for_each_link
    foreach_ptr_
""")

# Macros whose use with a body defines a function. The value says which argument (from 0) names it, and a prefix.
FUNCTION_MACROS: dict[bytes, tuple[int, bytes]] = {
    b"BPF_CALL_0": (0, b""),
    b"BPF_CALL_1": (0, b""),
    b"BPF_CALL_2": (0, b""),
    b"BPF_CALL_3": (0, b""),
    b"BPF_CALL_4": (0, b""),
    b"BPF_CALL_5": (0, b""),
    b"NOTRACE_BPF_CALL_1": (0, b""),
    b"TEST_F": (1, b""),
    b"TEST_F_SIGNAL": (1, b""),
    b"TEST_F_TIMEOUT": (1, b""),
    b"PPC_SYSCALL_DEFINE": (0, b"sys_"),
}
