(function_declarator
  declarator: (identifier) @wrapper.name
  (#any-of? @wrapper.name "del_timer" "del_timer_sync")) @wrapper

(_
  declarator: (identifier) @declared.name
  (#any-of? @declared.name "del_timer" "del_timer_sync")) @declared

((field_identifier) @member.name
  (#any-of? @member.name "del_timer" "del_timer_sync")) @member

(call_expression
  function: (identifier) @call.name
  (#eq? @call.name "del_timer")
  arguments: (argument_list . (_) .)) @call

(call_expression
  function: (identifier) @call_sync.name
  (#eq? @call_sync.name "del_timer_sync")
  arguments: (argument_list . (_) .)) @call_sync

(initializer_pair
  value: [
    (identifier) @constant.name
    (pointer_expression operator: "&" argument: (identifier) @constant.name)
  ]
  (#eq? @constant.name "del_timer")) @constant

(initializer_pair
  value: [
    (identifier) @constant_sync.name
    (pointer_expression operator: "&" argument: (identifier) @constant_sync.name)
  ]
  (#eq? @constant_sync.name "del_timer_sync")) @constant_sync

((identifier) @value.name
  (#any-of? @value.name "del_timer" "del_timer_sync")) @value
