#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/curve.h"
#include "results/table.h"
#include "runner/plan.h"

/* JSON carries 53 bits exactly. */
#define OPTIONS_SEED_MAX ((UINT64_C(1) << 53) - 1)
/* Ten minutes; a window that is no longer tells less. */
#define OPTIONS_BOUND_MAX UINT64_C(600000000)
#define FIELD(name)       offsetof(struct options, name)

enum { RUN = 1, COMPARE = 2, BOOK = 4, SOAK = 8, CURVE = 16, ALL = 31 };
/* A curve has rates instead. */
enum { REPEATS = RUN | COMPARE | BOOK | SOAK };
enum { OPTIONS_UNTIL_REPEATS = PLAN_RUNS_MIN, OPTIONS_MAX_REPEAT = 20 };

/* In the order of the help texts. The rows of common/options.h stand in the
 * place of the row without a name. */
static const struct options_row {
    const char *name;
    int presets;
    enum arg_kind kind;
    size_t offset;
    uint64_t low, high;
    const char *metavar, *help;
} options_rows[] = {
    {"--minutes", SOAK, ARG_COUNT, FIELD(minutes), 1, UINT64_C(60) * 24 * 30,
     "N", "minutes for all models together [60]"},
    {"--summary", SOAK | CURVE, ARG_TEXT, FIELD(summary), 0, 0, "DIR",
     "folder of its records: what they say, without a run"},
    {"--p99", CURVE, ARG_TIME, FIELD(bounds[0]), 1, OPTIONS_BOUND_MAX, "TIME",
     "bound of the 99th percentile of latency [5ms]"},
    {"--p99.9", CURVE, ARG_TIME, FIELD(bounds[1]), 1, OPTIONS_BOUND_MAX, "TIME",
     "the same of the 99.9th, instead"},
    {"--p90", CURVE, ARG_TIME, FIELD(bounds[2]), 1, OPTIONS_BOUND_MAX, "TIME",
     "the same of the 90th, instead"},
    {"--p50", CURVE, ARG_TIME, FIELD(bounds[3]), 1, OPTIONS_BOUND_MAX, "TIME",
     "the same of the median, instead"},
    {"--points", CURVE, ARG_COUNT, FIELD(points), CURVE_POINTS_MIN,
     CURVE_POINTS_MAX, "N", "rates to try of each model, beside flat out [8]"},
    {"--tiers", BOOK, ARG_TEXT, FIELD(connections_text), 0, 0, "LIST",
     "numbers of connections, separated by commas [7000,12000,50000; quick: a "
     "tenth]"},
    {"--model", RUN, ARG_TEXT, FIELD(models_text), 0, 0, "NAME",
     "I/O model of the server (see iomodels models)"},
    {"--models", COMPARE | BOOK | SOAK | CURVE, ARG_TEXT, FIELD(models_text), 0,
     0, "LIST",
     "models, families or patterns, such as iocp,select or 'iocp*' or all "
     "[book: the book's eight]"},
    {"--quick", BOOK, ARG_FLAG, FIELD(quick), 0, 0, NULL,
     "a first look: a tenth of the connections, for a short time"},
    {"--connections", COMPARE, ARG_TEXT, FIELD(connections_text), 0, 0, "LIST",
     "numbers of connections, separated by commas [100,1000,4000]"},
    {"--connections", RUN | SOAK | CURVE, ARG_TEXT, FIELD(connections_text), 0,
     0, "N", "connections to attempt [100]"},
    {"--repeat", REPEATS, ARG_COUNT, FIELD(repeat), 1, OPTIONS_REPEATS, "N",
     "rounds: runs of each model at each number of connections [1]"},
    {"--until-ci", REPEATS, ARG_SHARE, FIELD(until_ci), 0, 0, "SHARE",
     "further rounds until the 95 % interval of round trips/s is within "
     "+-SHARE, such as 2% [none]"},
    {"--max-repeat", REPEATS, ARG_COUNT, FIELD(max_repeat),
     OPTIONS_UNTIL_REPEATS, OPTIONS_REPEATS, "N",
     "most rounds with --until-ci [20]"},
    {"--seed", ALL, ARG_COUNT, FIELD(seed), 0, OPTIONS_SEED_MAX, "N",
     "seed of the random order and of all bytes [random]"},
    {"--output", ALL, ARG_TEXT, FIELD(output), 0, 0, "DIR",
     "folder of the records [records/TIME-COMMAND]"},
    {NULL, ALL, ARG_FLAG, 0, 0, 0, NULL, NULL},
    {"--resume", COMPARE | BOOK | CURVE, ARG_TEXT, FIELD(resume), 0, 0, "DIR",
     "folder of an interrupted comparison, to finish it"},
    {"--gnuplot", COMPARE | BOOK | CURVE, ARG_TEXT, FIELD(gnuplot), 0, 0,
     "PROGRAM", "gnuplot program [the one in PATH]"},
    {"--wide", COMPARE, ARG_FLAG, FIELD(wide), 0, 0, NULL,
     "all columns of the table"},
    {"--sort", COMPARE, ARG_TEXT, FIELD(sort), 0, 0, "COLUMN",
     "order of the table's rows (see iomodels table)"},
    {"--format", COMPARE, ARG_TEXT, FIELD(format), 0, 0, "NAME",
     "text, or json: rows and findings for programs [text]"},
    {"--no-plots", COMPARE | BOOK | CURVE, ARG_FLAG, FIELD(no_plots), 0, 0,
     NULL, "no charts"},
};

