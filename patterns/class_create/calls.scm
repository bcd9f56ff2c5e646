; The old call, with the owner.
(call_expression
  function: (identifier) @create.name
  (#eq? @create.name "class_create")
  arguments: (argument_list . (_) @create.owner . (_) @create.name_of_class .)) @create

; The new call.
(call_expression
  function: (identifier) @done.name
  (#eq? @done.name "class_create")
  arguments: (argument_list . (_) .)) @done

; Where the function itself lives: EXPORT_SYMBOL_GPL(class_create) and its like.
((identifier) @as_value.name
  (#eq? @as_value.name "class_create")) @as_value
