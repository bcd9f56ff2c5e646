; The try / commit / cancel protocol of hugetlb folios, Linux 6.7 to 6.13. The folio does not exist at the begin.

(call_expression
  function: (identifier) @begin.name
  (#eq? @begin.name "mem_cgroup_hugetlb_try_charge")
  arguments: (argument_list
    . (_) @begin.handle
    . (_) @begin.gfp
    . (_) @begin.nr_pages .)) @begin

(call_expression
  function: (identifier) @commit.name
  (#eq? @commit.name "mem_cgroup_commit_charge")
  arguments: (argument_list
    . (_) @commit.object
    . (_) @commit.handle .)) @commit

(call_expression
  function: (identifier) @abort.name
  (#eq? @abort.name "mem_cgroup_cancel_charge")
  arguments: (argument_list
    . (_) @abort.handle
    . (_) @abort.nr_pages .)) @abort
