/* mmap() of a made-up device: each way to change the flags of a VMA. */
static int lamp_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vm_flags_set(vma, VM_IO | VM_DONTEXPAND);
	return 0;
}

static int lamp_mmap_protected(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_pgoff = 0;
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);	/* not in a core */
	return 0;
}

static void lamp_mmap_mixed(struct vm_area_struct *vma)
{
	vm_flags_mod(vma, VM_MIXEDMAP, VM_PFNMAP);
}

static void lamp_mmap_dontcopy(struct vm_area_struct *vma)
{
	vm_flags_mod(vma, VM_DONTCOPY | VM_MIXEDMAP, VM_MAYWRITE);
}

static void lamp_mmap_overlapping(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_PFNMAP | VM_IO);
	vm_flags_set(vma, VM_IO);
}

static void lamp_mmap_twice(struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP);
}

static void lamp_mmap_swap(struct vm_area_struct *vma)
{
	vm_flags_mod(vma, VM_PFNMAP, VM_MIXEDMAP);
}

/* A comment between two statements keeps them apart. */
static void lamp_mmap_said(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_MAYWRITE);	/* it is read only */

	/* Pages are inserted one by one. */
	vm_flags_set(vma, VM_MIXEDMAP);
}

static void lamp_mmap_unlocked(struct vm_area_struct *vma)
{
	vm_flags_clear(vma, VM_LOCKED | VM_LOCKONFAULT);
	lamp_count(READ_ONCE(vma->vm_flags), sizeof(vma->vm_flags));
}

/* What is in a variable may be what is cleared: then the order is kept. */
static void lamp_mmap_given(struct vm_area_struct *vma, unsigned long given)
{
	vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, given | VM_IO);
	vm_flags_clear(vma, given);
}

static int lamp_fault(struct vm_fault *vmf)
{
	vm_flags_set(vmf->vma, VM_IO);
	return 0;
}

static void lamp_mmap_long(struct lamp_context *context_of_lamp, struct vm_area_struct *vma)
{
	if (context_of_lamp->uncached)
		vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND |
			     VM_DONTDUMP | VM_DONTCOPY | VM_LOCKED);
}

static struct vm_area_struct *lamp_new_area(struct mm_struct *mm)
{
	struct vm_area_struct *area;

	area = vm_area_alloc(mm);
	if (!area)
		return NULL;
	vm_flags_init(area, VM_READ | VM_MAYREAD);
	return area;
}

static struct vm_area_struct *lamp_new_unlocked(struct mm_struct *mm)
{
	struct vm_area_struct *area = vm_area_alloc(mm);

	if (!area)
		return NULL;
	vm_flags_init(area, (VM_READ | VM_IO) & ~(VM_LOCKED | VM_LOCKONFAULT));
	return area;
}

static void lamp_pseudo(void)
{
	struct vm_area_struct pseudo;

	vm_flags_init(&pseudo, VM_SHARED | VM_MAYSHARE);
	lamp_use(&pseudo);
}

struct lamp_request {
	unsigned long vm_flags;
	struct vm_area_struct *vma;
};

static void lamp_request(struct lamp_request *request)
{
	unsigned long vm_flags = request->vma->vm_flags;

	request->vm_flags |= vm_flags;
	vm_flags_set(request->vma, request->vm_flags);
}

#define lamp_pin(lamp)						\
do {								\
	struct vm_area_struct *pinned = (lamp)->area;		\
	vm_flags_set(pinned, VM_LOCKED);			\
} while (0)
