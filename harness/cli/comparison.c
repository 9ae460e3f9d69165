#include "cli/comparison.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/die.h"
#include "base/fs.h"
#include "cli/conclude.h"
#include "cli/options.h"
#include "cli/plan_file.h"
#include "plots/plot.h"
#include "runner/platform.h"
#include "runner/preflight.h"

struct comparison {
    const struct comparison_kind *kind;
    struct options options;
    struct words words; /* the arguments, when resumed */
    char now[CONCLUDE_TIME_SIZE], id[PLAN_ID_SIZE], folder[64];
    char *gnuplot; /* NULL: no charts */
    struct plan plan;
};

static enum args_result comparison_parse(struct comparison *c, int argc,
                                         char **argv)
{
    struct options *o = &c->options;
    enum args_result result = c->kind->parse(o, argc, argv);
    if (result != ARGS_GO || o->resume == NULL)
        return result;
    if (!plan_file_read(o->resume, argc, argv, c->id, &c->words))
        return ARGS_BAD;
    return c->kind->parse(o, (int)c->words.count,
                          (char **)(uintptr_t)c->words.word);
}

static bool comparison_preflight(struct comparison *c)
{
    struct options *o = &c->options;
    if (!preflight_server(&o->setup) || !preflight_load(&o->setup))
        return false;
    if (!o->no_plots) {
        c->gnuplot = plot_find_gnuplot(o->gnuplot);
        if (c->gnuplot == NULL)
            return false;
    }
    return preflight_folder(o->output);
}

static bool comparison_begin(struct comparison *c, int argc, char **argv)
{
    snprintf(c->id, sizeof c->id, "%s-%014" PRIx64, c->now, c->options.seed);
    uint32_t error =
        plan_file_write(c->options.output, c->id, c->options.seed, argc, argv);
    if (error != 0 && fs_exists(error))
        complain("--output: %s holds a comparison already; go on with it by "
                 "--resume %s, or choose another folder",
                 c->options.output, c->options.output);
    else if (error != 0)
        fs_complain("write the plan into", c->options.output, error);
    return error == 0;
}

static int comparison_suite(struct suite *suite, const char *gnuplot)
{
    interrupt_catch();
    switch (suite_run(suite)) {
    case SUITE_DONE:
        return conclude(suite, gnuplot);
    case SUITE_INTERRUPTED:
        conclude_missing(suite, "interrupted", true);
        return CONCLUDE_INTERRUPTED;
    case SUITE_STOPPED:
        if (plan_missing(suite->plan) < suite->plan->count)
            conclude_missing(suite, "stopped", true);
        else
            plan_file_delete(suite->folder); /* nothing was begun */
        break;
    }
    return EXIT_BAD_INPUT;
}

static int comparison_go(struct comparison *c, int argc, char **argv)
{
    struct options *o = &c->options;
    bool resumed = o->resume != NULL;
    conclude_time(c->now);
    snprintf(c->folder, sizeof c->folder, "records/%s-%s", c->now,
             c->kind->command);
    if (resumed)
        o->output = o->resume;
    else if (o->output == NULL)
        o->output = c->folder;
    if (!comparison_preflight(c))
        return EXIT_BAD_INPUT;
    conclude_plan(o, &c->plan);
    struct suite suite = {.version = IOMODELS_VERSION,
                          .command = c->kind->command,
                          .id = c->id,
                          .folder = o->output,
                          .setup = &o->setup,
                          .plan = &c->plan};
    if (resumed ? !suite_resume(&suite) : !comparison_begin(c, argc, argv))
        return EXIT_BAD_INPUT;
    return comparison_suite(&suite, c->gnuplot);
}

int comparison_run(const struct comparison_kind *kind, int argc, char **argv)
{
    struct comparison *c = calloc(1, sizeof *c);
    if (c == NULL)
        die("calloc");
    c->kind = kind;
    enum args_result parsed = comparison_parse(c, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (parsed == ARGS_GO)
        code = comparison_go(c, argc, argv);
    plan_free(&c->plan);
    words_free(&c->words);
    free(c->gnuplot);
    free(c);
    return code;
}
