/*
 * Runs scenarios of compiled functions: stubs draw their outcomes from a script and log what they see.
 *
 * One request a line on standard input: FUNCTION VERSION HAVOC SEED [KEY=CHOICE ...]; SEED -1: what is not scripted is
 * choice 0; HAVOC n > 0: stubs change what they are given, and pure ones answer otherwise after n changes.
 * The answer: lines "K key size" (drawn, in order), "E event", "S store", "P pure call value", "R value" or "X reason", then ".".
 * Objects have names that say where they come from, so that both versions of a function name them alike.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include "runtime.h"

enum { MAX_OBJECTS = 512, MAX_DRAWN = 160, MAX_SCRIPT = 64, MAX_EVENTS = 220, MAX_TEXT = 1 << 16, DEEPEST = 3 };

struct object {
	char name[96];
	int type;
	size_t size;
	int disturbed; /* how often */
	char *memory, *shadow;
};

static const struct type *known_types;
static struct object objects[MAX_OBJECTS];
static int object_count;
static char drawn[MAX_DRAWN][112], scripted[MAX_SCRIPT][112];
static int drawn_count, script_count, script_choice[MAX_SCRIPT], event_count, havoc, filled;
static long seed;
static int *occurrences;
static char text[MAX_TEXT];
static size_t text_length;
static sigjmp_buf leave;
static char inside[32];

static void __attribute__((noreturn)) stop(const char *reason)
{
	snprintf(inside, sizeof(inside), "%s", reason);
	siglongjmp(leave, 1);
}

static void say(const char *kind, const char *what)
{
	int n = snprintf(text + text_length, MAX_TEXT - text_length, "%s %s\n", kind, what);

	if (n < 0 || text_length + (size_t)n >= MAX_TEXT - 256)
		stop("too long");
	text_length += (size_t)n;
}

static long get_field(const char *memory, const struct field *field)
{
	const char *place = memory + field->offset;

	switch (field->size) {
	case 1:
		return *(const signed char *)place;
	case 2:
		return *(const short *)place;
	case 4:
		return *(const int *)place;
	case 8:
		return *(const long *)place;
	}
	return 0; /* not a number */
}

static void set_field(char *memory, const struct field *field, long value)
{
	char *place = memory + field->offset;

	switch (field->size) {
	case 1:
		*(signed char *)place = (signed char)value;
		break;
	case 2:
		*(short *)place = (short)value;
		break;
	case 4:
		*(int *)place = (int)value;
		break;
	case 8:
		*(long *)place = value;
		break;
	}
}

static long new_object(const char *name, int type, int depth)
{
	const struct type *kind = &known_types[type];
	struct object *object;

	for (int i = 0; i < object_count; i++)
		if (!strcmp(objects[i].name, name))
			return (long)objects[i].memory;
	if (object_count == MAX_OBJECTS)
		stop("too many objects");
	object = &objects[object_count++];
	snprintf(object->name, sizeof(object->name), "%s", name);
	object->type = type;
	object->size = kind->size;
	object->disturbed = 0;
	object->memory = calloc(1, kind->size);
	object->shadow = calloc(1, kind->size);
	if (depth < DEEPEST)
		for (int i = 0; i < kind->field_count; i++) {
			const struct field *field = &kind->fields[i];
			char inner[96];

			if (field->target < 0 || field->empty)
				continue;
			snprintf(inner, sizeof(inner), "%.60s.%s", name, field->name);
			set_field(object->memory, field, new_object(inner, field->target, depth + 1));
		}
	for (int i = 0; i < kind->field_count && filled; i++)
		if (kind->fields[i].target < 0)
			set_field(object->memory, &kind->fields[i], 127);
	memcpy(object->shadow, object->memory, object->size);
	return (long)object->memory;
}

long named_object(const char *name, int type)
{
	return new_object(name, type, 0);
}

static void canonical(long value, char *out, size_t room)
{
	for (int i = 0; i < object_count && (value > 4096 || value < -4096); i++) {
		long start = (long)objects[i].memory;
		const struct type *kind = &known_types[objects[i].type];

		if (value < start || value >= start + (long)objects[i].size)
			continue;
		if (value == start) {
			snprintf(out, room, "%s", objects[i].name);
			return;
		}
		for (int j = 0; j < kind->field_count; j++)
			if (start + (long)kind->fields[j].offset == value) {
				snprintf(out, room, "%s.%s", objects[i].name, kind->fields[j].name);
				return;
			}
		snprintf(out, room, "%s+%ld", objects[i].name, value - start);
		return;
	}
	if (value > (1L << 40) || value < -(1L << 40))
		snprintf(out, room, "local");
	else
		snprintf(out, room, "%ld", value);
}

static int by_text(const void *left, const void *right)
{
	return strcmp(left, right);
}

