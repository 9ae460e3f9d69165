#include "cli/conclude.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "plots/plot.h"
#include "results/book.h"
#include "results/record_set.h"
#include "results/table.h"
#include "runner/plan.h"
#include "runner/platform.h"

void conclude_time(char text[CONCLUDE_TIME_SIZE])
{
    char iso[CLOCK_ISO_SIZE];
    size_t length = 0;
    clock_iso(iso);
    for (size_t i = 0; iso[i] != '\0'; i++)
        if (strchr("-:.", iso[i]) == NULL)
            text[length++] = iso[i];
    text[length] = '\0';
}

void conclude_id(char id[CONCLUDE_ID_SIZE], const char *now, uint64_t seed)
{
    struct random r = {seed ^ (uint64_t)clock_ns()};
    snprintf(id, CONCLUDE_ID_SIZE, "%s-%016" PRIx64, now, random_next(&r));
}

void conclude_plan(struct options *o, struct plan *plan)
{
    if (o->seed == OPTION_UNSET) {
        struct random r = {platform_seed()};
        o->seed = random_next(&r) >> 11; /* exact in JSON */
    }
    plan_make(plan, o->models, o->connections, o->tiers, (uint32_t)o->repeat,
              o->seed);
    plan->window_s =
        (double)(o->setup.values.duration_us + o->setup.values.warmup_us) / 1e6;
}

static bool conclude_charts(const struct record_set *set, const char *folder,
                            const char *gnuplot)
{
    char *charts = file_join(folder, "charts");
    struct plot_options options = {charts, gnuplot, true, true};
    struct file_names names;
    bool drawn = plot_draw(set, &options);
    if (drawn && file_list(charts, ".png", &names) == 0) {
        for (size_t i = 0; i < names.count; i++)
            printf("%s%s/%s\n", i == 0 ? "charts:  " : "         ", charts,
                   names.name[i]);
        file_names_free(&names);
    }
    free(charts);
    return drawn;
}

static int conclude_code(const struct plan *plan)
{
    size_t invalid = 0;
    for (size_t i = 0; i < plan->count; i++)
        invalid += plan->runs[i].state == PLAN_INVALID;
    if (invalid > 0)
        complain("%zu of %zu runs are invalid: their reasons are above and in "
                 "the records",
                 invalid, plan->count);
    return invalid > 0 ? EXIT_BAD_RUN : 0;
}

static void conclude_intervals(const struct suite *suite)
{
    const struct plan *plan = suite->plan;
    double percent = 100 * suite->until_ci;
    if (suite->until_ci <= 0)
        return;
    bool done;
    char *wide = plan_wide(plan, suite->until_ci, &done);
    if (wide[0] == '\0')
        printf("every interval of round trips/s is within +-%.3g %%, after "
               "%lu repeats\n",
               percent, (unsigned long)plan->repeats);
    else
        printf("not within +-%.3g %% after %lu repeats: %s; for more: ",
               percent, (unsigned long)plan->repeats, wide);
    if (wide[0] != '\0' && strcmp(suite->command, "run") == 0)
        printf("a higher --max-repeat\n"); /* it cannot be resumed */
    else if (wide[0] != '\0')
        printf("iomodels %s --resume %s --max-repeat %lu\n", suite->command,
               suite->folder, 2 * (unsigned long)plan->repeats);
    free(wide);
}

int conclude(const struct suite *suite, const char *gnuplot)
{
    struct record_set *set = records_load(suite->folder);
    if (set == NULL)
        return EXIT_BAD_INPUT;
    char *table =
        book_is(set) ? book_make(set, TABLE_TEXT) : table_make(set, TABLE_TEXT);
    printf("%s\nrecords: %s (%zu)\n", table, suite->folder, set->count);
    free(table);
    conclude_intervals(suite);
    int code = conclude_code(suite->plan);
    bool drawn =
        gnuplot == NULL || conclude_charts(set, suite->folder, gnuplot);
    if (!drawn && code == 0)
        code = EXIT_BAD_INPUT;
    records_free(set);
    fflush(stdout);
    return code;
}

/* "select 100, 4,000; iocp 100" */
static char *conclude_list(const struct plan *plan)
{
    char *text = calloc_or_die(plan->count + 1, 96);
    const char *model = NULL;
    char *to = text;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        char connections[32];
        if (run->state != PLAN_MISSING)
            continue;
        number_show_count(run->connections, connections, sizeof connections);
        if (model == run->model)
            to += snprintf(to, 96, ", %s", connections);
        else
            to += snprintf(to, 96, "%s%s %s", model != NULL ? "; " : "",
                           run->model, connections);
        model = run->model;
    }
    return text;
}

void conclude_missing(const struct suite *suite, const char *what, bool resume)
{
    const struct plan *plan = suite->plan;
    size_t missing = plan_missing(plan);
    char *list = conclude_list(plan);
    complain("%s: %zu of %zu runs are recorded in %s; %zu are missing (model "
             "and connections): %s",
             what, plan->count - missing, plan->count, suite->folder, missing,
             list);
    free(list);
    if (resume && missing > 0)
        complain("to go on: iomodels %s --resume %s", suite->command,
                 suite->folder);
}
