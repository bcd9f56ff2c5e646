// The job of patterns/mem_cgroup_charge_v58 as a semantic patch for Coccinelle: what compare.py measures migrator
// against. try_charge / commit / cancel become one mem_cgroup_charge(page, mm, gfp) where try_charge stood.
//
//	spatch --very-quiet --no-includes -j 2 --sp-file mem_cgroup_charge_v58.cocci --use-gitgrep --dir TREE
//
// Meant to be as good as one gets it. All 17 callers of Linux 5.7 are converted, and the result compiles. Every rule
// names a function of the old API or takes something over from a rule that does: from that spatch finds the words to
// search the tree for, and opens the ten files with uses only (with a rule for struct vm_fault it opens sixty).
// What it cannot do is to say what it did not look at:
// - `lrucare` is dropped even where it is true;
// - a cancel is taken to be covered when some path behind it reaches a put_page() of the page; else it becomes
//   mem_cgroup_uncharge(), which a reader has to judge;
// - the prototype of alloc_set_pte() follows only if its header is in one group with the callers, and the field of
//   struct vm_fault stays.

@begin@
identifier handle;
@@
(
 mem_cgroup_try_charge(..., &handle, ...)
|
 mem_cgroup_try_charge_delay(..., &handle, ...)
)

// ---- What can only be seen while the old calls are still there ----

@released exists@
expression page, E;
position p;
@@
 mem_cgroup_cancel_charge@p(page, ...)
 ... when any
     when != page = E
 put_page(page)

// The page outlives the cancel: its charge has to be taken back.
@depends on begin@
expression page;
position p != released.p;
@@
- mem_cgroup_cancel_charge@p(page, ...)
+ mem_cgroup_uncharge(page)

// The handle is gone; the page knows its memcg from the charge on.
@exists@
expression page, mm, gfp, idx, handle;
@@
(
 mem_cgroup_try_charge(page, mm, gfp, &handle, ...)
|
 mem_cgroup_try_charge_delay(page, mm, gfp, &handle, ...)
)
 ... when any
- count_memcg_events(handle, idx, 1)
+ count_memcg_page_event(page, idx)

// The handle put by in the page.
@@
identifier begin.handle;
expression page;
@@
(
- set_page_private(page, (unsigned long)handle);
|
- handle = (void *)page_private(page);
- set_page_private(page, 0);
)

// The handle as a parameter.
@@
identifier begin.handle;
identifier vmf, page;
@@
 alloc_set_pte(struct vm_fault *vmf,
-	struct mem_cgroup *handle,
	struct page *page)
 {
 <...
- VM_BUG_ON_PAGE(handle, page);
 ...>
 }

@depends on begin@
expression vmf, handle, page;
@@
 alloc_set_pte(vmf,
-	handle,
	page)

// ---- Labels that only a cancel kept apart: first the gotos, then the label ----

@merged@
identifier f, from, to;
@@
 f(...) {
 <+...
 from:
 mem_cgroup_cancel_charge(...);
 to:
 ...+>
 }

@@
identifier merged.f, merged.from, merged.to;
@@
 f(...) {
 <...
- goto from;
+ goto to;
 ...>
 }

@@
identifier merged.from, merged.to;
@@
- from:
- mem_cgroup_cancel_charge(...);
 to:

// ---- Commits and cancels: the branches and guards that were there for them, then the rest ----

@depends on begin@
expression E;
identifier guard;
statement S;
@@
(
 if (E) S
- else {
-	mem_cgroup_cancel_charge(...);
- }
|
- if (E) {
-	mem_cgroup_cancel_charge(...);
-	S
- }
+ if (E) S
|
- if (guard)
-	mem_cgroup_commit_charge(...);
|
- if (!guard)
-	mem_cgroup_commit_charge(...);
|
- if (guard)
-	mem_cgroup_cancel_charge(...);
|
- if (!guard)
-	mem_cgroup_cancel_charge(...);
)

@depends on begin@
@@
(
- mem_cgroup_commit_charge(...);
|
- mem_cgroup_cancel_charge(...);
)

// ---- The charge ----

@depends on begin@
expression page, mm, gfp, handle, E, err;
statement S;
@@
(
 if (
(
- mem_cgroup_try_charge_delay(page, mm, gfp, &handle, ...)
+ mem_cgroup_charge(page, mm, gfp)
|
 unlikely(
- mem_cgroup_try_charge_delay(page, mm, gfp, &handle, ...)
+ mem_cgroup_charge(page, mm, gfp)
 )
|
 unlikely(E ||
- mem_cgroup_try_charge_delay(page, mm, gfp, &handle, ...)
+ mem_cgroup_charge(page, mm, gfp)
 )
)
 ) S
+ cgroup_throttle_swaprate(page, gfp);
|
 err =
- mem_cgroup_try_charge_delay(page, mm, gfp, &handle, ...)
+ mem_cgroup_charge(page, mm, gfp)
 ;
(
 if (err) S
+ cgroup_throttle_swaprate(page, gfp);
|
 if (!err) {
+	cgroup_throttle_swaprate(page, gfp);
	...
 }
)
)

@depends on begin@
expression page, mm, gfp, handle;
@@
- mem_cgroup_try_charge(page, mm, gfp, &handle, ...)
+ mem_cgroup_charge(page, mm, gfp)

// ---- The handle itself ----

@@
identifier begin.handle;
@@
- struct mem_cgroup *handle;
 ... when != handle
     when strict
