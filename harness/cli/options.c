#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "model_list.h"
#include "runner/converge.h"

/* JSON carries 53 bits exactly. */
#define OPTIONS_SEED_MAX ((UINT64_C(1) << 53) - 1)
enum {
    OPTIONS_CONNECTIONS_MAX = 1000000,
    OPTIONS_UNTIL_REPEATS = CONVERGE_RUNS_MIN,
    OPTIONS_MAX_REPEAT = 20,
    OPTIONS_SOAK_MINUTES = 60 * 24 * 30,
    OPTIONS_SOAK_WARMUP_US = 30000000,
    OPTIONS_SOAK_BESIDES_US = 5000000, /* starting, connecting, ending */
    OPTIONS_SOAK_SAMPLES = 300,        /* in the window */
    OPTIONS_SOAK_SAMPLE_MS = 200
};

#define MODEL(name) #name,
static const char *const options_models[] = {MODELS NULL};
#undef MODEL

const char *const *options_known_models(void)
{
    return options_models;
}

static const char *options_model(const char *option, const char *text,
                                 size_t length)
{
    char name[64], all[512] = "";
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    for (size_t i = 0; options_models[i] != NULL; i++) {
        if (strcmp(options_models[i], name) == 0)
            return options_models[i];
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "",
                 options_models[i]);
    }
    const char *near = args_nearest(name, options_models);
    if (near != NULL)
        complain("%s: there is no model '%s'; did you mean %s? (all: %s)",
                 option, name, near, all);
    else
        complain("%s: there is no model '%s'; choose from %s", option, name,
                 all);
    return NULL;
}

static bool options_add_model(struct options *o, const char *model,
                              size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(o->models[i], model) == 0) {
            complain("--models: %s is named twice; name it once (--repeat N "
                     "repeats)",
                     model);
            return false;
        }
    }
    o->models[count] = model;
    o->models[count + 1] = NULL;
    return true;
}

static bool options_split_models(struct options *o)
{
    const char *text = o->models_text;
    if (text == NULL) {
        for (size_t i = 0; options_models[i] != NULL; i++)
            options_add_model(o, options_models[i], i);
        return true;
    }
    for (size_t count = 0; count < OPTIONS_MODELS; count++) {
        size_t length = strcspn(text, ",");
        const char *model = options_model("--models", text, length);
        if (model == NULL || !options_add_model(o, model, count))
            return false;
        if (text[length] == '\0')
            return true;
        text += length + 1;
    }
    complain("--models: more than %d; name fewer", OPTIONS_MODELS);
    return false;
}

static bool options_split_connections(struct options *o, const char *option)
{
    uint64_t counts[OPTIONS_TIERS];
    size_t n = args_counts(o->connections_text, counts, OPTIONS_TIERS);
    if (n == 0)
        complain("%s: '%s' is not a list of whole numbers such as "
                 "100,1000,4k",
                 option, o->connections_text);
    for (size_t i = 0; i < n; i++) {
        if (counts[i] == 0 || counts[i] > OPTIONS_CONNECTIONS_MAX) {
            complain("%s: %llu is out of range; give 1 to %d", option,
                     (unsigned long long)counts[i], OPTIONS_CONNECTIONS_MAX);
            return false;
        }
        for (size_t j = 0; j < i; j++) {
            if (counts[j] == counts[i]) {
                complain("%s: %llu is named twice; name it once "
                         "(--repeat N repeats)",
                         option, (unsigned long long)counts[i]);
                return false;
            }
        }
        o->connections[i] = (uint32_t)counts[i];
    }
    o->tiers = n;
    return n > 0;
}

static void options_defaults(struct options *o)
{
    memset(o, 0, sizeof *o);
    setup_defaults(&o->setup);
    o->connections_text = "100,1000,4000";
    o->repeat = 1;
    o->seed = SETUP_UNSET;
    o->until_ci = -1;
    o->max_repeat = SETUP_UNSET;
}

static struct arg options_text(const char *name, const char **value,
                               const char *metavar, const char *help)
{
    struct arg arg = {name, ARG_TEXT, NULL, 0, 0, metavar, help};
    arg.value = (void *)value;
    return arg;
}

