/* Operations of made-up devices. */
static const struct file_operations lamp_fops = {
	.owner = THIS_MODULE,
	.read = lamp_read,
};

static const struct file_operations lamp_aligned_fops = {
	.owner		= THIS_MODULE,
	.open		= lamp_open,
};

static const struct file_operations lamp_last_fops = {
	.read = lamp_read,
};

static const struct file_operations lamp_line_fops = { .read = lamp_read };
static const struct file_operations lamp_end_fops = { .read = lamp_read };

#define LAMP_FOPS(name)							\
static const struct file_operations name##_fops = {			\
	.owner = THIS_MODULE,						\
	.read = name##_read,						\
}

static void lamp_open_stream(struct file *file)
{
	file->f_op->llseek = no_llseek;
}
