/* The options of run, compare, book and soak, which are presets of one
 * command, and what follows from them. */
#ifndef IOMODELS_OPTIONS_H
#define IOMODELS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cJSON.h>

#include "cli/plan_file.h"
#include "common/args.h"
#include "runner/run_config.h"

enum {
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
    bool resumable; /* a plan in the folder, and charts */
    bool limited;   /* tiers that exceed the machine's limits are skipped */
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
    bool no_plots, quick;
    uint64_t minutes;    /* of soak: for all models together */
    const char *summary; /* of soak: a folder; only print what it says */
    char id[PLAN_ID_SIZE];
    cJSON *plan; /* of --resume, which texts point into; to cJSON_Delete */
};

/* Parses and checks the options of the preset that argv[0] names; with
 * --resume it reads the plan. As args_parse. */
enum args_result options_parse(struct options *o, int argc, char **argv);

/* False after one line to standard error: an unknown pattern, or an option that
 * does not apply to it. The program is OPTION_LOAD or OPTION_RUN. */
bool options_fit_pattern(const struct option_values *values, int program);

#endif
