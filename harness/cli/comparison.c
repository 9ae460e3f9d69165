#include "cli/comparison.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/process.h"
#include "common/file.h"
#include "cli/conclude.h"
#include "cli/options.h"
#include "cli/plan_file.h"
#include "common/number.h"
#include "plots/plot.h"
#include "results/skipped.h"
#include "runner/limits.h"
#include "runner/preflight.h"

struct comparison {
    const struct comparison_kind *kind;
    struct options options;
    struct words words; /* the arguments, when resumed */
    char now[CONCLUDE_TIME_SIZE], id[PLAN_ID_SIZE], folder[64];
    char *gnuplot; /* NULL: no charts */
    struct plan plan;
    cJSON *refused; /* or NULL */
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
    result = c->kind->parse(o, (int)c->words.count,
                            (char **)(uintptr_t)c->words.word);
    if (result == ARGS_GO && o->until_ci < 0 && o->max_repeat != OPTION_UNSET) {
        complain("--max-repeat: it ends --until-ci, which the plan in %s does "
                 "not have; leave it out",
                 o->resume);
        return ARGS_BAD;
    }
    return result;
}

static void comparison_refused_say(const struct skipped *refusal)
{
    char connections[32];
    char *why = skipped_show(refusal);
    complain("%s%s%s connections are refused: %s",
             refusal->model != NULL ? refusal->model : "",
             refusal->model != NULL ? " with " : "",
             number_show_count((uint64_t)refusal->connections, connections,
                               sizeof connections),
             why);
    free(why);
}

/* What does not fit into the machine, whether or not anything is left. */
static void comparison_fit(struct comparison *c)
{
    const struct options *o = &c->options;
    struct limits machine;
    struct skipped refusal;
    limits_find(&o->setup, &machine);
    c->refused = skipped_make();
    for (size_t i = 0; i < o->tiers; i++)
        limits_check(&machine, &o->setup, o->connections[i], o->models,
                     c->refused);
    for (size_t i = 0; i < skipped_count(c->refused); i++)
        if (skipped_get(c->refused, i, &refusal))
            comparison_refused_say(&refusal);
}

static bool comparison_is_refused(void *refused, const struct plan_run *run)
{
    return skipped_covers(refused, run->model, run->connections);
}

static bool comparison_plan(struct comparison *c)
{
    conclude_plan(&c->options, &c->plan);
    plan_drop(&c->plan, comparison_is_refused, c->refused);
    if (c->plan.count > 0)
        return true;
    complain("no tier fits into this machine; give smaller %s",
             c->kind->fit ? "--tiers" : "--connections");
    return false;
}

static bool comparison_preflight(struct comparison *c)
{
    struct options *o = &c->options;
    if (!preflight_server(&o->setup) || !preflight_load(&o->setup) ||
        !preflight_answers(&o->setup))
        return false;
    if (o->resume != NULL) {
        if (!skipped_read(o->resume, &c->refused))
            return false;
    } else if (c->kind->fit) {
        comparison_fit(c);
    }
    if (!comparison_plan(c))
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
    conclude_id(c->id, c->now, c->options.seed);
    uint32_t error =
        plan_file_write(c->options.output, c->id, c->options.seed, argc, argv);
    if (error != 0 && file_exists(error))
        complain("--output: %s holds a comparison already; go on with it by "
                 "--resume %s, or choose another folder",
                 c->options.output, c->options.output);
    else if (error != 0 || (skipped_count(c->refused) > 0 &&
                            (error = skipped_write(c->options.output, c->id,
                                                   c->refused)) != 0))
        file_complain("write the plan into", c->options.output, error);
    return error == 0;
}

/* Nothing was begun. */
static void comparison_undo(const char *folder)
{
    plan_file_delete(folder);
    skipped_delete(folder);
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
            comparison_undo(suite->folder);
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
    struct suite suite = {.version = IOMODELS_VERSION,
                          .command = c->kind->command,
                          .id = c->id,
                          .folder = o->output,
                          .setup = &o->setup,
                          .plan = &c->plan,
                          .until_ci = o->until_ci,
                          .repeats_max = (uint32_t)o->max_repeat};
    bool begun =
        resumed ? suite_resume(&suite) : comparison_begin(c, argc, argv);
    int code = begun ? comparison_suite(&suite, c->gnuplot) : EXIT_BAD_INPUT;
    return code;
}

int comparison_run(const struct comparison_kind *kind, int argc, char **argv)
{
    struct comparison *c = calloc_or_die(1, sizeof *c);
    c->kind = kind;
    enum args_result parsed = comparison_parse(c, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (parsed == ARGS_GO)
        code = comparison_go(c, argc, argv);
    plan_free(&c->plan);
    cJSON_Delete(c->refused);
    words_free(&c->words);
    free(c->gnuplot);
    free(c);
    return code;
}