/* A preset's own default, as it would be typed (NULL: worked out later), with
 * --quick, and in the help text (NULL: as in the row). */
struct options_default {
    const char *name, *whole, *quick, *help;
};

static const struct options_default options_run[] = {
    {"--connections", "100", NULL, NULL}, {NULL, NULL, NULL, NULL}};

static const struct options_default options_compare[] = {
    {"--connections", "100,1000,4000", NULL, NULL},
    {"--repeat", "3", NULL,
     "rounds: runs of each model at each number of connections; fewer than 3 "
     "give no intervals [3]"},
    {"--warmup", "500ms", NULL, "traffic before the measured time [500ms]"},
    {"--duration", "1500ms", NULL,
     "measured time of a run; echo extends it to six round trips of each "
     "connection [1500ms]"},
    {NULL, NULL, NULL, NULL}};

/* The book's method: its client's traffic, its sizes, its tiers. It limited
 * the rate of its runs with many connections; how far is not known, but its
 * fast rows came to about half of their 100 Mb hub each way. */
static const struct options_default options_book[] = {
    {"--tiers", "7000,12000,50000", "700,1200,5000", NULL},
    {"--repeat", "3", "1",
     "rounds of the runs flat out; at a limited rate each is made once [3; "
     "quick: 1]"},
    {"--rate", NULL, NULL,
     "total send rate of the limited runs, bytes/s; the book's: about 5000000 "
     "[half of what the slowest model that connects all carries flat out]"},
    {"--duration", "10s", "4s",
     "measured time of a limited run, flat out half of it [10s; quick: 4s]"},
    {"--warmup", "2s", "500ms",
     "traffic before the measured time [2s; quick: 500ms]"},
    {"--sample-ms", "500", "200", "time between samples, ms [500; quick: 200]"},
    {"--connect-retries", "3", NULL,
     "retries of a refused or timed-out attempt [3]"},
    {"--io-timeout", "10s", NULL, "timeout of an echo [10s]"},
    {"--connect-budget", NULL, NULL,
     "time for all attempts of a tier [15s and 4ms for each]"},
    {NULL, NULL, NULL, NULL}};

static const struct options_default options_curve[] = {
    {"--connections", "1000", NULL, "connections to attempt [1000]"},
    {"--points", "8", NULL, NULL},
    {"--p99", NULL, NULL, NULL},
    {"--p99.9", NULL, NULL, NULL},
    {"--p90", NULL, NULL, NULL},
    {"--p50", NULL, NULL, NULL},
    {"--arrivals", "poisson", NULL,
     "times of the messages: evenly spread, or at random as those of "
     "independent users [poisson]"},
    {NULL, NULL, NULL, NULL}};

static const char *const options_book_fixed[] = {
    "--pattern",  "--service", "--file-size", "--hostile",  "--message",
    "--pipeline", "--think",   "--active",    "--arrivals", NULL};
static const char *const options_curve_fixed[] = {
    "--pattern",  "--service", "--file-size", "--hostile", "--rate",
    "--pipeline", "--think",   "--active",    NULL};

