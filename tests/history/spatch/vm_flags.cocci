// Two statements in a row.
@@
struct vm_area_struct *vma;
expression first, second, set, clear;
@@
(
- vma->vm_flags |= first;
- vma->vm_flags |= second;
+ vm_flags_set(vma, first | second);
|
- vma->vm_flags |= set;
- vma->vm_flags &= ~clear;
+ vm_flags_mod(vma, set, clear);
|
- vma->vm_flags &= ~clear;
- vma->vm_flags |= set;
+ vm_flags_mod(vma, set, clear);
)

@@
struct vm_area_struct *vma;
struct vm_area_struct local;
expression flags, set, clear;
@@
(
- vma->vm_flags = (vma->vm_flags & ~clear) | set;
+ vm_flags_mod(vma, set, clear);
|
- vma->vm_flags |= flags;
+ vm_flags_set(vma, flags);
|
- vma->vm_flags &= ~(flags);
+ vm_flags_clear(vma, flags);
|
- local.vm_flags = flags;
+ vm_flags_init(&local, flags);
)

// A VMA that nobody else can see yet.
@exists@
expression vma, other, flags;
@@
vma = \(vm_area_alloc(...)\|vm_area_dup(...)\)
... when != vma = other
- vma->vm_flags = flags;
+ vm_flags_init(vma, flags);
