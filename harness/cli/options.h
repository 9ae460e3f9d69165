/* The options of run and compare, and what follows from them. */
#ifndef IOMODELS_OPTIONS_H
#define IOMODELS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/args.h"
#include "runner/setup.h"

enum { OPTIONS_MODELS = 64, OPTIONS_TIERS = 64, OPTIONS_REPEATS = 1000 };

struct options {
    struct setup setup;
    const char *model, *models_text, *connections_text; /* as typed */
    const char *models[OPTIONS_MODELS + 1];             /* ends with NULL */
    uint32_t connections[OPTIONS_TIERS];
    size_t tiers;
    uint64_t repeat, seed; /* seed OPTION_UNSET: choose one */
    double until_ci;       /* below 0: do the repeats and no more */
    uint64_t max_repeat;   /* of until_ci */
    const char *output, *resume, *gnuplot;
    bool no_plots, quick;
    uint64_t minutes;    /* of soak: for all models together; OPTION_UNSET */
    const char *summary; /* of soak: a folder; only print what it says */
};

/* The models this program knows, ending with NULL. */
const char *const *options_known_models(void);

/* Parse and check: everything but what is on the disk. As args_parse. */
enum args_result options_run(struct options *o, int argc, char **argv);
enum args_result options_compare(struct options *o, int argc, char **argv);
enum args_result options_book(struct options *o, int argc, char **argv);
enum args_result options_soak(struct options *o, int argc, char **argv);

/* True when `option`, as typed ("--name" or "--name=value"), is one of these,
 * which end with NULL. */
bool options_is(const char *option, const char *const *names);

/* True when `option` may stand beside --resume, which brings all others;
 * --max-repeat takes the place of the plan's. */
bool options_may_resume(const char *option);

#endif
