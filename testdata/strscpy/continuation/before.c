/* Other spellings, and white space that stays as it was. */
static void lamp_describe(struct lamp *lamp)
{
	if (lamp->described)
		return;
	strlcpy(lamp->description, lamp->bus ? lamp->bus->description : "no bus",
		sizeof(lamp->description));	/* shown in sysfs */
	for (; lamp; strlcpy(lamp->name, "next", 5))
		lamp = lamp->next;
}