static const struct options_default options_soak[] = {
    {"--connections", "100", NULL, NULL},
    {"--minutes", NULL, NULL, NULL},
    {"--pattern", "mixed", NULL, "traffic: " OPTION_PATTERNS " [mixed]"},
    {"--hostile", "20%", NULL,
     "share of hostile connections: silent, slow, deaf, reset [20%]"},
    {"--duration", NULL, NULL,
     "measured time of each model, instead of --minutes [the rest of its "
     "share]"},
    {"--warmup", NULL, NULL,
     "traffic before the measured time [a quarter of the model's share, at "
     "most 30s]"},
    {"--sample-ms", NULL, NULL,
     "time between samples, ms [300 samples in the measured time, at least "
     "200 ms apart]"},
    {NULL, NULL, NULL, NULL}};

static const struct preset options_presets[] = {
    {"run", RUN, "iomodels run --model NAME [--connections N] [OPTION...]",
     "Runs one model under load and prints its row.", options_run, NULL, false,
     false, false, false},
    {"compare", COMPARE, "iomodels compare [OPTION...]",
     "Runs the book's eight models, or others, at several numbers of "
     "connections, each\nrun in a fresh server process, in a random order; "
     "prints the table and its findings,\nand draws the charts. The presets "
     "take about 5 minutes.",
     options_compare, NULL, true, true, false, false},
    {"book", BOOK, "iomodels book [OPTION...]",
     "Repeats the scalability table of 'Network Programming for Microsoft "
     "Windows',\nchapter 6: 4096-byte buffers over thousands of connections, "
     "all models, first flat\nout (what each can carry), then in streams at a "
     "rate that all can carry (what equal\nwork costs); prints ours beside "
     "the book's. A tier that does not fit into this\nmachine is skipped, the "
     "others run.",
     options_book, options_book_fixed, true, true, true, true},
    {"curve", CURVE, "iomodels curve [OPTION...]",
     "Latency against load: to each model it sends at rates from light to "
     "past\nsaturation, on a schedule that waits for no echo, and searches "
     "the highest rate\nwhose latency stays within a bound (--p99 5ms); prints "
     "the table, draws the chart.",
     options_curve, options_curve_fixed, true, true, false, false},
    {"soak", SOAK, "iomodels soak [--minutes N] [OPTION...]",
     "Runs each model for its share of the time under mixed traffic, one "
     "connection\nin five hostile (--pattern mixed --hostile 20%), checks "
     "every byte, and that\nmemory, handles and threads stay level.",
     options_soak, NULL, true, false, false, false},
};

/* --- the command line ---------------------------------------------------- */

/* True when `option`, as typed ("--name" or "--name=value"), is one of these.
 */
static bool options_is(const char *option, const char *const *names)
{
    size_t length = strcspn(option, "=");
    for (; *names != NULL; names++)
        if (strlen(*names) == length && memcmp(*names, option, length) == 0)
            return true;
    return false;
}

/* Whether nothing but these options was typed; `why` ends the others. */
static bool options_only(int argc, char **argv, const char *const *may,
                         const char *why)
{
    for (int at = 1; at < argc; at++) {
        if (!options_is(argv[at], may)) {
            complain("%s; leave out %s", why, argv[at]);
            return false;
        }
        at += strchr(argv[at], '=') == NULL &&
              strcmp(argv[at], "--no-plots") != 0 &&
              strcmp(argv[at], "--wide") != 0;
    }
    return true;
}

static void options_fill_args(struct options *o)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < sizeof options_rows / sizeof *options_rows; i++) {
        const struct options_row *row = &options_rows[i];
        if ((row->presets & o->preset->bit) == 0)
            continue;
        if (row->name == NULL)
            n += run_config_args(&o->config, o->args + n);
        else
            o->args[n++] =
                (struct arg){row->name, row->kind, (char *)o + row->offset,
                             row->low,  row->high, row->metavar,
                             row->help};
    }
    for (size_t i = 0; i < n; i++)
        if (o->preset->fixed == NULL ||
            !options_is(o->args[i].name, o->preset->fixed))
            o->args[kept++] = o->args[i];
    o->args[kept] = (struct arg){0};
}

