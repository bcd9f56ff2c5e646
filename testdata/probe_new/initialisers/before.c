/* Drivers of made-up devices. */
static struct i2c_driver lamp_driver = {
	.driver = {
		.name = "lamp",
	},
	.probe_new = lamp_probe,
	.remove = lamp_remove,
};

static struct i2c_driver lamp_aligned_driver = {
	.driver		= { .name = "lamp" },
	.probe_new	= lamp_probe,
	.remove		= lamp_remove,
	.id_table	= lamp_ids,
};

static struct i2c_driver lamp_blanks_driver = {
	.driver    = { .name = "lamp" },
	.probe_new = lamp_probe,
	.id_table  = lamp_ids,
};

static struct lamp_bus lamp_bus = {
	.probe_new = lamp_bus_probe,
};

static struct lamp_unit {
	struct i2c_driver driver;
} lamp_unit = {
	.driver = {
		.probe_new = lamp_unit_probe,
	},
};

static struct i2c_driver lamp_both_driver = {
	.probe = lamp_old_probe,
	.probe_new = lamp_probe, /* want: unknown-shape "already has a field .probe" */
};

static int lamp_device_probe(struct i2c_client *client, struct i2c_driver *driver)
{
	if (driver->probe_new) /* want: unknown-shape "no rule of the pattern knows this use" */
		return driver->probe_new(client); /* want: unknown-shape "no rule of the pattern knows this use" */
	return -ENODEV;
}

static void lamp_fill(struct lamp_set *set)
{
	set->driver = (struct i2c_driver){ .probe_new = lamp_probe, };
	set->drivers = (struct lamp_drivers){ .first = { .probe_new = lamp_probe } }; /* want: type-unknown "whether this initialises a struct i2c_driver" */
}

#define LAMP_DRIVER(name)						\
static struct i2c_driver name##_driver = {				\
	.probe_new	= name##_probe,					\
	.remove		= name##_remove,				\
}
