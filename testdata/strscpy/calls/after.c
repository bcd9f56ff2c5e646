/* Copies whose result nobody looks at, and others. */
static void lamp_name(struct lamp *lamp, const char *name)
{
	strscpy(lamp->name, name, sizeof(lamp->name));
	(void)strscpy(lamp->alias,
		      name,
		      sizeof(lamp->alias));
	if (lamp->bus)
		strscpy(lamp->bus->name, "lamp", LAMP_NAME), lamp->named = true;
}

static int lamp_parse(struct lamp *lamp, const char *name)
{
	size_t length;

	length = strlcpy(lamp->name, name, sizeof(lamp->name));
	if (strlcpy(lamp->alias, name, LAMP_NAME) >= LAMP_NAME)
		return -E2BIG;
	return strlcpy(lamp->label, name, length);
}

static size_t lamp_block_value(char *to, const char *from)
{
	return ({ lamp_lock(); strlcpy(to, from, LAMP_NAME); });
}

#define lamp_assign(entry)						\
	do {								\
		strscpy((entry)->name, "lamp", LAMP_NAME);		\
	} while (0)

#define lamp_copy(to, from) strlcpy(to, from, LAMP_NAME)
