/* The subcommands, and the options of run, compare, curve, book and soak, which
 * are presets of one command. */
#ifndef IOMODELS_OPTIONS_H
#define IOMODELS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "common/args.h"
#include "runner/run_config.h"

/* argv[0] is the command's own name ("load"), so that argc and argv go to
 * args_parse as they come. Returns the program's exit code. */
enum { EXIT_INTERRUPTED = 130 };
int cmd_run(int argc, char **argv); /* run, compare, curve, book and soak */
int cmd_lab(int argc, char **argv);
int cmd_limits(int argc, char **argv);
int cmd_load(int argc, char **argv);
/* table, check, plot, report, estimate and "lab report" */
int cmd_results(int argc, char **argv);

enum {
    PLAN_ID_SIZE = 64,
    OPTIONS_MODELS = 64,
    OPTIONS_TIERS = 64,
    OPTIONS_REPEATS = 1000,
    OPTIONS_ARGS = RUN_CONFIG_ARGS + 16
};

struct options_default;

struct preset {
    const char *command; /* "compare": in records, folders and messages */
    int bit;             /* its own, in the table of the options */
    const char *usage, *summary;
    const struct options_default *defaults;
    const char *const *fixed; /* options that it does not have; or NULL */
    bool many;                /* takes a list of models */
    bool resumable;           /* a plan in the folder, and charts */
    bool limited;  /* tiers that exceed the machine's limits are skipped */
    bool flat_out; /* --repeat counts the runs flat out, which come before
                      the limited ones */
};

struct options {
    const struct preset *preset;
    struct arg args[OPTIONS_ARGS]; /* the whole command line */
    struct run_config config;
    const char *models_text, *connections_text; /* as typed */
    const char *models[OPTIONS_MODELS + 1];     /* ends with NULL */
    uint32_t connections[OPTIONS_TIERS];
    size_t tiers;
    uint64_t repeat, seed; /* seed OPTION_UNSET: choose one */
    double until_ci;       /* below 0: do the repeats and no more */
    uint64_t max_repeat;   /* of until_ci */
    const char *output, *resume, *gnuplot;
    const char *sort, *format; /* of compare's table */
    bool no_plots, quick, wide;
    bool json;           /* the --format */
    uint64_t points;     /* of curve: rates of each model */
    uint64_t bounds[4];  /* of curve: --p99, --p99.9, ...; one is given */
    uint64_t minutes;    /* of soak: for all models together */
    const char *summary; /* of soak, curve: a folder to summarise, no run */
    char id[PLAN_ID_SIZE];
    cJSON *plan; /* of --resume, which texts point into; to cJSON_Delete */
};

/* Parses and checks the options of the preset that argv[0] names; with
 * --resume it reads the plan. As args_parse. */
enum args_result options_parse(struct options *o, int argc, char **argv);

/* Adds the models that one item of a list names: a model's name, a family, a
 * pattern with '*', or all. False after one line to standard error. */
bool models_add(struct options *o, const char *option, const char *item);

/* False after one line to standard error: --sort names no column. */
bool options_sort(const char *column);

/* Says that a list names an item twice; returns false. */
bool options_twice(const char *option, const char *item);

/* False after one line to standard error: an unknown pattern, or an option that
 * does not apply to it. The program is OPTION_LOAD or OPTION_RUN. */
bool options_fit_pattern(const struct option_values *values, int program);

/* The one bound of a curve, into the run config. False after one line to
 * standard error: two are given. */
bool options_bound(struct options *o);

/* The times of each model of a soak, of what is not given. */
void options_soak_times(struct options *o);

/* --- plan.json, the plan of a comparison, so that it can be resumed --------
 */

/* Writes the values of all options into the folder, never over another plan;
 * the args end with a NULL name. Returns 0 or the system's error, for which
 * file_exists tells that a plan is there already. */
uint32_t plan_file_write(const char *folder, const char *id,
                         const char *command, const struct arg *args);

void plan_file_delete(const char *folder);

/* Reads the folder's plan of this command into the args. Texts point into the
 * plan, which is the caller's to cJSON_Delete. NULL after one line to standard
 * error: there is no plan, or it is damaged or made by another version. */
cJSON *plan_file_read(const char *folder, const char *command,
                      const struct arg *args, char id[PLAN_ID_SIZE]);

#endif
