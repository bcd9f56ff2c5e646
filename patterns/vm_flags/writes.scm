((field_expression field: (field_identifier) @wrapper.name
  (#eq? @wrapper.name "vm_flags"))) @wrapper

(assignment_expression
  left: (field_expression argument: (_) @elsewhere.vma operator: "->" field: (field_identifier) @elsewhere.name)
  (#eq? @elsewhere.name "vm_flags")) @elsewhere

(assignment_expression
  left: (field_expression argument: (_) @elsewhere_local.vma operator: "." field: (field_identifier) @elsewhere_local.name)
  (#eq? @elsewhere_local.name "vm_flags")) @elsewhere_local

; vma->vm_flags |= A; vma->vm_flags |= B;
((expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @set_twice.vma operator: "->" field: (field_identifier) @set_twice.name)
     operator: "|="
     right: (_) @set_twice.first)) @set_twice
 .
 (expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @_again operator: "->" field: (field_identifier) @set_twice.name)
     operator: "|="
     right: (_) @set_twice.second)) @set_twice
 (#eq? @set_twice.name "vm_flags")
 (#eq? @_again @set_twice.vma))

; vma->vm_flags |= A; vma->vm_flags &= ~B;
((expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @set_and_clear.vma operator: "->" field: (field_identifier) @set_and_clear.name)
     operator: "|="
     right: (_) @set_and_clear.set)) @set_and_clear
 .
 (expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @_again operator: "->" field: (field_identifier) @set_and_clear.name)
     operator: "&="
     right: (unary_expression operator: "~" argument: (_) @set_and_clear.clear))) @set_and_clear
 (#eq? @set_and_clear.name "vm_flags")
 (#eq? @_again @set_and_clear.vma))

; vma->vm_flags &= ~A; vma->vm_flags |= B;
((expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @clear_and_set.vma operator: "->" field: (field_identifier) @clear_and_set.name)
     operator: "&="
     right: (unary_expression operator: "~" argument: (_) @clear_and_set.clear))) @clear_and_set
 .
 (expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @_again operator: "->" field: (field_identifier) @clear_and_set.name)
     operator: "|="
     right: (_) @clear_and_set.set)) @clear_and_set
 (#eq? @clear_and_set.name "vm_flags")
 (#eq? @_again @clear_and_set.vma)
 (#not-match? @clear_and_set.set "(FLAGS|MASK|SPECIAL|STACK|DATA_|ACCESS|BITS|CLEAR|KHUGEPAGED|[a-z])")
 (#not-match? @clear_and_set.clear "(FLAGS|MASK|SPECIAL|STACK|DATA_|ACCESS|BITS|CLEAR|KHUGEPAGED|[a-z])"))

; vma->vm_flags = (vma->vm_flags & ~A) | B
(assignment_expression
  left: (field_expression argument: (_) @replace_some.vma operator: "->" field: (field_identifier) @replace_some.name)
  operator: "="
  right: (binary_expression
    left: (parenthesized_expression
      (binary_expression
        left: (field_expression argument: (_) @_same operator: "->" field: (field_identifier) @replace_some.name)
        operator: "&"
        right: (unary_expression operator: "~" argument: (_) @replace_some.clear)))
    operator: "|"
    right: (_) @replace_some.set)
  (#eq? @replace_some.name "vm_flags")
  (#eq? @_same @replace_some.vma)
  (#not-match? @replace_some.set "(FLAGS|MASK|SPECIAL|STACK|DATA_|ACCESS|BITS|CLEAR|KHUGEPAGED|[a-z])")
  (#not-match? @replace_some.clear "(FLAGS|MASK|SPECIAL|STACK|DATA_|ACCESS|BITS|CLEAR|KHUGEPAGED|[a-z])")) @replace_some

(assignment_expression
  left: (field_expression argument: (_) @set.vma operator: "->" field: (field_identifier) @set.name)
  operator: "|="
  right: (_) @set.flags
  (#eq? @set.name "vm_flags")) @set

(assignment_expression
  left: (field_expression argument: (_) @clear.vma operator: "->" field: (field_identifier) @clear.name)
  operator: "&="
  right: (unary_expression operator: "~" argument: (_) @clear.flags)
  (#eq? @clear.name "vm_flags")) @clear

; vma->vm_flags = A; vma->vm_flags &= VM_LOCKED_CLEAR_MASK;
((expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @init_unlocked.vma operator: "->" field: (field_identifier) @init_unlocked.name)
     operator: "="
     right: (_) @init_unlocked.flags)) @init_unlocked
 .
 (expression_statement
   (assignment_expression
     left: (field_expression argument: (_) @_again operator: "->" field: (field_identifier) @init_unlocked.name)
     operator: "&="
     right: (identifier) @_mask)) @init_unlocked
 (#eq? @init_unlocked.name "vm_flags")
 (#eq? @_again @init_unlocked.vma)
 (#eq? @_mask "VM_LOCKED_CLEAR_MASK"))

(assignment_expression
  left: (field_expression argument: (_) @clear_locked.vma operator: "->" field: (field_identifier) @clear_locked.name)
  operator: "&="
  right: (identifier) @_mask
  (#eq? @clear_locked.name "vm_flags")
  (#eq? @_mask "VM_LOCKED_CLEAR_MASK")) @clear_locked

(assignment_expression
  left: (field_expression argument: (_) @init.vma operator: "->" field: (field_identifier) @init.name)
  operator: "="
  right: (_) @init.flags
  (#eq? @init.name "vm_flags")) @init

(assignment_expression
  left: (field_expression argument: (_) @init_local.vma operator: "." field: (field_identifier) @init_local.name)
  operator: "="
  right: (_) @init_local.flags
  (#eq? @init_local.name "vm_flags")) @init_local

(assignment_expression
  left: (field_expression argument: (_) @assign.vma operator: "->" field: (field_identifier) @assign.name)
  (#eq? @assign.name "vm_flags")) @assign
