((field_expression field: (field_identifier) @accessor.name
  (#eq? @accessor.name "i_ctime"))) @accessor

; inode->i_ctime = current_time(inode)
(assignment_expression
  left: (field_expression argument: (_) @now.x operator: "->" field: (field_identifier) @now.name)
  operator: "="
  right: (call_expression
    function: (identifier) @_function
    arguments: (argument_list . (_) @_of .))
  (#eq? @now.name "i_ctime")
  (#eq? @_function "current_time")
  (#eq? @_of @now.x)) @now

(assignment_expression
  left: (field_expression argument: (_) @now_embedded.embedded operator: "." field: (field_identifier) @now_embedded.name)
  operator: "="
  right: (call_expression
    function: (identifier) @_function
    arguments: (argument_list . (pointer_expression operator: "&" argument: (_) @_of) .))
  (#eq? @now_embedded.name "i_ctime")
  (#eq? @_function "current_time")
  (#eq? @_of @now_embedded.embedded)) @now_embedded

; inode->i_ctime = inode->i_mtime = current_time(inode)
(assignment_expression
  left: (field_expression argument: (_) @now_first.x operator: "->" field: (field_identifier) @now_first.name)
  operator: "="
  right: (assignment_expression
    left: (field_expression field: (field_identifier) @_others_field) @now_first.others
    operator: "="
    right: (call_expression
      function: (identifier) @_function
      arguments: (argument_list . (_) @_of .)))
  (#eq? @now_first.name "i_ctime")
  (#eq? @_function "current_time")
  (#not-eq? @_others_field "i_ctime")
  (#eq? @_of @now_first.x)) @now_first

(assignment_expression
  left: (field_expression argument: (_) @now_first_embedded.embedded operator: "." field: (field_identifier) @now_first_embedded.name)
  operator: "="
  right: (assignment_expression
    left: (field_expression field: (field_identifier) @_others_field) @now_first_embedded.others
    operator: "="
    right: (call_expression
      function: (identifier) @_function
      arguments: (argument_list . (pointer_expression operator: "&" argument: (_) @_of) .)))
  (#eq? @now_first_embedded.name "i_ctime")
  (#eq? @_function "current_time")
  (#not-eq? @_others_field "i_ctime")
  (#eq? @_of @now_first_embedded.embedded)) @now_first_embedded

(assignment_expression
  left: (field_expression argument: (_) @now_first_of_three.x operator: "->" field: (field_identifier) @now_first_of_three.name)
  operator: "="
  right: (assignment_expression
    left: (field_expression field: (field_identifier) @_others_field) @now_first_of_three.others
    operator: "="
    right: (assignment_expression
      left: (field_expression field: (field_identifier) @_more_field) @now_first_of_three.more
      operator: "="
      right: (call_expression
        function: (identifier) @_function
        arguments: (argument_list . (_) @_of .))))
  (#eq? @now_first_of_three.name "i_ctime")
  (#eq? @_function "current_time")
  (#not-eq? @_others_field "i_ctime")
  (#not-eq? @_more_field "i_ctime")
  (#eq? @_of @now_first_of_three.x)) @now_first_of_three

; inode->i_ctime.tv_sec = a; inode->i_ctime.tv_nsec = b;
((expression_statement
   (assignment_expression
     left: (field_expression
       argument: (field_expression argument: (_) @parts.x operator: "->" field: (field_identifier) @parts.name)
       field: (field_identifier) @_first)
     operator: "="
     right: (_) @parts.seconds)) @parts
 .
 (expression_statement
   (assignment_expression
     left: (field_expression
       argument: (field_expression argument: (_) @_same operator: "->" field: (field_identifier) @parts.name)
       field: (field_identifier) @_second)
     operator: "="
     right: (_) @parts.nanoseconds)) @parts
 (#eq? @parts.name "i_ctime")
 (#eq? @_first "tv_sec")
 (#eq? @_second "tv_nsec")
 (#not-match? @parts.nanoseconds "(i_ctime|inode_get_ctime)([^_a-z]|$)")
 (#eq? @_same @parts.x))

((expression_statement
   (assignment_expression
     left: (field_expression
       argument: (field_expression argument: (_) @parts_embedded.embedded operator: "." field: (field_identifier) @parts_embedded.name)
       field: (field_identifier) @_first)
     operator: "="
     right: (_) @parts_embedded.seconds)) @parts_embedded
 .
 (expression_statement
   (assignment_expression
     left: (field_expression
       argument: (field_expression argument: (_) @_same operator: "." field: (field_identifier) @parts_embedded.name)
       field: (field_identifier) @_second)
     operator: "="
     right: (_) @parts_embedded.nanoseconds)) @parts_embedded
 (#eq? @parts_embedded.name "i_ctime")
 (#eq? @_first "tv_sec")
 (#eq? @_second "tv_nsec")
 (#not-match? @parts_embedded.nanoseconds "(i_ctime|inode_get_ctime)([^_a-z]|$)")
 (#eq? @_same @parts_embedded.embedded))

(assignment_expression
  left: (field_expression argument: (_) @set.x operator: "->" field: (field_identifier) @set.name)
  operator: "="
  right: (_) @set.value
  (#eq? @set.name "i_ctime")) @set

(assignment_expression
  left: (field_expression argument: (_) @set_embedded.embedded operator: "." field: (field_identifier) @set_embedded.name)
  operator: "="
  right: (_) @set_embedded.value
  (#eq? @set_embedded.name "i_ctime")) @set_embedded

; inode->i_ctime = inode->i_mtime = value
(assignment_expression
  left: (field_expression argument: (_) @set_first.x operator: "->" field: (field_identifier) @set_first.name)
  operator: "="
  right: (assignment_expression
    left: (field_expression field: (field_identifier) @_others_field) @set_first.others
    operator: "="
    right: [(identifier) (call_expression) (field_expression) (pointer_expression)] @set_first.value)
  (#eq? @set_first.name "i_ctime")
  (#not-eq? @_others_field "i_ctime")) @set_first

(assignment_expression
  left: (field_expression argument: (_) @chain.x operator: "->" field: (field_identifier) @chain.name)
  right: (assignment_expression)
  (#eq? @chain.name "i_ctime")) @chain

(assignment_expression
  left: (field_expression argument: (_) @chain_embedded.embedded operator: "." field: (field_identifier) @chain_embedded.name)
  right: (assignment_expression)
  (#eq? @chain_embedded.name "i_ctime")) @chain_embedded
