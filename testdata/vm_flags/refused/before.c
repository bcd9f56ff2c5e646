/* What cannot be told from the code within reach stays. */
static void lamp_reset(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags = flags; /* want: unknown-shape "vm_flags_init() or vm_flags_reset()" */
}

static void lamp_unknown(struct lamp *lamp)
{
	lamp->area->vm_flags |= VM_IO; /* want: type-unknown "whether lamp -> area is a struct vm_area_struct *" */
}

static int lamp_madvise(struct vm_area_struct *vma)
{
	return ksm_madvise(vma, &vma->vm_flags); /* want: unknown-shape "the address of vm_flags is taken" */
}

static unsigned long lamp_value(struct vm_area_struct *vma)
{
	return vma->vm_flags |= VM_IO; /* want: unknown-shape "vm_flags_init() or vm_flags_reset()" */
}

#define lamp_set(vma, flags) do { (vma)->vm_flags |= (flags); } while (0) /* want: macro "depends on where it is used" */

#define lamp_value_of(x) ((struct vm_area_struct *)(x))->vm_flags |= VM_IO /* want: macro "may be used where the macro is" */

static void lamp_unparsed(struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_IO; /* want: unparsed "does not parse" */
	lamp_begin(;
}

static void lamp_reused(struct mm_struct *mm)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		vma = find_vma(mm, 0);
	vma->vm_flags = VM_READ; /* want: unknown-shape "vm_flags_init() or vm_flags_reset()" */
}

/* Both are rewritten, one by one: what is cleared depends on what was set. */
static void lamp_dependent(struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_IO;
	vma->vm_flags &= ~(vma->vm_flags & VM_PFNMAP);
}

/* Of an unsigned int, ~ would not reach the upper half. */
static void lamp_masked(struct vm_area_struct *vma, unsigned int mask)
{
	vma->vm_flags &= mask; /* want: unknown-shape "vm_flags_init() or vm_flags_reset(): whether somebody else can see the VMA by now is not" */
}

static void lamp_once(struct vm_area_struct *vma, unsigned long flags)
{
	WRITE_ONCE(vma->vm_flags, flags); /* want: unknown-shape "the address of vm_flags is taken, by & or by a macro" */
}

static void lamp_swap_given(struct vm_area_struct *vma, unsigned long given)
{
	vma->vm_flags = (vma->vm_flags & ~VM_MAYWRITE) | given; /* want: unknown-shape "vm_flags_init() or vm_flags_reset()" */
}

/* Others can see it by then. */
static int lamp_add_area(struct mm_struct *mm, unsigned long flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return -ENOMEM;
	vma_set_anonymous(vma);
	lamp_insert(mm, vma);
	vma->vm_flags = flags; /* want: unknown-shape "vm_flags_init() or vm_flags_reset(): whether somebody else can see the VMA by now is not" */

	return 0;
}
