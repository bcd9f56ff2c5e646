/* A program that is loaded into the kernel, and knows its structs only. */
static long lamp_walk(struct task_struct *task, struct vm_area_struct *vma, void *data)
{
	if (vma->vm_flags & VM_EXEC)
		return 1;
	vma->vm_flags |= VM_IO; /* want: unknown-shape "a program of tools/, which cannot call vm_flags_set()" */

	return 0;
}

static void lamp_walk_one(void)
{
	struct vm_area_struct area;

	area.vm_flags = 1; /* want: unknown-shape "a program of tools/, which cannot call vm_flags_init()" */
	lamp_use(&area);
}