/* What was stored to objects since the last event, in an order that does not depend on who asked first. */
static void flush_stores(void)
{
	static char lines[64][256];
	int count = 0;

	for (int i = 0; i < object_count; i++) {
		struct object *object = &objects[i];
		const struct type *kind = &known_types[object->type];

		if (!memcmp(object->memory, object->shadow, object->size))
			continue;
		for (int j = 0; j < kind->field_count && count < 64; j++) {
			const struct field *field = &kind->fields[j];
			char value[128];

			if (get_field(object->memory, field) == get_field(object->shadow, field))
				continue;
			canonical(get_field(object->memory, field), value, sizeof(value));
			snprintf(lines[count++], sizeof(lines[0]), "%s.%s = %s", object->name, kind->fields[j].name, value);
		}
		memcpy(object->shadow, object->memory, object->size);
	}
	qsort(lines, (size_t)count, sizeof(lines[0]), by_text);
	for (int i = 0; i < count; i++)
		say("S", lines[i]);
}

/* What a call may do to the objects that it is given. */
static void disturb(long given)
{
	for (int i = 0; i < object_count; i++) {
		struct object *object = &objects[i];
		const struct type *kind = &known_types[object->type];

		if (given != (long)object->memory)
			continue;
		for (int j = 0; j < kind->field_count; j++) {
			const struct field *field = &kind->fields[j];
			long value = get_field(object->memory, field);
			char inner[96];

			if (field->target < 0) {
				set_field(object->memory, field, value ^ 1);
			} else if (value && !field->empty) {
				snprintf(inner, sizeof(inner), "%.60s.%s'", object->name, field->name);
				value = new_object(inner, field->target, DEEPEST - 1);
				set_field(objects[i].memory, field, value);
			}
		}
		object = &objects[i];
		object->disturbed++;
		memcpy(object->shadow, object->memory, object->size);
		return;
	}
}

static int choose(const char *key, int size)
{
	unsigned long hash = 5381 + (unsigned long)seed * 2654435761UL;
	int choice = 0, known = 0;

	if (size < 2)
		return 0;
	for (int i = 0; i < drawn_count; i++)
		known |= !strcmp(drawn[i], key);
	if (!known && drawn_count < MAX_DRAWN) {
		char line[128];

		snprintf(drawn[drawn_count++], sizeof(drawn[0]), "%s", key);
		snprintf(line, sizeof(line), "%s %d", key, size);
		say("K", line);
	}
	for (int i = 0; i < script_count; i++)
		if (!strcmp(scripted[i], key))
			return script_choice[i] % size;
	if (seed >= 0) {
		for (const char *p = key; *p; p++)
			hash = (hash ^ (unsigned char)*p) * 1099511628211UL;
		hash ^= hash >> 29;
		/* Failures are rarer than successes, or nothing would get far. */
		choice = (hash >> 7) % 100 < 40 ? (int)((hash >> 17) % (unsigned)size) : 0;
	}
	return choice;
}

static long outcome(const struct stub *stub, const char *key, int count, const long *values)
{
	int choice = choose(key, stub->outcome_count);
	char name[96];
	long value;

	/* what is asked of an object has another answer from some change of it on */
	for (int i = 0; i < count && stub->kind == PURE; i++)
		for (int j = 0; j < object_count; j++)
			if ((long)objects[j].memory == values[i])
				choice = (choice + (havoc && objects[j].disturbed >= havoc)) % stub->outcome_count;
	value = stub->outcomes[choice];

	if (value == AN_ARGUMENT)
		for (int i = 0; i < count; i++)
			for (int j = 0; j < object_count; j++)
				if (objects[j].type == stub->type && (long)objects[j].memory == values[i])
					return values[i];
	if (value != AN_OBJECT && value != AN_ARGUMENT)
		return value;
	snprintf(name, sizeof(name), "%.80s", key);
	return named_object(name, stub->type);
}

