/* Already converted, and forms that the pattern does not know. */
static int __init torch_init(void)
{
	torch_class = class_create("torch");
	return PTR_ERR_OR_ZERO(torch_class);
}

static int __init torch_indirect(void)
{
	struct class *(*make)(struct module *, const char *) = class_create;

	torch_class = make(THIS_MODULE, "torch");
	return 0;
}

static int __init torch_commented(void)
{
	torch_class = class_create(THIS_MODULE, /* shown in sysfs */ "torch");
	return 0;
}

#define TORCH_CLASS(name) class_create(name)
#define TORCH_BROKEN(name) if ((c = class_create(THIS_MODULE, name)

static int __init torch_conditional(void)
{
	torch_class = class_create(THIS_MODULE,
#ifdef CONFIG_TORCH_OLD_NAME
				   "flashlight"
#else
				   "torch"
#endif
				   );
	return 0;
}
