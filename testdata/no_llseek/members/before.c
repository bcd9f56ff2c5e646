/* Operations of made-up devices. */
static const struct file_operations lamp_fops = {
	.owner = THIS_MODULE,
	.read = lamp_read,
	.llseek = no_llseek,
};

static const struct file_operations lamp_aligned_fops = {
	.owner		= THIS_MODULE,
	.llseek		= no_llseek,	/* a stream */
	.open		= lamp_open,
};

static const struct file_operations lamp_last_fops = {
	.read = lamp_read,
	.llseek = no_llseek
};

static const struct file_operations lamp_line_fops = { .llseek = no_llseek, .read = lamp_read };
static const struct file_operations lamp_end_fops = { .read = lamp_read, .llseek = no_llseek };

#define LAMP_FOPS(name)							\
static const struct file_operations name##_fops = {			\
	.owner = THIS_MODULE,						\
	.llseek = no_llseek,						\
	.read = name##_read,						\
}

static void lamp_open_stream(struct file *file)
{
	file->f_op->llseek = no_llseek; /* want: unknown-shape "no rule of the pattern knows this use" */
}
