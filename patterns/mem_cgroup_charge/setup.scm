; The page needs a mapping before it can be charged: a store to ->mapping that is not NULL, or a call that makes one.

(assignment_expression
  left: (field_expression
    argument: (_) @setup.object
    field: (field_identifier) @setup.field)
  (#eq? @setup.field "mapping")
  operator: "="
  right: (_) @setup.value
  (#not-eq? @setup.value "NULL")
  (#not-eq? @setup.value "0")
  (#not-eq? @setup.value "(void *)0")
  (#not-eq? @setup.value "((void *)0)")) @setup

(call_expression
  function: (identifier) @setup.name
  (#any-of? @setup.name
    "page_add_new_anon_rmap" "page_add_anon_rmap" "do_page_add_anon_rmap"
    "hugepage_add_anon_rmap" "hugepage_add_new_anon_rmap")
  arguments: (argument_list . (_) @setup.object)) @setup
