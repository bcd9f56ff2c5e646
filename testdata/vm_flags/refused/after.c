/* What cannot be told from the code within reach stays. */
static void lamp_reset(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags = flags;
}

static void lamp_unknown(struct lamp *lamp)
{
	lamp->area->vm_flags |= VM_IO;
}

static int lamp_madvise(struct vm_area_struct *vma)
{
	return ksm_madvise(vma, &vma->vm_flags);
}

static unsigned long lamp_value(struct vm_area_struct *vma)
{
	return vma->vm_flags |= VM_IO;
}

#define lamp_set(vma, flags) do { (vma)->vm_flags |= (flags); } while (0)

#define lamp_value_of(x) ((struct vm_area_struct *)(x))->vm_flags |= VM_IO

static void lamp_unparsed(struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_IO;
	lamp_begin(;
}

static void lamp_reused(struct mm_struct *mm)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		vma = find_vma(mm, 0);
	vma->vm_flags = VM_READ;
}

/* Both are rewritten, one by one: what is cleared depends on what was set. */
static void lamp_dependent(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_IO);
	vm_flags_clear(vma, vma->vm_flags & VM_PFNMAP);
}

/* Of an unsigned int, ~ would not reach the upper half. */
static void lamp_masked(struct vm_area_struct *vma, unsigned int mask)
{
	vma->vm_flags &= mask;
}

static void lamp_once(struct vm_area_struct *vma, unsigned long flags)
{
	WRITE_ONCE(vma->vm_flags, flags);
}

static void lamp_swap_given(struct vm_area_struct *vma, unsigned long given)
{
	vma->vm_flags = (vma->vm_flags & ~VM_MAYWRITE) | given;
}

/* Others can see it by then. */
static int lamp_add_area(struct mm_struct *mm, unsigned long flags)
{
	struct vm_area_struct *vma = vm_area_alloc(mm);

	if (!vma)
		return -ENOMEM;
	vma_set_anonymous(vma);
	lamp_insert(mm, vma);
	vma->vm_flags = flags;

	return 0;
}
