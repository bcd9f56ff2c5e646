(initializer_pair
  designator: (field_designator (field_identifier) @field.name)
  (#eq? @field.name "probe_new")) @field
