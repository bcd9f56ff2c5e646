/* What the runtime and the generated programs share. No kernel names here. */
#ifndef ORACLE_RUNTIME_H
#define ORACLE_RUNTIME_H
#include <stddef.h>

#define AN_OBJECT (-0x7fffffffffffff01L) /* an outcome: a new object of the stub's type */
#define AN_ARGUMENT (-0x7fffffffffffff02L) /* an outcome: the first argument of that type, if any */

/* KNOWN: the pattern says what undoes it, so it changes nothing else; QUIET: changes nothing and may stand elsewhere */
enum stub_kind { PLAIN, KNOWN, QUIET, PURE, BEGIN, COMMIT, ABORT, CHARGE };

struct field {
	const char *name;
	size_t offset, size;
	int target; /* index of the type that a pointer points to; -1: a number */
	int empty; /* starts as NULL */
};

struct type {
	const char *name;
	size_t size;
	int field_count;
	const struct field *fields;
};

struct stub {
	const char *name;
	enum stub_kind kind;
	int type; /* of the objects that it returns */
	int outcome_count;
	const long *outcomes;
	int object; /* arguments by position, -1: none */
	int handle; /* a pointer to what it fills in */
	const char *setup_field;
};

struct entry {
	const char *name;
	long (*call)(void);
};

extern const struct type *const types[]; /* by version, as entries */
extern const struct stub stubs[];
extern const int stub_count;
extern const struct entry *const entries[];

long stub_call(int index, int count, const long *values);
long named_object(const char *name, int type);
long argument(const char *name, int type, int count, const long *outcomes);

#define ORACLE_COUNT_(a, b, c, d, e, f, g, h, i, n, ...) n
#define ORACLE_COUNT(...) ORACLE_COUNT_(0, ##__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define ORACLE_0() 0
#define ORACLE_1(a) (long)(a)
#define ORACLE_2(a, ...) (long)(a), ORACLE_1(__VA_ARGS__)
#define ORACLE_3(a, ...) (long)(a), ORACLE_2(__VA_ARGS__)
#define ORACLE_4(a, ...) (long)(a), ORACLE_3(__VA_ARGS__)
#define ORACLE_5(a, ...) (long)(a), ORACLE_4(__VA_ARGS__)
#define ORACLE_6(a, ...) (long)(a), ORACLE_5(__VA_ARGS__)
#define ORACLE_7(a, ...) (long)(a), ORACLE_6(__VA_ARGS__)
#define ORACLE_8(a, ...) (long)(a), ORACLE_7(__VA_ARGS__)
#define ORACLE_PASTE_(a, b) a##b
#define ORACLE_PASTE(a, b) ORACLE_PASTE_(a, b)
#define STUB(index, ...) \
	stub_call(index, ORACLE_COUNT(__VA_ARGS__), \
		  (const long[]){ ORACLE_PASTE(ORACLE_, ORACLE_COUNT(__VA_ARGS__))(__VA_ARGS__) })
#endif
