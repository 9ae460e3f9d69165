/* iomodels run, compare, curve, book and soak: runs in a random order, each
 * into a record, and what the records say. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "common/process.h"
#include "plots/plot.h"
#include "results/book.h"
#include "results/curve.h"
#include "results/fields.h"
#include "results/skipped.h"
#include "results/table.h"
#include "runner/plan.h"
#include "runner/preflight.h"
#include "runner/suite.h"

struct cmd_run {
    struct options options;
    char now[CLOCK_ISO_SIZE], folder[64];
    char *gnuplot; /* NULL: no charts */
    struct plan plan;
    cJSON *skipped; /* or NULL */
    /* Of the runs flat out that come first; without any the plan is empty. */
    struct plan flat;
    struct run_config flat_config;
    char flat_id[PLAN_ID_SIZE + 8];
};

/* --- before the runs ----------------------------------------------------- */

/* The tiers that exceed the machine's limits, whether or not any is left. Where
 * they are not skipped, one line says what the server could not: Wine's server
 * leaves clients unserved without an error. */
static void cmd_run_limits(struct cmd_run *c)
{
    const struct options *o = &c->options;
    struct limits machine;
    const cJSON *skipped;
    limits_find(&o->config, &machine);
    c->skipped = cJSON_CreateArray();
    for (size_t i = 0; i < o->tiers; i++)
        limits_check(&machine, &o->config, o->connections[i], o->models,
                     c->skipped);
    cJSON_ArrayForEach (skipped, c->skipped) {
        const char *model = record_text(skipped, "/model");
        const char *connections =
            NUMBER_SHOWN(record_number_or(skipped, "/connections", 0));
        char *why = skipped_show(skipped);
        if (o->preset->limited)
            complain("skipping %s%s%s connections: %s", model,
                     model[0] != '\0' ? " with " : "", connections, why);
        else if (strcmp(record_text(skipped, "/limit"),
                        "wineserver_open_files") == 0)
            complain("not all of %s connections can be served: %s", connections,
                     why);
        free(why);
    }
    if (!o->preset->limited) {
        cJSON_Delete(c->skipped);
        c->skipped = NULL;
    }
}

static bool cmd_run_plan(struct cmd_run *c)
{
    struct options *o = &c->options;
    const struct option_values *v = &o->config.values;
    if (o->seed == OPTION_UNSET) {
        struct random r = {(uint64_t)clock_ns() ^ (uint64_t)time(NULL) << 20};
        o->seed = random_next(&r) >> 11; /* exact in JSON */
    }
    plan_make(&c->plan, o->models, o->connections, o->tiers,
              o->preset->flat_out ? 1 : (uint32_t)o->repeat, o->seed,
              c->skipped);
    c->plan.points = (size_t)o->points;
    c->plan.window_s = (double)(v->duration_us + v->warmup_us) / 1e6;
    if (o->preset->flat_out)
        plan_make(&c->flat, o->models, o->connections, o->tiers,
                  (uint32_t)o->repeat, o->seed, c->skipped);
    c->flat.window_s =
        ((double)v->duration_us / 2 + (double)v->warmup_us) / 1e6;
    if (c->plan.count == 0)
        complain("no tier is within the limits here; give smaller --tiers");
    return c->plan.count > 0;
}

/* Leaves out the models that cannot run here; false when none is left. */
static bool cmd_run_can_run(struct options *o)
{
    size_t kept = 0;
    for (size_t i = 0; o->models[i] != NULL; i++) {
        const char *why = preflight_missing(&o->config, o->models[i]);
        if (why == NULL)
            o->models[kept++] = o->models[i];
        else if (o->preset->many)
            complain("skipping %s, which cannot run here: %s", o->models[i],
                     why);
        else
            complain("--model: %s cannot run here: %s; choose another "
                     "(iomodels models lists them)",
                     o->models[i], why);
    }
    o->models[kept] = NULL;
    if (kept == 0 && o->preset->many)
        complain("--models: none of these can run here; choose others "
                 "(iomodels models lists them)");
    return kept > 0;
}

static bool cmd_run_preflight(struct cmd_run *c)
{
    struct options *o = &c->options;
    if (!preflight_programs(&o->config) || !cmd_run_can_run(o))
        return false;
    if (o->resume != NULL) {
        if (!skipped_read(o->resume, &c->skipped))
            return false;
    } else {
        cmd_run_limits(c);
    }
    if (!cmd_run_plan(c))
        return false;
    if (o->preset->resumable && !o->no_plots) {
        c->gnuplot = plot_find_gnuplot(o->gnuplot);
        if (c->gnuplot == NULL)
            return false;
    }
    uint32_t error = file_make_folders(o->output);
    if (error != 0)
        file_complain("write into the folder", o->output, error);
    return error == 0;
}

