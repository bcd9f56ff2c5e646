((identifier) @elsewhere.name
  (#eq? @elsewhere.name "strlcpy")) @elsewhere

(call_expression
  function: (identifier) @call.name
  (#eq? @call.name "strlcpy")
  arguments: (argument_list . (_) . (_) . (_) .)) @call

(call_expression
  function: (identifier) @used.name
  (#eq? @used.name "strlcpy")) @used