/* The preset's own defaults, into values and help texts. */
static void options_defaults(struct options *o)
{
    const struct options_default *d = o->preset->defaults;
    for (; d->name != NULL; d++) {
        struct arg *arg = o->args;
        const char *typed = o->quick && d->quick != NULL ? d->quick : d->whole;
        while (strcmp(arg->name, d->name) != 0)
            arg++;
        if (d->help != NULL)
            arg->help = d->help;
        if (arg->kind == ARG_TEXT)
            *(const char **)arg->value = typed;
        else if (typed == NULL)
            *(uint64_t *)arg->value = OPTION_UNSET;
        else
            number_read((enum number_kind)arg->kind, typed, arg->value);
    }
}

static void options_begin(struct options *o, int argc, char **argv)
{
    memset(o, 0, sizeof *o);
    o->preset = options_presets;
    while (strcmp(o->preset->command, argv[0]) != 0)
        o->preset++;
    run_config_defaults(&o->config);
    o->repeat = 1;
    o->seed = OPTION_UNSET;
    o->until_ci = -1;
    o->max_repeat = OPTION_UNSET;
    if (o->preset->bit == CURVE) {
        o->config.values.pattern = "paced";
        o->config.values.rate = 1; /* each run has its own */
    }
    if (o->preset->bit == BOOK) {
        o->config.values.pattern = "stream";
        /* Both tiers that fit into 20,000 files with all eight models stay
         * below half an hour, even if each run uses all of its budget. */
        o->config.budget_base_us = 15000000;
        o->config.budget_each_us = 4000;
    }
    for (int i = 1; i < argc; i++) /* it decides the defaults */
        o->quick = o->quick || strcmp(argv[i], "--quick") == 0;
    options_fill_args(o);
    options_defaults(o);
}

/* --- models and tiers ---------------------------------------------------- */

/* Calls `add` for each part of a list; false when one call is. */
static bool options_each(struct options *o, const char *option,
                         const char *list,
                         bool (*add)(struct options *o, const char *option,
                                     const char *item))
{
    while (list != NULL) {
        char item[64];
        size_t length = strcspn(list, ",");
        snprintf(item, sizeof item, "%.*s", (int)length, list);
        if (!add(o, option, item))
            return false;
        list = list[length] == ',' ? list + length + 1 : NULL;
    }
    return true;
}

bool options_twice(const char *option, const char *item)
{
    complain("%s: %s is named twice; name it once (--repeat N repeats)", option,
             item);
    return false;
}

static bool options_add_tier(struct options *o, const char *option,
                             const char *item)
{
    uint64_t count = 0, active = o->config.values.active;
    if (item[0] == '0' && item[1] >= '0' && item[1] <= '9') {
        complain("%s: '%s' has a leading zero: in a list commas stand "
                 "between numbers, not in them; write 1000 or 1k",
                 option, item);
        return false;
    }
    if (o->tiers == OPTIONS_TIERS ||
        (!number_read(NUMBER_COUNT, item, &count) && count != NUMBER_HUGE)) {
        complain("%s: '%s' is not a list of whole numbers such as "
                 "100,1000,4k",
                 option, o->connections_text);
        return false;
    }
    if (count == 0 || count > OPTION_CONNECTIONS_MAX) {
        complain("%s: %s is out of range; give 1 to %d", option, item,
                 OPTION_CONNECTIONS_MAX);
        return false;
    }
    if (active != OPTION_UNSET && active > count) {
        complain("%s: %s is less than --active; give at least as many", option,
                 item);
        return false;
    }
    if (run_config_loads(&o->config) > count) {
        complain("%s: %s is less than the load generators (--load-via); give "
                 "at least one connection each",
                 option, item);
        return false;
    }
    for (size_t i = 0; i < o->tiers; i++)
        if (o->connections[i] == count)
            return options_twice(option, item);
    o->connections[o->tiers++] = (uint32_t)count;
    return true;
}

static bool options_lists(struct options *o)
{
    bool run = o->preset->bit == RUN, book = o->preset->bit == BOOK;
    if (run && o->models_text == NULL) {
        complain("--model is missing; name one, as in iomodels run --model "
                 "iocp (iomodels models lists them)");
        return false;
    }
    /* "1,000" shall not be two tiers. */
    if (run && (strchr(o->models_text, ',') != NULL ||
                strchr(o->connections_text, ',') != NULL)) {
        complain("--model and --connections: a run takes one model and one "
                 "number without commas, such as 1000; iomodels compare takes "
                 "lists");
        return false;
    }
    if (o->preset->bit == CURVE && strchr(o->connections_text, ',') != NULL) {
        complain(
            "--connections: a curve has one number of connections, without "
            "commas, such as 1000; give one");
        return false;
    }
    if (o->models_text == NULL)
        models_add(o, "--models", "book");
    return options_each(o, run ? "--model" : "--models", o->models_text,
                        models_add) &&
           options_each(o, book ? "--tiers" : "--connections",
                        o->connections_text, options_add_tier);
}