/* The id tells apart plans that begin in one millisecond, even with one seed.
 */
static bool cmd_run_begin(struct cmd_run *c)
{
    struct options *o = &c->options;
    struct random r = {o->seed ^ (uint64_t)clock_ns()};
    snprintf(o->id, sizeof o->id, "%s-%016" PRIx64, c->now, random_next(&r));
    if (!o->preset->resumable)
        return true;
    uint32_t error =
        plan_file_write(o->output, o->id, o->preset->command, o->args);
    if (error != 0 && file_exists(error)) {
        complain("--output: %s holds a comparison already; go on with it by "
                 "--resume %s, or choose another folder",
                 o->output, o->output);
        return false;
    }
    if (error == 0 && cJSON_GetArraySize(c->skipped) > 0)
        error = skipped_write(o->output, o->id, c->skipped);
    if (error != 0)
        file_complain("write the plan into", o->output, error);
    return error == 0;
}

/* --- after the runs ------------------------------------------------------ */

static bool cmd_run_charts(const struct cmd_run *c,
                           const struct record_set *set)
{
    char *charts = file_join(c->options.output, "charts");
    struct plot_options options = {charts, c->gnuplot, true, true};
    bool drawn = plot_draw(set, &options);
    if (drawn && !c->options.json)
        printf("charts:  %s\n", charts);
    free(charts);
    return drawn;
}

/* Whether --until-ci was reached. */
static void cmd_run_intervals(const struct cmd_run *c)
{
    const struct options *o = &c->options;
    const struct plan *plan = o->preset->flat_out ? &c->flat : &c->plan;
    unsigned long repeats = plan->repeats;
    double percent = 100 * o->until_ci;
    bool done;
    if (o->until_ci <= 0 || o->json)
        return;
    char *wide = plan_wide(plan, o->until_ci, &done);
    if (wide[0] == '\0')
        printf("every interval of round trips/s is within +-%.3g %%, after "
               "%lu repeats\n",
               percent, repeats);
    else
        printf("not within +-%.3g %% after %lu repeats: %s; for more: ",
               percent, repeats, wide);
    if (wide[0] != '\0' && !o->preset->resumable)
        printf("a higher --max-repeat\n");
    else if (wide[0] != '\0')
        printf("iomodels %s --resume %s --max-repeat %lu\n", o->preset->command,
               o->output, 2 * repeats);
    free(wide);
}

/* Prints what the folder's records say; no runs are planned for --summary. */
static int cmd_run_finish(const struct cmd_run *c, const char *folder)
{
    const struct plan *const plans[] = {&c->flat, &c->plan};
    bool soak = strcmp(c->options.preset->command, "soak") == 0;
    struct record_set *set = records_load(folder);
    size_t bad = 0, runs = c->flat.count + c->plan.count;
    const bool json = c->options.json;
    if (set == NULL)
        return EXIT_BAD_INPUT;
    const struct table_view view = {json ? TABLE_JSON : TABLE_TEXT,
                                    c->options.wide, c->options.sort};
    char *table = soak                           ? soak_make(set, &bad)
                  : records_are_of(set, "curve") ? curve_make(set, TABLE_TEXT)
                  : records_are_of(set, "book")
                      ? book_make(set, TABLE_TEXT, true)
                      : table_show(set, &view);
    printf("%s", table);
    free(table);
    if (!json)
        printf("\nrecords: %s (%zu)\n", folder, set->count);
    cmd_run_intervals(c);
    for (size_t p = 0; p < 2 && !soak; p++)
        for (size_t i = 0; i < plans[p]->count; i++)
            bad += plans[p]->runs[i].state == PLAN_INVALID;
    if (bad > 0 && soak)
        complain("%zu of %zu runs grew, lost a connection or changed a byte: "
                 "the reasons are below the table",
                 bad, set->count);
    else if (bad > 0)
        complain("%zu of %zu runs are invalid: their reasons are above and in "
                 "the records",
                 bad, runs);
    bool drawn = c->gnuplot == NULL || cmd_run_charts(c, set);
    records_free(set);
    fflush(stdout);
    return bad > 0 ? EXIT_BAD_RUN : drawn ? 0 : EXIT_BAD_INPUT;
}

/* After an interrupt or a stop: what is missing, and how to go on. */
static void cmd_run_missing(const struct cmd_run *c, const char *what)
{
    size_t runs = c->flat.count + plan_total(&c->plan);
    size_t missing = plan_missing(&c->flat) + plan_missing(&c->plan) + runs -
                     c->flat.count - c->plan.count;
    complain("%s: %zu of %zu runs are recorded in %s; %zu are missing", what,
             runs - missing, runs, c->options.output, missing);
    if (c->options.preset->resumable && missing > 0)
        complain("to go on: iomodels %s --resume %s",
                 c->options.preset->command, c->options.output);
}

