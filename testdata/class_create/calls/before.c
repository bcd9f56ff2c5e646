/* Classes of a few made-up drivers: the owner goes, the name stays. */
static struct class *lamp_class;

static int __init lamp_init(void)
{
	lamp_class = class_create(THIS_MODULE, "lamp");
	if (IS_ERR(lamp_class))
		return PTR_ERR(lamp_class);
	return 0;
}

static int __init lamp_named_init(struct lamp *lamp)
{
	lamp->class = class_create(THIS_MODULE,
				   lamp_class_name(lamp->index));
	return PTR_ERR_OR_ZERO(lamp->class);
}

static int lamp_register(struct lamp *lamp, struct module *owner)
{
	lamp->class = class_create(owner, lamp->name); /* want: argument-dropped "owner was given here" */
	return PTR_ERR_OR_ZERO(lamp->class);
}

/* class_create() is named in a comment and in a string. */
static void lamp_complain(void)
{
	pr_err("class_create failed\n");
}
