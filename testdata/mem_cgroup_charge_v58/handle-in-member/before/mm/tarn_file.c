/* Callers of tarn_map() that charge nothing, and other members of the same name. */
struct tarn_event {
	struct mem_cgroup *memcg;
};

static void tarn_note(struct tarn_event *event, struct mem_cgroup *memcg)
{
	event->memcg = memcg;
}

static void tarn_map_around(struct tarn_fault *fault)
{
	struct page *page;

	for (page = tarn_first(fault); page; page = tarn_next(page)) {
		if (tarn_map(fault, NULL, page))
			unlock_page(page);
	}
}

static int tarn_shared_fault(struct vm_area_struct *vma)
{
	struct tarn_fault fault = {
		.vma = vma,
		.memcg = NULL,
		.flags = TARN_WRITE,
	};

	return tarn_read(&fault);
}