/* --- what follows -------------------------------------------------------- */

/* --until-ci begins with as many rounds as an interval needs. */
static bool options_until(struct options *o)
{
    if (o->until_ci < 0) {
        if (o->max_repeat == OPTION_UNSET)
            return true;
        complain("--max-repeat limits --until-ci, which is not given; leave it "
                 "out, or add --until-ci 2%%");
        return false;
    }
    if (!(o->until_ci > 0 && o->until_ci < 1)) {
        complain("--until-ci: %.3g %% is out of range; give more than 0 %% "
                 "and less than 100 %%, such as 2%%",
                 100 * o->until_ci);
        return false;
    }
    if (o->max_repeat == OPTION_UNSET)
        o->max_repeat = OPTIONS_MAX_REPEAT;
    if (o->repeat < OPTIONS_UNTIL_REPEATS)
        o->repeat = OPTIONS_UNTIL_REPEATS;
    if (o->max_repeat < o->repeat)
        complain("--max-repeat: %llu is less than --repeat %llu; give more",
                 (unsigned long long)o->max_repeat,
                 (unsigned long long)o->repeat);
    return o->max_repeat >= o->repeat;
}

bool options_sort(const char *column)
{
    if (column == NULL || table_can_sort(column))
        return true;
    complain("--sort: '%s' is unknown; use model or a column of the CSV, such "
             "as round_trips_per_s, cpu_us_per_round_trip_total, memory_bytes "
             "or latency_p99_us",
             column);
    return false;
}

static bool options_consistent(struct options *o, int argc, char **argv)
{
    /* A summary runs nothing; ./run names its programs all the same. */
    static const char *const may_summary[] = {
        "--summary", "--server", "--server-via", "--load", "--load-via", NULL};
    static const char *const may_resume[] = {
        "--resume",   "--server",  "--server-via", "--load",
        "--load-via", "--gnuplot", "--no-plots",   "--max-repeat",
        "--wide",     "--sort",    "--format",     NULL};
    if (o->summary != NULL)
        return options_only(argc, argv, may_summary,
                            "--summary only reads records");
    if (o->preset->bit == SOAK && o->minutes != OPTION_UNSET &&
        o->config.values.duration_us != OPTION_UNSET) {
        complain("--minutes divides the time among the models, and --duration "
                 "sets the time of each; leave out one of them");
        return false;
    }
    if (!options_sort(o->sort))
        return false;
    o->json = o->format != NULL && strcmp(o->format, "json") == 0;
    if (o->format != NULL && !o->json && strcmp(o->format, "text") != 0) {
        complain("--format: '%s' is unknown; use text or json", o->format);
        return false;
    }
    if (o->resume == NULL)
        return true;
    return options_only(argc, argv, may_resume,
                        "--resume uses the plan as it was made");
}

enum args_result options_parse(struct options *o, int argc, char **argv)
{
    options_begin(o, argc, argv);
    const struct arg_command command = {o->preset->usage, o->preset->summary,
                                        o->args, 0};
    enum args_result result = args_parse(&command, argc, argv);
    if (result != ARGS_GO)
        return result;
    if (!options_consistent(o, argc, argv))
        return ARGS_BAD;
    if (o->summary != NULL)
        return ARGS_GO;
    if (o->resume != NULL) {
        o->plan = plan_file_read(o->resume, o->preset->command, o->args, o->id);
        /* Options that were typed replace the plan's values. */
        if (o->plan == NULL || args_parse(&command, argc, argv) != ARGS_GO)
            return ARGS_BAD;
    }
    if (o->preset->bit == CURVE && !options_bound(o))
        return ARGS_BAD;
    if (!options_lists(o) || !options_until(o) ||
        !options_fit_pattern(&o->config.values, OPTION_RUN) ||
        !run_config_check(&o->config, o->models))
        return ARGS_BAD;
    if (o->preset->bit == SOAK)
        options_soak_times(o);
    return ARGS_GO;
}
