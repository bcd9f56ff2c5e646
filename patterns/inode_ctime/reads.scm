(field_expression argument: (_) @get.x operator: "->" field: (field_identifier) @get.name
  (#eq? @get.name "i_ctime")) @get

(field_expression argument: (_) @get_embedded.embedded operator: "." field: (field_identifier) @get_embedded.name
  (#eq? @get_embedded.name "i_ctime")) @get_embedded

(field_expression argument: (_) @other.x operator: "->" field: (field_identifier) @other.name
  (#eq? @other.name "i_ctime")) @other

(field_expression argument: (_) @other_embedded.embedded operator: "." field: (field_identifier) @other_embedded.name
  (#eq? @other_embedded.name "i_ctime")) @other_embedded
