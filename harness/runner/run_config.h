/* What a run is asked to be, and how that is said to the two programs and to
 * the record, by the rows of common/options.h. */
#ifndef IOMODELS_RUN_CONFIG_H
#define IOMODELS_RUN_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/options.h"
#include "common/text.h"

struct run_config {
    /* Here tune holds [MODEL:]NAME=VALUE, and target the host that the load
     * generator connects to, or NULL: the address that the server reports. */
    struct option_values values;
    const char *server, *load; /* programs */
    const char *server_via;    /* its launcher, as typed */
    struct arg_list load_via;  /* the same of each load generator; none
                                  is one without a launcher */
    /* Of server and load generator, a bit each; 0: not split. */
    uint64_t processors[2];
    /* Of a curve: the quantile of the latency that shall stay within a bound,
     * as a record names it ("p99"); NULL: no curve. */
    const char *bound;
    uint64_t bound_us;
    const cJSON *models; /* as the server lists them; NULL: not asked yet */
    uint64_t wineserver_files; /* that one may open, the same; 0: not told */
    /* Of the budget for all attempts, unless that is a number of its own. */
    uint64_t budget_base_us, budget_each_us;
};

void run_config_defaults(struct run_config *s);

enum { RUN_CONFIG_ARGS = OPTION_ROWS + 4 };

/* Fills the command line's entries for all of it; returns how many. */
size_t run_config_args(struct run_config *s, struct arg args[RUN_CONFIG_ARGS]);

/* Of these, only where the programs are and how they are launched. */
size_t run_config_args_of_programs(struct run_config *s, struct arg *args);

enum { RUN_CONFIG_LAUNCHERS_MAX = 15, RUN_CONFIG_LOADS_MAX = 1024 };

/* A launcher of load generators: "N:WORDS" starts N of them, "WORDS" one. */
struct run_launcher {
    const char *words;
    uint32_t first, count; /* ranks */
};
uint32_t run_config_launchers(const struct run_config *s);
struct run_launcher run_config_launcher(const struct run_config *s,
                                        uint32_t index);

/* How many load generators share the connections. */
uint32_t run_config_loads(const struct run_config *s);

/* True, or false after one line to standard error about a bad text. */
bool run_config_check(const struct run_config *s, const char *const *models);

/* One run of the plan. */
struct run_spec {
    const char *model;
    uint32_t connections, repeat, repeats;
    size_t place, places; /* from 1 */
    uint64_t seed, plan_seed;
    uint32_t load_threads; /* 0: as the run config says */
    double offered; /* of a curve: messages a second, or 0: flat out, `echo` */
};

/* The command line of the server to list its models. */
void run_config_list_argv(const struct run_config *s, bool json,
                          struct words *words);
void run_config_server_argv(const struct run_config *s,
                            const struct run_spec *run, struct words *words);
/* Where the load generators connect to, by the server's line `listening`. */
void run_config_address(const struct run_config *s, const cJSON *listening,
                        char *text, size_t size);

void run_config_load_argv(const struct run_config *s,
                          const struct run_spec *run, uint32_t launcher,
                          const char *address, struct words *words);

/* The record's `asked`: see results/record.h. */
cJSON *run_config_requested(const struct run_config *s,
                            const struct run_spec *run);

/* The time that all attempts together may take. */
uint64_t run_config_budget_us(const struct run_config *s,
                              const struct run_spec *run);

#endif