long stub_call(int index, int count, const long *values)
{
	const struct stub *stub = &stubs[index];
	char key[112], line[1024], value[128], object[128];
	size_t length;
	long result;

	if (++event_count > MAX_EVENTS)
		stop("too many events");
	length = (size_t)snprintf(line, sizeof(line), "%s(", stub->name);
	for (int i = 0; i < count; i++) {
		if (stub->kind == BEGIN && i == stub->handle)
			snprintf(value, sizeof(value), "local");
		else
			canonical(values[i], value, sizeof(value));
		length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%.100s", i ? ", " : "", value);
	}
	snprintf(line + length, sizeof(line) - length, ")");
	switch (stub->kind) {
	case PURE:
		snprintf(key, sizeof(key), "%.100s", line);
		for (char *p = key; *p; p++)
			if (*p == ' ')
				*p = '_';
		result = outcome(stub, key, count, values);
		snprintf(value, sizeof(value), " %ld", result);
		snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s", value);
		say("P", line);
		return result;
	case BEGIN:
	case CHARGE:
		if (stub->object < 0) /* not known at the begin: both versions count by the call */
			snprintf(object, sizeof(object), "late");
		else
			canonical(values[stub->object], object, sizeof(object));
		snprintf(key, sizeof(key), "charge:%.80s", object);
		{
			char *counter = key + strlen(key);
			int seen = 0;

			/* counted by object: two transactions may change places */
			do
				snprintf(counter, 16, "#%d", ++seen);
			while (drawn_count < MAX_DRAWN && ({
				int found = 0;

				for (int i = 0; i < drawn_count; i++)
					found |= !strcmp(drawn[i], key);
				found;
			}));
		}
		result = outcome(stub, key, count, values);
		if (stub->setup_field) {
			const struct type *kind = 0;
			const struct object *the = 0;

			for (int i = 0; i < object_count; i++)
				if ((long)objects[i].memory == values[stub->object])
					the = &objects[i], kind = &known_types[the->type];
			for (int i = 0; kind && i < kind->field_count; i++)
				if (!strcmp(kind->fields[i].name, stub->setup_field) &&
				    get_field(the->memory, &kind->fields[i]))
					snprintf(line + strlen(line), 16, " set");
		}
		snprintf(line + strlen(line), 32, " -> %ld", result);
		say("E", line);
		if (stub->kind == BEGIN && !result && stub->handle >= 0 && stub->handle < count) {
			snprintf(key, sizeof(key), "handle<%.80s>", object);
			*(long *)values[stub->handle] = named_object(key, 0);
		}
		return result;
	case COMMIT:
	case ABORT:
	case QUIET:
		say("E", line);
		return 0;
	case PLAIN:
	case KNOWN:
		break;
	}
	flush_stores();
	say("E", line);
	if (havoc && stub->kind == PLAIN)
		for (int i = 0; i < count; i++)
			disturb(values[i]);
	snprintf(key, sizeof(key), "%s#%d", stub->name, ++occurrences[index]);
	if (stub->handle >= 0 && stub->handle < count) {
		snprintf(object, sizeof(object), "%.80s.lock", key);
		*(long *)values[stub->handle] = named_object(object, 0);
	}
	return outcome(stub, key, count, values);
}

long argument(const char *name, int type, int count, const long *outcomes)
{
	struct stub stub = { .name = name, .kind = PLAIN, .type = type, .outcome_count = count, .outcomes = outcomes };
	char key[96];

	snprintf(key, sizeof(key), "%.90s", name);
	return outcome(&stub, key, 0, NULL);
}

static void on_signal(int number)
{
	stop(number == SIGALRM ? "time" : "crash");
}

static void run(const struct entry *entry)
{
	struct itimerval timer = { .it_value = { .tv_usec = 300000 } }, off = { 0 };
	char value[128];

	text_length = 0;
	object_count = drawn_count = event_count = 0;
	memset(occurrences, 0, sizeof(int) * (size_t)stub_count);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (!sigsetjmp(leave, 1)) {
		long result;

		filled = 0;
		filled = choose("memory", 2);
		result = entry->call();

		flush_stores();
		canonical(result, value, sizeof(value));
		say("R", value);
	} else {
		text_length += (size_t)snprintf(text + text_length, 64, "X %s\n", inside);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	for (int i = 0; i < object_count; i++) {
		free(objects[i].memory);
		free(objects[i].shadow);
	}
	object_count = 0;
	fwrite(text, 1, text_length, stdout);
	fputs(".\n", stdout);
}

int main(void)
{
	static char line[1 << 14];
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	occurrences = calloc((size_t)stub_count + 1, sizeof(int));
	while (fgets(line, sizeof(line), stdin)) {
		char *word = strtok(line, " \n");
		const struct entry *entry = NULL;
		int version;

		if (!word) {
			fflush(stdout);
			continue;
		}
		version = atoi(strtok(NULL, " \n"));
		havoc = atoi(strtok(NULL, " \n"));
		seed = atol(strtok(NULL, " \n"));
		for (const struct entry *at = entries[version]; at->name; at++)
			if (!strcmp(at->name, word))
				entry = at;
		for (script_count = 0; (word = strtok(NULL, " \n")) && script_count < MAX_SCRIPT; script_count++) {
			char *equals = strrchr(word, '=');

			script_choice[script_count] = atoi(equals + 1);
			*equals = 0;
			snprintf(scripted[script_count], sizeof(scripted[0]), "%s", word);
		}
		known_types = types[version];
		if (entry)
			run(entry);
		else
			fputs("X no such function\n.\n", stdout);
	}
	free(occurrences);
	return 0;
}