/* The entries that both commands have; returns how many. */
static size_t options_shared(struct options *o, struct arg *args)
{
    size_t n = 0;
    struct arg repeat = {"--repeat",
                         ARG_COUNT,
                         &o->repeat,
                         1,
                         OPTIONS_REPEATS,
                         "N",
                         "runs of the same kind, in whole rounds (1)"};
    struct arg seed = {"--seed",
                       ARG_COUNT,
                       &o->seed,
                       0,
                       OPTIONS_SEED_MAX,
                       "N",
                       "of the random order and of all bytes (random)"};
    struct arg until = {"--until-ci",
                        ARG_SHARE,
                        &o->until_ci,
                        0,
                        0,
                        "SHARE",
                        "go on with rounds until the 95 % interval of each "
                        "kind's round trips/s is within +-SHARE, such as 2%"};
    struct arg most = {"--max-repeat",
                       ARG_COUNT,
                       &o->max_repeat,
                       OPTIONS_UNTIL_REPEATS,
                       OPTIONS_REPEATS,
                       "N",
                       "end --until-ci after so many rounds (20)"};
    args[n++] = repeat;
    args[n++] = until;
    args[n++] = most;
    args[n++] = seed;
    args[n++] = options_text("--output", &o->output, "DIR",
                             "folder of the records (records/TIME-COMMAND)");
    n += setup_args(&o->setup, args + n);
    return n;
}

static enum args_result options_parse(const char *usage, const char *summary,
                                      const struct arg *args, int argc,
                                      char **argv)
{
    struct arg_command command = {usage, summary, args, 0};
    return args_parse(&command, argc, argv);
}

/* --until-ci begins with as many rounds as an interval needs. */
static bool options_until(struct options *o)
{
    if (o->until_ci < 0) {
        /* Beside --resume, --until-ci stands in the plan. */
        if (o->max_repeat != SETUP_UNSET && o->resume == NULL) {
            complain("--max-repeat: it ends --until-ci, which is not there; "
                     "add --until-ci 2%%, or give --repeat %llu",
                     (unsigned long long)o->max_repeat);
            return false;
        }
        return true;
    }
    if (!(o->until_ci > 0 && o->until_ci < 1)) {
        complain("--until-ci: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%, such as 2%%",
                 100 * o->until_ci);
        return false;
    }
    if (o->max_repeat == SETUP_UNSET)
        o->max_repeat = OPTIONS_MAX_REPEAT;
    if (o->repeat < OPTIONS_UNTIL_REPEATS)
        o->repeat = OPTIONS_UNTIL_REPEATS;
    if (o->max_repeat < o->repeat)
        complain("--max-repeat: %llu is less than --repeat %llu; give more",
                 (unsigned long long)o->max_repeat,
                 (unsigned long long)o->repeat);
    return o->max_repeat >= o->repeat;
}

static enum args_result options_check(struct options *o)
{
    return options_split_models(o) && options_until(o) &&
                   setup_check(&o->setup, o->models)
               ? ARGS_GO
               : ARGS_BAD;
}

enum args_result options_run(struct options *o, int argc, char **argv)
{
    struct arg args[SETUP_ARGS + 16];
    size_t n = 0;
    uint64_t connections = 100;
    struct arg number = {"--connections",
                         ARG_COUNT,
                         &connections,
                         1,
                         OPTIONS_CONNECTIONS_MAX,
                         "N",
                         "connections to attempt (100)"};
    options_defaults(o);
    args[n++] = options_text("--model", &o->model, "NAME",
                             "the server's style (see iomodels models)");
    args[n++] = number;
    n += options_shared(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels run --model NAME [--connections N] [OPTION...]",
        "Runs one model under load and prints its row.", args, argc, argv);
    if (result != ARGS_GO)
        return result;
    if (o->model == NULL) {
        complain("--model is missing; name one, as in iomodels run --model "
                 "iocp (iomodels models lists them)");
        return ARGS_BAD;
    }
    if (options_model("--model", o->model, strlen(o->model)) == NULL)
        return ARGS_BAD;
    o->models_text = o->model;
    o->connections[0] = (uint32_t)connections;
    o->tiers = 1;
    return options_check(o);
}

/* Of compare and book. */
static size_t options_of_comparison(struct options *o, struct arg *args)
{
    size_t n = 0;
    args[n++] = options_text("--resume", &o->resume, "DIR",
                             "run what is missing of a comparison");
    args[n++] = options_text("--gnuplot", &o->gnuplot, "PROGRAM",
                             "draws the charts (gnuplot)");
    struct arg no_plots = {"--no-plots", ARG_FLAG,   &o->no_plots, 0, 0,
                           NULL,         "no charts"};
    args[n++] = no_plots;
    return n;
}

