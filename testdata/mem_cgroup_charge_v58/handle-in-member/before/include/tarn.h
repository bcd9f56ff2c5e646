/* What the functions of the tarn know of a fault, and what they offer. */

/**
 * struct tarn_fault - one fault on its way
 * @vma: where it came from
 * @memcg: who pays for @cow_page,
 *	   set by tarn_private_fault()
 * @flags: how it came
 */
struct tarn_fault {
	struct vm_area_struct *vma;
	unsigned int flags;
	struct page *cow_page;		/* what a private fault maps */
	struct mem_cgroup *memcg;	/* who pays for it, from the begin
					 * of the fault to its end
					 */
	struct page *page;
};

int tarn_map(struct tarn_fault *fault, struct mem_cgroup *memcg,
	     struct page *page);
int tarn_finish(struct tarn_fault *fault);
