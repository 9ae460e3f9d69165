#include "cli/options_parts.h"

#include <string.h>

#include "common/errors.h"

enum {
    OPTIONS_SOAK_MINUTES = 60 * 24 * 30,
    OPTIONS_SOAK_PRESET = 60,
    OPTIONS_SOAK_WARMUP_US = 30000000,
    OPTIONS_SOAK_BESIDES_US = 5000000, /* starting, connecting, ending */
    OPTIONS_SOAK_SAMPLES = 300,        /* in the window */
    OPTIONS_SOAK_SAMPLE_MS = 200
};

/* Each model has its share of the time; what a run takes besides its window
 * is in it. */
static void options_soak_times(struct options *o)
{
    struct option_values *values = &o->setup.values;
    uint64_t models = 1, each; /* at least one */
    while (o->models[models] != NULL)
        models++;
    if (o->minutes == OPTION_UNSET)
        o->minutes = OPTIONS_SOAK_PRESET;
    each = o->minutes * 60000000 / models;
    if (values->warmup_us == OPTION_UNSET)
        values->warmup_us = each / 4 < OPTIONS_SOAK_WARMUP_US
                                ? each / 4
                                : OPTIONS_SOAK_WARMUP_US;
    if (values->duration_us == OPTION_UNSET) {
        uint64_t besides = values->warmup_us + OPTIONS_SOAK_BESIDES_US;
        values->duration_us = each > 2 * besides ? each - besides : each / 2;
    }
    if (values->sample_ms == OPTION_UNSET) {
        uint64_t fit = values->duration_us / 1000 / OPTIONS_SOAK_SAMPLES;
        values->sample_ms =
            fit > OPTIONS_SOAK_SAMPLE_MS ? fit : OPTIONS_SOAK_SAMPLE_MS;
    }
}

static void options_soak_defaults(struct options *o)
{
    options_defaults(o);
    o->minutes = OPTION_UNSET;
    o->setup.values.pattern = "mixed";
    o->setup.values.hostile = "20%";
    o->connections_text = "100";
    o->setup.values.duration_us = OPTION_UNSET;
    o->setup.values.warmup_us = OPTION_UNSET;
    o->setup.values.sample_ms = OPTION_UNSET;
}

/* A summary runs nothing; ./run names its programs all the same. */
static bool options_soak_sums_up(int argc, char **argv)
{
    static const char *const may[] = {"--summary", "--server",   "--server-via",
                                      "--load",    "--load-via", NULL};
    for (int at = 1; at < argc; at++) {
        if (!options_is(argv[at], may)) {
            complain("--summary only prints what records say; leave out %s",
                     argv[at]);
            return false;
        }
        at += strchr(argv[at], '=') == NULL;
    }
    return true;
}

static bool options_soak_agrees(const struct options *o, int argc, char **argv)
{
    if (o->summary != NULL)
        return options_soak_sums_up(argc, argv);
    if (o->minutes != OPTION_UNSET &&
        o->setup.values.duration_us != OPTION_UNSET) {
        complain("--minutes shares out the time and --duration sets each "
                 "model's; leave out one of them");
        return false;
    }
    return true;
}

static const struct options_help options_soak_help[] = {
    {"--pattern", "traffic: echo, stream, paced, churn, idle or mixed [mixed]"},
    {"--hostile", "share of hostile connections: silent, slow, deaf, reset "
                  "[20%]"},
    {"--duration", "measured time of each model, instead of --minutes [the "
                   "rest of its share]"},
    {"--warmup", "traffic before the measured time [a quarter of the model's "
                 "share, at most 30s]"},
    {"--sample-ms", "time between samples, ms [300 samples in the measured "
                    "time, at least 200 ms apart]"},
    {NULL, NULL}};

enum args_result options_soak(struct options *o, int argc, char **argv)
{
    struct arg args[OPTIONS_ARGS];
    size_t n = 0;
    struct arg minutes = {"--minutes",
                          ARG_COUNT,
                          &o->minutes,
                          1,
                          OPTIONS_SOAK_MINUTES,
                          "N",
                          "minutes for all models together [60]"};
    options_soak_defaults(o);
    args[n++] = minutes;
    args[n++] = options_text("--summary", &o->summary, "DIR",
                             "only print what a soak's records say");
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "models, such as iocp,select [all]");
    args[n++] = options_text("--connections", &o->connections_text, "N",
                             "connections to attempt [100]");
    n += options_shared(o, args + n);
    options_help(args, n, options_soak_help);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels soak [--minutes N] [OPTION...]",
        "Runs each model for its share of the time under mixed traffic, one "
        "connection\nin five hostile (--pattern mixed --hostile 20%), checks "
        "every byte, and that\nmemory, handles and threads stay level.",
        args, argc, argv);
    if (result == ARGS_GO && !options_soak_agrees(o, argc, argv))
        result = ARGS_BAD;
    if (result != ARGS_GO || o->summary != NULL)
        return result;
    if (!options_split_connections(o, "--connections") ||
        options_check(o) != ARGS_GO)
        return ARGS_BAD;
    options_soak_times(o);
    return ARGS_GO;
}
