/* The options of the server, of the load generator and of a run, which passes
 * most of its options on to these two: the rows of common/option_list.h. */
#ifndef IOMODELS_COMMON_OPTIONS_H
#define IOMODELS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/args.h"

enum {
    OPTION_SERVER = 1,
    OPTION_LOAD = 2,
    OPTION_RUN = 4,
    /* A run passes the option on only if it was given, so that the default of
     * the server or the load generator holds, and records null otherwise. */
    OPTION_IF_GIVEN = 8,
    OPTION_BESIDE = 16 /* runs that differ in it are repeats all the same */
};

enum {
    OPTION_CONNECTIONS_MAX = 1000000,
    OPTION_MESSAGE_MAX = 1 << 20,
    OPTION_LOAD_THREADS_MAX = 256,
    OPTION_GENERATORS_MAX = 1024,
    /* What a closed loop's window may last beyond --duration, until it holds
     * enough round trips. */
    OPTION_EXTENSION_S = 30
};

/* What --pattern takes. */
#define OPTION_PATTERNS "echo, stream, paced, churn, idle, mixed or sparse"

/* A number that was not given and has no default. */
#define OPTION_UNSET UINT64_MAX

/* Times in microseconds, sizes in bytes; texts point into argv. */
struct option_values {
#define TEXT_OPTION(field, ...)   const char *field;
#define NUMBER_OPTION(field, ...) uint64_t field;
#define FLAG_OPTION(field, ...)   bool field;
#define LIST_OPTION(field, ...)   struct arg_list field;
#define SAME_FIELD(field, ...)
#include "common/option_list.h"
#undef TEXT_OPTION
#undef NUMBER_OPTION
#undef FLAG_OPTION
#undef LIST_OPTION
#undef SAME_FIELD
};

struct option {
    const char *name;
    int programs; /* OPTION_SERVER | ... */
    enum arg_kind kind;
    size_t offset;      /* in struct option_values */
    const char *key;    /* in the record's `asked`; times become seconds */
    const char *preset; /* as it would be typed, or NULL */
    uint64_t low, high;
    const char *metavar, *help;
    /* Where a run differs; 0 and NULL: it does not. */
    const char *run_name, *run_help, *run_preset;
    uint64_t run_low;
};

enum { OPTION_ROWS = 64 };
extern const struct option option_table[OPTION_ROWS]; /* to a NULL name */

/* The parts of "spin:50" or "block:10000/50", of --work. */
struct option_work {
    bool blocks;
    uint64_t us, every; /* messages */
};
bool option_work(const char *text, struct option_work *work);

/* Of --working-set, "64M:256M": bytes. */
bool option_working_set(const char *text, uint64_t *least, uint64_t *most);

/* Of so many connections, those of one load generator: where they begin among
 * all, and how many they are. */
struct option_part {
    uint64_t first, count;
};
struct option_part option_part(uint64_t all, uint64_t rank,
                               uint64_t generators);

/* The same of a list "A,B,...", to free; "": none is left for it. */
char *option_list_part(const char *list, uint64_t rank, uint64_t generators);

/* Whether --arrivals is poisson. */
bool option_poisson(const struct option_values *values);

/* One line about the first text that is not as its option's metavar says; or
 * NULL. To free. */
char *option_wrong_text(const struct option_values *values);

/* The defaults of one program. */
void option_defaults(struct option_values *values, int program);

/* Writes the program's entries for args_parse and the entry that ends the list.
 * Returns the number of entries without that last one. */
size_t option_args(struct option_values *values, int program,
                   struct arg args[OPTION_ROWS]);

/* The option's field, a uint64_t where it is a number (ARG_COUNT, ARG_SIZE or
 * ARG_TIME). */
bool option_is_number(const struct option *option);
const void *option_field(const struct option *option,
                         const struct option_values *values);

#endif
