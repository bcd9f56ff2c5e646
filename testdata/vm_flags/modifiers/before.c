/* mmap() of a made-up device: each way to change the flags of a VMA. */
static int lamp_mmap(struct file *file, struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_WRITE)
		return -EPERM;
	vma->vm_flags |= VM_IO | VM_DONTEXPAND;
	return 0;
}

static int lamp_mmap_protected(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_flags &= ~(VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_pgoff = 0;
	vma->vm_flags |= (VM_DONTEXPAND | VM_DONTDUMP);	/* not in a core */
	return 0;
}

static void lamp_mmap_mixed(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~VM_PFNMAP;
	vma->vm_flags |= VM_MIXEDMAP;
}

static void lamp_mmap_dontcopy(struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_DONTCOPY | VM_MIXEDMAP;
	vma->vm_flags &= ~VM_MAYWRITE;
}

static void lamp_mmap_overlapping(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~(VM_PFNMAP | VM_IO);
	vma->vm_flags |= VM_IO;
}

static void lamp_mmap_twice(struct vm_area_struct *vma)
{
	vma->vm_flags |= VM_PFNMAP;
	vma->vm_flags |= VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
}

static void lamp_mmap_swap(struct vm_area_struct *vma)
{
	vma->vm_flags = (vma->vm_flags & ~VM_MIXEDMAP) | VM_PFNMAP;
}

/* A comment between two statements keeps them apart. */
static void lamp_mmap_said(struct vm_area_struct *vma)
{
	vma->vm_flags &= ~VM_MAYWRITE;	/* it is read only */

	/* Pages are inserted one by one. */
	vma->vm_flags |= VM_MIXEDMAP;
}

static void lamp_mmap_unlocked(struct vm_area_struct *vma)
{
	vma->vm_flags &= VM_LOCKED_CLEAR_MASK;
	lamp_count(READ_ONCE(vma->vm_flags), sizeof(vma->vm_flags));
}

/* What is in a variable may be what is cleared: then the order is kept. */
static void lamp_mmap_given(struct vm_area_struct *vma, unsigned long given)
{
	vma->vm_flags &= ~VM_MAYWRITE;
	vma->vm_flags |= given;
	vma->vm_flags |= VM_IO;
	vma->vm_flags &= ~given;
}

static int lamp_fault(struct vm_fault *vmf)
{
	vmf->vma->vm_flags |= VM_IO;
	return 0;
}

static void lamp_mmap_long(struct lamp_context *context_of_lamp, struct vm_area_struct *vma)
{
	if (context_of_lamp->uncached)
		vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND |
				 VM_DONTDUMP | VM_DONTCOPY | VM_LOCKED;
}

static struct vm_area_struct *lamp_new_area(struct mm_struct *mm)
{
	struct vm_area_struct *area;

	area = vm_area_alloc(mm);
	if (!area)
		return NULL;
	area->vm_flags = VM_READ | VM_MAYREAD;
	return area;
}

static struct vm_area_struct *lamp_new_unlocked(struct mm_struct *mm)
{
	struct vm_area_struct *area = vm_area_alloc(mm);

	if (!area)
		return NULL;
	area->vm_flags = VM_READ | VM_IO;
	area->vm_flags &= VM_LOCKED_CLEAR_MASK;
	return area;
}

static void lamp_pseudo(void)
{
	struct vm_area_struct pseudo;

	pseudo.vm_flags = (VM_SHARED | VM_MAYSHARE);
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
	request->vma->vm_flags |= request->vm_flags;
}

#define lamp_pin(lamp)						\
do {								\
	struct vm_area_struct *pinned = (lamp)->area;		\
	pinned->vm_flags |= VM_LOCKED;				\
} while (0)
