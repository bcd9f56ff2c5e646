/* The kernel vocabulary that compiled examples need: our own words for it, as small as it can be. */
#ifndef ORACLE_SHIM_H
#define ORACLE_SHIM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "runtime.h"

typedef unsigned int gfp_t;
typedef unsigned int vm_fault_t;
typedef unsigned long pgoff_t, pte_t, pmd_t, pud_t, pgd_t, pgprot_t, spinlock_t, rwlock_t;
typedef long swp_entry_t, loff_t, ssize_t, atomic_t, atomic_long_t;
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef long cell; /* whatever struct is only pointed to */

struct xa_state { long err; };
struct xarray { long x; };

#define likely(x) (!!(x))
#define unlikely(x) (!!(x))
/* as without CONFIG_DEBUG_VM: not evaluated */
#define VM_BUG_ON(x) ((void)sizeof((long)(x)))
#define VM_BUG_ON_PAGE(x, page) ((void)sizeof((long)(x)))
#define BUG_ON(x) ((void)(x))
#define WARN_ON(x) (!!(x))
#define WARN_ON_ONCE(x) (!!(x))
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, value) ((x) = (value))
#define EXPORT_SYMBOL(x) struct oracle_nothing
#define EXPORT_SYMBOL_GPL(x) struct oracle_nothing
#define MODULE_LICENSE(x) struct oracle_nothing
#define IS_ERR(p) ((unsigned long)(p) >= (unsigned long)-4095)
#define IS_ERR_OR_NULL(p) (!(p) || IS_ERR(p))
#define ERR_PTR(e) ((void *)(long)(e))
#define PTR_ERR(p) ((long)(p))
#define IS_ENABLED(x) 0
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define XA_STATE(name, array, index) \
	struct xa_state name = { ((void)(array), (void)(index), 0) }
#define xas_error(xas) ((int)(xas)->err)
#define xas_set_err(xas, e) ((void)((xas)->err = (e)))

#define __init
#define __exit
#define __user
#define __iomem
#define __force
#define __rcu
#define __percpu
#define __read_mostly
#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __must_check
#define __cold
#define __sched
#define __ref
#define noinline
#define asmlinkage
#define notrace
#define fallthrough __attribute__((fallthrough))
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)

enum {
	EPERM = 1, ENOENT = 2, EINTR = 4, EIO = 5, E2BIG = 7, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14,
	EBUSY = 16, EEXIST = 17, EXDEV = 18, ENODEV = 19, EINVAL = 22, ENOSPC = 28, ERANGE = 34, EOPNOTSUPP = 95
};
enum {
	VM_FAULT_OOM = 1, VM_FAULT_SIGBUS = 2, VM_FAULT_MAJOR = 4, VM_FAULT_WRITE = 8, VM_FAULT_HWPOISON = 16,
	VM_FAULT_SIGSEGV = 64, VM_FAULT_NOPAGE = 256, VM_FAULT_LOCKED = 512, VM_FAULT_RETRY = 1024,
	VM_FAULT_FALLBACK = 2048, VM_FAULT_ERROR = 1 | 2 | 16 | 64 | 2048
};
enum { GFP_KERNEL = 0xcc0, GFP_NOWAIT = 0x400, GFP_ATOMIC = 0xa20, GFP_HIGHUSER_MOVABLE = 0x100cca };
enum { __GFP_HIGHMEM = 2, __GFP_NOWARN = 0x2000, __GFP_DIRECT_RECLAIM = 0x400, __GFP_NORETRY = 0x10000 };
enum { PAGE_SIZE = 4096, HPAGE_PMD_NR = 2, PAGE_SHIFT = 12 };
#endif
