((field_expression field: (field_identifier) @accessor.name
  (#eq? @accessor.name "i_ctime"))) @accessor

((field_expression argument: (_) @elsewhere.x operator: "->" field: (field_identifier) @elsewhere.name
  (#eq? @elsewhere.name "i_ctime"))) @elsewhere

((field_expression argument: (_) @elsewhere_embedded.embedded operator: "." field: (field_identifier) @elsewhere_embedded.name
  (#eq? @elsewhere_embedded.name "i_ctime"))) @elsewhere_embedded

; inode->i_ctime = value
(assignment_expression
  left: (field_expression argument: (_) @now.x operator: "->" field: (field_identifier) @now.name)
  operator: "="
  right: (_) @now.value
  (#eq? @now.name "i_ctime")) @now

(assignment_expression
  left: (field_expression argument: (_) @now_embedded.embedded operator: "." field: (field_identifier) @now_embedded.name)
  operator: "="
  right: (_) @now_embedded.value
  (#eq? @now_embedded.name "i_ctime")) @now_embedded

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

; inode->i_ctime.tv_sec = seconds
(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @parts.x operator: "->" field: (field_identifier) @parts.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @parts.seconds
  (#eq? @parts.name "i_ctime")
  (#eq? @_part "tv_sec")) @parts

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @parts_used.x operator: "->" field: (field_identifier) @parts_used.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @parts_used.seconds
  (#eq? @parts_used.name "i_ctime")
  (#eq? @_part "tv_sec")) @parts_used

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @parts_embedded.embedded operator: "." field: (field_identifier) @parts_embedded.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @parts_embedded.seconds
  (#eq? @parts_embedded.name "i_ctime")
  (#eq? @_part "tv_sec")) @parts_embedded

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @parts_embedded_used.embedded operator: "." field: (field_identifier) @parts_embedded_used.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @parts_embedded_used.seconds
  (#eq? @parts_embedded_used.name "i_ctime")
  (#eq? @_part "tv_sec")) @parts_embedded_used

; inode->i_ctime.tv_nsec = nanoseconds
(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @nanoseconds.x operator: "->" field: (field_identifier) @nanoseconds.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @nanoseconds.nanoseconds
  (#eq? @nanoseconds.name "i_ctime")
  (#eq? @_part "tv_nsec")) @nanoseconds

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @nanoseconds_embedded.embedded operator: "." field: (field_identifier) @nanoseconds_embedded.name)
    field: (field_identifier) @_part)
  operator: "="
  right: (_) @nanoseconds_embedded.nanoseconds
  (#eq? @nanoseconds_embedded.name "i_ctime")
  (#eq? @_part "tv_nsec")) @nanoseconds_embedded

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @seconds.x operator: "->" field: (field_identifier) @seconds.name)
    field: (field_identifier) @_part) @seconds
  operator: "="
  (#eq? @seconds.name "i_ctime")
  (#eq? @_part "tv_sec"))

(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @seconds_embedded.embedded operator: "." field: (field_identifier) @seconds_embedded.name)
    field: (field_identifier) @_part) @seconds_embedded
  operator: "="
  (#eq? @seconds_embedded.name "i_ctime")
  (#eq? @_part "tv_sec"))

; inode->i_ctime.tv_sec = inode->i_ctime.tv_nsec = 0
(assignment_expression
  left: (field_expression
    argument: (field_expression argument: (_) @both.x operator: "->" field: (field_identifier) @both.name)
    field: (field_identifier) @_first)
  operator: "="
  right: (assignment_expression
    left: (field_expression
      argument: (field_expression argument: (_) @_same operator: "->" field: (field_identifier) @both.name)
      field: (field_identifier) @_second)
    operator: "="
    right: (number_literal) @both.number)
  (#eq? @both.name "i_ctime")
  (#eq? @_same @both.x)
  (#any-of? @_first "tv_sec" "tv_nsec")
  (#any-of? @_second "tv_sec" "tv_nsec")
  (#not-eq? @_first @_second)) @both

; memset(&inode->i_ctime, 0, sizeof(inode->i_ctime))
(call_expression
  function: (identifier) @_memset
  arguments: (argument_list .
    (pointer_expression operator: "&" argument:
      (field_expression argument: (_) @zeroed.x operator: "->" field: (field_identifier) @zeroed.name)) .
    (number_literal) @_value .
    (sizeof_expression value: (parenthesized_expression
      (field_expression argument: (_) @_same operator: "->" field: (field_identifier) @zeroed.name))) .)
  (#eq? @zeroed.name "i_ctime")
  (#eq? @_memset "memset")
  (#eq? @_value "0")
  (#eq? @_same @zeroed.x)) @zeroed