/* --- the command --------------------------------------------------------- */

/* The rate of the runs that are limited, unless it was given: what a resumed
 * plan had before, else by what was measured flat out. */
static bool cmd_run_rate(struct cmd_run *c)
{
    const struct record_group *slowest = NULL;
    uint64_t *rate = &c->options.config.values.rate;
    struct record_set *set;
    if (!c->options.preset->flat_out || *rate != OPTION_UNSET)
        return true;
    set = records_load(c->options.output);
    if (set == NULL)
        return false;
    *rate = book_rate(set, &slowest);
    if (slowest != NULL)
        complain("limited rate: %s bytes/s, half of what %s, the slowest, "
                 "carried flat out with %s connections",
                 NUMBER_SHOWN((double)*rate), slowest->model,
                 NUMBER_SHOWN(slowest->connections));
    records_free(set);
    return true;
}

static struct suite cmd_run_suite(struct cmd_run *c, bool flat)
{
    const struct options *o = &c->options;
    /* Flat out a connection sends again once its echo is back: an unlimited
     * stream would only fill the buffers between the two ends. */
    if (flat) {
        struct option_values *v = &c->flat_config.values;
        c->flat_config = o->config;
        v->pattern = "echo";
        v->rate = OPTION_UNSET;
        v->duration_us /= 2;
        snprintf(c->flat_id, sizeof c->flat_id, "%s-flat", o->id);
    }
    return (struct suite){
        .version = IOMODELS_VERSION,
        .command = o->preset->command,
        .again = o->preset->resumable ? 2 : 0,
        .adds_threads =
            o->preset->resumable && o->config.values.threads == OPTION_UNSET,
        .id = flat ? c->flat_id : o->id,
        .folder = o->output,
        .config = flat ? &c->flat_config : &o->config,
        .plan = flat ? &c->flat : &c->plan,
        .until_ci = o->preset->flat_out && !flat ? 0 : o->until_ci,
        .repeats_max = (uint32_t)o->max_repeat};
}

static int cmd_run_runs(struct cmd_run *c)
{
    const struct options *o = &c->options;
    enum run_end end = RUN_DONE;
    if (o->resume == NULL && !cmd_run_begin(c))
        return EXIT_BAD_INPUT;
    struct suite suites[] = {cmd_run_suite(c, true), cmd_run_suite(c, false)};
    const int first = o->preset->flat_out ? 0 : 1;
    for (int i = first; i < 2 && o->resume != NULL; i++)
        if (!suite_resume(&suites[i]))
            return EXIT_BAD_INPUT;
    interrupt_catch(true);
    for (int i = first; i < 2 && end == RUN_DONE; i++) {
        if (i == 1 && !cmd_run_rate(c))
            return EXIT_BAD_INPUT;
        end = suite_run(&suites[i]);
    }
    if (end == RUN_DONE)
        return cmd_run_finish(c, o->output);
    if (end == RUN_INTERRUPTED) {
        cmd_run_missing(c, "interrupted");
        return EXIT_INTERRUPTED;
    }
    if (!o->preset->resumable)
        return EXIT_BAD_INPUT;
    if (plan_missing(&c->flat) + plan_missing(&c->plan) <
        c->flat.count + c->plan.count) {
        cmd_run_missing(c, "stopped");
    } else { /* nothing was begun */
        plan_file_delete(o->output);
        skipped_delete(o->output);
    }
    return EXIT_BAD_INPUT;
}

static int cmd_run_go(struct cmd_run *c)
{
    struct options *o = &c->options;
    if (o->summary != NULL)
        return cmd_run_finish(c, o->summary);
    clock_stamp(c->now);
    snprintf(c->folder, sizeof c->folder, "records/%s-%s", c->now,
             o->preset->command);
    if (o->resume != NULL)
        o->output = o->resume;
    else if (o->output == NULL)
        o->output = c->folder;
    return cmd_run_preflight(c) ? cmd_run_runs(c) : EXIT_BAD_INPUT;
}

int cmd_run(int argc, char **argv)
{
    struct cmd_run *c = calloc_or_die(1, sizeof *c);
    enum args_result parsed = options_parse(&c->options, argc, argv);
    int code = parsed == ARGS_HELP ? 0 : EXIT_BAD_INPUT;
    if (parsed == ARGS_GO)
        code = cmd_run_go(c);
    plan_free(&c->plan);
    plan_free(&c->flat);
    cJSON_Delete(c->skipped);
    cJSON_Delete(c->options.plan);
    free(c->gnuplot);
    free(c);
    return code;
}
