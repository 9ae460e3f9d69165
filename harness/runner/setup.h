/* What a run is asked to be, and how that is said to the two programs and to
 * the record. One table holds each option once. */
#ifndef IOMODELS_SETUP_H
#define IOMODELS_SETUP_H

#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/args.h"
#include "common/words.h"

/* The numbers among the options. Times in microseconds, sizes in bytes. */
enum setup_number {
    SETUP_MESSAGE,
    SETUP_DURATION,
    SETUP_WARMUP,
    SETUP_SAMPLE_MS,
    SETUP_SERVER_THREADS,
    SETUP_MAX_CONNECTIONS,
    SETUP_BUFFER,
    SETUP_BACKLOG,
    SETUP_SNDBUF,
    SETUP_RCVBUF,
    SETUP_NODELAY,
    SETUP_LOAD_THREADS,
    SETUP_PIPELINE,
    SETUP_THINK,
    SETUP_RATE,
    SETUP_CONNECT_WINDOW,
    SETUP_CONNECT_RETRIES,
    SETUP_CONNECT_TIMEOUT,
    SETUP_IO_TIMEOUT,
    SETUP_CONNECT_BUDGET,
    SETUP_NUMBERS
};

/* Not set: the program's own default holds, and the record says null. */
#define SETUP_UNSET UINT64_MAX

struct setup {
    uint64_t number[SETUP_NUMBERS];
    const char *pattern;
    const char *hostile;         /* or NULL; the load checks it */
    const char *listen;          /* of the server */
    const char *target;          /* host the load connects to, or NULL: the
                                    address the server tells */
    const char *local_addresses; /* or NULL */
    const char *server, *load;   /* programs */
    const char *server_via, *load_via; /* launchers as typed */
    struct arg_list tune;              /* [MODEL:]NAME=VALUE */
    /* Of the budget for all attempts, unless that is a number of its own. */
    uint64_t budget_base_us, budget_each_us;
};

void setup_defaults(struct setup *s);

enum { SETUP_ARGS = SETUP_NUMBERS + 10 };

/* Fills the command line's entries for all of it; returns how many. */
size_t setup_args(struct setup *s, struct arg args[SETUP_ARGS]);

/* Of these, only where the programs are and how they are launched. */
size_t setup_args_of_programs(struct setup *s, struct arg *args);

/* True, or false after one line to standard error about a bad text. */
bool setup_check(const struct setup *s, const char *const *models);

/* One run of the plan. */
struct setup_run {
    const char *model;
    uint32_t connections, repeat, repeats;
    size_t place, places; /* from 1 */
    uint64_t seed, plan_seed;
};

void setup_server_words(const struct setup *s, const struct setup_run *run,
                        struct words *words);
void setup_load_words(const struct setup *s, const struct setup_run *run,
                      const char *address, struct words *words);

/* The record's `asked`: see results/record.h. */
cJSON *setup_asked(const struct setup *s, const struct setup_run *run);

/* An option as it is used in a run, in its unit, or SETUP_UNSET. */
uint64_t setup_value(const struct setup *s, const struct setup_run *run,
                     enum setup_number which);

#endif