enum args_result options_compare(struct options *o, int argc, char **argv)
{
    struct arg args[SETUP_ARGS + 16];
    size_t n = 0;
    options_defaults(o);
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "as in iocp,select (all)");
    args[n++] = options_text("--connections", &o->connections_text, "LIST",
                             "tiers (100,1000,4000)");
    n += options_shared(o, args + n);
    n += options_of_comparison(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels compare [OPTION...]",
        "Runs all models at several numbers of connections, each run in a "
        "fresh\nserver process, in a random order; prints the table and draws "
        "the charts.",
        args, argc, argv);
    if (result == ARGS_GO && !options_split_connections(o, "--connections"))
        result = ARGS_BAD;
    return result == ARGS_GO ? options_check(o) : result;
}

/* The book's method: its client's traffic, its sizes, its tiers. It limited
 * the rate of its runs with many connections; how far is not known. Ours is
 * what its fast rows came to, about half of their 100 Mb hub each way, so that
 * what differs is the price of the same work, and who cannot keep up. */
static const struct options_book_preset {
    enum setup_number which;
    const char *name;
    uint64_t whole, quick; /* a quick one is a tenth of all */
    const char *help;
} options_book_presets[] = {
    {SETUP_RATE, "--rate", 5000000, 500000,
     "bytes a second of all connections (5,000,000; quick: a tenth)"},
    {SETUP_DURATION, "--duration", 10000000, 4000000,
     "measured time of a run (10s; quick: 4s)"},
    {SETUP_WARMUP, "--warmup", 2000000, 500000,
     "traffic before the measured time (2s; quick: 500ms)"},
    {SETUP_SAMPLE_MS, "--sample-ms", 500, 200,
     "milliseconds between samples (500; quick: 200)"},
    {SETUP_CONNECT_RETRIES, "--connect-retries", 3, 3,
     "tries more when refused or timed out (3)"},
    {SETUP_IO_TIMEOUT, "--io-timeout", 10000000, 10000000,
     "for one echo (10s)"},
    {SETUP_CONNECT_BUDGET, "--connect-budget", SETUP_UNSET, SETUP_UNSET,
     "for all attempts of a tier (15s and 4ms for each)"},
};

enum {
    OPTIONS_BOOK_PRESETS =
        sizeof options_book_presets / sizeof *options_book_presets,
    /* Both tiers that fit into 20,000 files with all eight models stay below
     * half an hour, even if each run uses all of its budget. */
    OPTIONS_BOOK_BUDGET_BASE_US = 15000000,
    OPTIONS_BOOK_BUDGET_EACH_US = 4000
};

static void options_book_defaults(struct options *o)
{
    options_defaults(o);
    o->connections_text = NULL;
    o->setup.pattern = "stream";
    o->setup.budget_base_us = OPTIONS_BOOK_BUDGET_BASE_US;
    o->setup.budget_each_us = OPTIONS_BOOK_BUDGET_EACH_US;
    for (size_t i = 0; i < OPTIONS_BOOK_PRESETS; i++)
        o->setup.number[options_book_presets[i].which] = SETUP_UNSET;
}

static void options_book_preset(struct options *o)
{
    if (o->connections_text == NULL)
        o->connections_text = o->quick ? "700,1200,5000" : "7000,12000,50000";
    for (size_t i = 0; i < OPTIONS_BOOK_PRESETS; i++) {
        const struct options_book_preset *p = &options_book_presets[i];
        if (o->setup.number[p->which] == SETUP_UNSET)
            o->setup.number[p->which] = o->quick ? p->quick : p->whole;
    }
}

/* Takes out what makes the method, and tells of the presets that differ. */
static size_t options_book_adapt(struct arg *args, size_t count)
{
    static const char *const fixed[] = {"--pattern",  "--hostile", "--message",
                                        "--pipeline", "--think",   NULL};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        size_t f = 0;
        while (fixed[f] != NULL && strcmp(fixed[f], args[i].name) != 0)
            f++;
        if (fixed[f] != NULL)
            continue;
        args[kept] = args[i];
        for (size_t p = 0; p < OPTIONS_BOOK_PRESETS; p++)
            if (strcmp(options_book_presets[p].name, args[kept].name) == 0)
                args[kept].help = options_book_presets[p].help;
        kept++;
    }
    return kept;
}

