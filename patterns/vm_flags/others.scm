((field_expression field: (field_identifier) @read.name
  (#eq? @read.name "vm_flags"))) @read

((field_expression argument: (_) @address.vma field: (field_identifier) @address.name
  (#eq? @address.name "vm_flags"))) @address

; of a VMA that is made at compile time, or of something else
(initializer_pair
  designator: (field_designator (field_identifier) @initialiser.name)
  (#eq? @initialiser.name "vm_flags")) @initialiser
