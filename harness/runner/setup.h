/* What a run is asked to be, and how that is said to the two programs and to
 * the record, by the rows of common/options.h. */
#ifndef IOMODELS_SETUP_H
#define IOMODELS_SETUP_H

#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/options.h"
#include "common/words.h"

struct setup {
    /* Here tune holds [MODEL:]NAME=VALUE, and target the host that the load
     * generator connects to, or NULL: the address that the server reports. */
    struct option_values values;
    const char *server, *load;         /* programs */
    const char *server_via, *load_via; /* launchers as typed */
    /* Of the budget for all attempts, unless that is a number of its own. */
    uint64_t budget_base_us, budget_each_us;
};

void setup_defaults(struct setup *s);

enum { SETUP_ARGS = OPTION_ROWS + 4 };

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

/* The time that all attempts together may take. */
uint64_t setup_budget_us(const struct setup *s, const struct setup_run *run);

#endif
