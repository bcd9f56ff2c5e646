(initializer_pair
  designator: (field_designator)
  value: (identifier) @member.name
  (#eq? @member.name "no_llseek")) @member
