#include "cli/options_parts.h"

#include <string.h>

/* The book's method: its client's traffic, its sizes, its tiers. It limited
 * the rate of its runs with many connections; how far is not known. Ours is
 * what its fast rows came to, about half of their 100 Mb hub each way, so that
 * what differs is the price of the same work, and who cannot keep up. */
static const struct options_book_preset {
    size_t offset;
    const char *name;
    uint64_t whole, quick; /* a quick one is a tenth of all */
    const char *help;
} options_book_presets[] = {
    {offsetof(struct option_values, rate), "--rate", 5000000, 500000,
     "total send rate, bytes/s [5000000; quick: a tenth]"},
    {offsetof(struct option_values, duration_us), "--duration", 10000000,
     4000000, "measured time of a run [10s; quick: 4s]"},
    {offsetof(struct option_values, warmup_us), "--warmup", 2000000, 500000,
     "traffic before the measured time [2s; quick: 500ms]"},
    {offsetof(struct option_values, sample_ms), "--sample-ms", 500, 200,
     "time between samples, ms [500; quick: 200]"},
    {offsetof(struct option_values, connect_retries), "--connect-retries", 3, 3,
     "retries of a refused or timed out attempt [3]"},
    {offsetof(struct option_values, io_timeout_us), "--io-timeout", 10000000,
     10000000, "timeout of an echo [10s]"},
    {offsetof(struct option_values, connect_budget_us), "--connect-budget",
     OPTION_UNSET, OPTION_UNSET,
     "time for all attempts of a tier [15s and 4ms for each]"},
};

enum {
    OPTIONS_BOOK_PRESETS =
        sizeof options_book_presets / sizeof *options_book_presets,
    /* Both tiers that fit into 20,000 files with all eight models stay below
     * half an hour, even if each run uses all of its budget. */
    OPTIONS_BOOK_BUDGET_BASE_US = 15000000,
    OPTIONS_BOOK_BUDGET_EACH_US = 4000
};

static uint64_t *options_book_value(struct options *o,
                                    const struct options_book_preset *preset)
{
    void *value = (char *)&o->setup.values + preset->offset;
    return value;
}

static void options_book_defaults(struct options *o)
{
    options_defaults(o);
    o->connections_text = NULL;
    o->setup.values.pattern = "stream";
    o->setup.budget_base_us = OPTIONS_BOOK_BUDGET_BASE_US;
    o->setup.budget_each_us = OPTIONS_BOOK_BUDGET_EACH_US;
    for (size_t i = 0; i < OPTIONS_BOOK_PRESETS; i++)
        *options_book_value(o, &options_book_presets[i]) = OPTION_UNSET;
}

static void options_book_preset(struct options *o)
{
    if (o->connections_text == NULL)
        o->connections_text = o->quick ? "700,1200,5000" : "7000,12000,50000";
    for (size_t i = 0; i < OPTIONS_BOOK_PRESETS; i++) {
        const struct options_book_preset *p = &options_book_presets[i];
        uint64_t *value = options_book_value(o, p);
        if (*value == OPTION_UNSET)
            *value = o->quick ? p->quick : p->whole;
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
        args[kept++] = args[i];
    }
    for (size_t p = 0; p < OPTIONS_BOOK_PRESETS; p++) {
        const struct options_help differs[] = {
            {options_book_presets[p].name, options_book_presets[p].help},
            {NULL, NULL}};
        options_help(args, kept, differs);
    }
    return kept;
}

enum args_result options_book(struct options *o, int argc, char **argv)
{
    struct arg args[OPTIONS_ARGS];
    size_t n = 0;
    options_book_defaults(o);
    args[n++] = options_text("--tiers", &o->connections_text, "LIST",
                             "connections to attempt, with commas between them "
                             "only [7000,12000,50000; quick: a tenth]");
    args[n++] = options_text("--models", &o->models_text, "LIST",
                             "models, such as iocp,select [all]");
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
