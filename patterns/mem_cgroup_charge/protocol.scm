; The try / commit / cancel protocol of memory control groups, Linux 3.17 to 5.7.
; Arities: begin has 4 arguments up to 4.4 and 5 from 4.5; commit 3 or 4; abort 2 or 3 (the last is `compound`).
; A begin whose handle is not `&x` is no site: what the pointer points to may be read by others. It is reported.

(call_expression
  function: (identifier) @begin.name
  (#any-of? @begin.name "mem_cgroup_try_charge" "mem_cgroup_try_charge_delay")
  arguments: (argument_list
    . (_) @begin.object
    . (_) @begin.mm
    . (_) @begin.gfp
    . (pointer_expression operator: "&" argument: (_) @begin.handle)
    . (_)? @begin.compound .)) @begin

(call_expression
  function: (identifier) @commit.name
  (#eq? @commit.name "mem_cgroup_commit_charge")
  arguments: (argument_list
    . (_) @commit.object
    . (_) @commit.handle
    . (_) @commit.lrucare
    . (_)? @commit.compound .)) @commit

(call_expression
  function: (identifier) @abort.name
  (#eq? @abort.name "mem_cgroup_cancel_charge")
  arguments: (argument_list
    . (_) @abort.object
    . (_) @abort.handle
    . (_)? @abort.compound .)) @abort
