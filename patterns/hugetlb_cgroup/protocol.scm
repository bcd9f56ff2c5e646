; The charge of a hugetlb folio to its cgroup. The handle is filled in by the begin; the folio exists at the commit only
; (a page up to Linux 6.1).

(call_expression
  function: (identifier) @begin.name
  (#any-of? @begin.name "hugetlb_cgroup_charge_cgroup" "hugetlb_cgroup_charge_cgroup_rsvd")
  arguments: (argument_list
    . (_)
    . (_)
    . (pointer_expression operator: "&" argument: (_) @begin.handle) .)) @begin

(call_expression
  function: (identifier) @commit.name
  (#any-of? @commit.name "hugetlb_cgroup_commit_charge" "hugetlb_cgroup_commit_charge_rsvd")
  arguments: (argument_list
    . (_)
    . (_)
    . (_) @commit.handle
    . (_) @commit.object .)) @commit

(call_expression
  function: (identifier) @abort.name
  (#any-of? @abort.name "hugetlb_cgroup_uncharge_cgroup" "hugetlb_cgroup_uncharge_cgroup_rsvd")
  arguments: (argument_list
    . (_)
    . (_)
    . (_) @abort.handle .)) @abort