enum args_result options_book(struct options *o, int argc, char **argv)
{
    struct arg args[SETUP_ARGS + 16];
    size_t n = 0;
    options_book_defaults(o);
    args[n++] = options_text("--tiers", &o->connections_text, "LIST",
                             "connections to attempt (7000,12000,50000; quick: "
                             "a tenth)");
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "as in iocp,select (all)");
    struct arg quick = {"--quick",
                        ARG_FLAG,
                        &o->quick,
                        0,
                        0,
                        NULL,
                        "a first look: a tenth of all, for a short time"};
    args[n++] = quick;
    n += options_shared(o, args + n);
    n = options_book_adapt(args, n);
    n += options_of_comparison(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels book [OPTION...]",
        "Repeats the scalability table of 'Network Programming for Microsoft "
        "Windows',\nchapter 6: streams of 4096-byte buffers at a limited rate "
        "over thousands of\nconnections, all models; prints ours beside the "
        "book's. A tier that does not\nfit into this machine is refused, the "
        "others run.",
        args, argc, argv);
    options_book_preset(o);
    if (result == ARGS_GO && !options_split_connections(o, "--tiers"))
        result = ARGS_BAD;
    return result == ARGS_GO ? options_check(o) : result;
}

/* Each model has its share of the time; what a run takes besides its window
 * is in it. */
static void options_soak_times(struct options *o)
{
    uint64_t *number = o->setup.number, models = 1, each; /* at least one */
    while (o->models[models] != NULL)
        models++;
    each = o->minutes * 60000000 / models;
    if (number[SETUP_WARMUP] == SETUP_UNSET)
        number[SETUP_WARMUP] = each / 4 < OPTIONS_SOAK_WARMUP_US
                                   ? each / 4
                                   : OPTIONS_SOAK_WARMUP_US;
    if (number[SETUP_DURATION] == SETUP_UNSET) {
        uint64_t besides = number[SETUP_WARMUP] + OPTIONS_SOAK_BESIDES_US;
        number[SETUP_DURATION] = each > 2 * besides ? each - besides : each / 2;
    }
    if (number[SETUP_SAMPLE_MS] == SETUP_UNSET)
        number[SETUP_SAMPLE_MS] =
            number[SETUP_DURATION] / 1000 / OPTIONS_SOAK_SAMPLES;
    if (number[SETUP_SAMPLE_MS] < OPTIONS_SOAK_SAMPLE_MS)
        number[SETUP_SAMPLE_MS] = OPTIONS_SOAK_SAMPLE_MS;
}

static void options_soak_defaults(struct options *o)
{
    options_defaults(o);
    o->minutes = 60;
    o->setup.pattern = "mixed";
    o->setup.hostile = "20%";
    o->connections_text = "100";
    o->setup.number[SETUP_DURATION] = SETUP_UNSET;
    o->setup.number[SETUP_WARMUP] = SETUP_UNSET;
    o->setup.number[SETUP_SAMPLE_MS] = SETUP_UNSET;
}

enum args_result options_soak(struct options *o, int argc, char **argv)
{
    struct arg args[SETUP_ARGS + 16];
    size_t n = 0;
    struct arg minutes = {"--minutes",
                          ARG_COUNT,
                          &o->minutes,
                          1,
                          OPTIONS_SOAK_MINUTES,
                          "N",
                          "for all models together (60)"};
    options_soak_defaults(o);
    args[n++] = minutes;
    args[n++] = options_text("--summary", &o->summary, "DIR",
                             "only print what a soak's records say");
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "as in iocp,select (all)");
    args[n++] = options_text("--connections", &o->connections_text, "N",
                             "at once (100)");
    n += options_shared(o, args + n);
    memset(&args[n], 0, sizeof args[n]);
    enum args_result result = options_parse(
        "iomodels soak [--minutes N] [OPTION...]",
        "Runs each model for its share of the time under mixed traffic, one "
        "connection\nin five hostile (--pattern mixed --hostile 20%), checks "
        "every byte, and that\nmemory, handles and threads stay level.",
        args, argc, argv);
    if (result != ARGS_GO || o->summary != NULL)
        return result;
    if (!options_split_connections(o, "--connections") ||
        options_check(o) != ARGS_GO)
        return ARGS_BAD;
    options_soak_times(o);
    return ARGS_GO;
}

bool options_may_resume(const char *option)
{
    static const char *const may[] = {
        "--resume",   "--server",  "--server-via", "--load",
        "--load-via", "--gnuplot", "--no-plots",   "--max-repeat"};
    size_t length = strcspn(option, "=");
    for (size_t i = 0; i < sizeof may / sizeof *may; i++)
        if (strlen(may[i]) == length && memcmp(may[i], option, length) == 0)
            return true;
    return false;
}
