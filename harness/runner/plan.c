#include "runner/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "common/text.h"
#include "results/stats.h"

enum { PLAN_SEED = 63 /* of the intervals */ };

static void plan_shuffle(struct plan_run *runs, size_t count, struct random *r)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)random_below(r, i);
        struct plan_run kept = runs[i - 1];
        runs[i - 1] = runs[j];
        runs[j] = kept;
    }
}

void plan_make(struct plan *plan, const char *const *models,
               const uint32_t *connections, size_t tiers, uint32_t repeats,
               uint64_t seed)
{
    size_t model_count = 0;
    while (models[model_count] != NULL)
        model_count++;
    size_t round = model_count * tiers;
    struct random r = {seed};
    *plan = (struct plan){
        .seed = seed, .repeats = repeats, .count = round * repeats};
    plan->runs = calloc_or_die(plan->count, sizeof *plan->runs);
    for (uint32_t repeat = 0; repeat < repeats; repeat++) {
        struct plan_run *runs = plan->runs + repeat * round;
        for (size_t i = 0; i < round; i++) {
            runs[i].model = models[i / tiers];
            runs[i].connections = connections[i % tiers];
            runs[i].repeat = repeat + 1;
        }
        plan_shuffle(runs, round, &r);
    }
}

void plan_extend(struct plan *plan)
{
    size_t round = 0;
    for (size_t i = 0; i < plan->count; i++)
        round += plan->runs[i].repeat == 1;
    plan->runs =
        realloc(plan->runs, (plan->count + round + 1) * sizeof *plan->runs);
    if (plan->runs == NULL)
        die("realloc");
    struct plan_run *added = plan->runs + plan->count;
    struct random r = {plan->seed ^
                       (plan->repeats + 1) * UINT64_C(0xBF58476D1CE4E5B9)};
    plan->repeats++;
    for (size_t i = 0, at = 0; i < plan->count; i++)
        if (plan->runs[i].repeat == 1)
            added[at++] =
                (struct plan_run){.model = plan->runs[i].model,
                                  .connections = plan->runs[i].connections,
                                  .repeat = plan->repeats};
    plan_shuffle(added, round, &r);
    plan->count += round;
}

void plan_free(struct plan *plan)
{
    free(plan->runs);
    plan->runs = NULL;
    plan->count = 0;
}

void plan_drop(struct plan *plan,
               bool (*drop)(void *arg, const struct plan_run *run), void *arg)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (!drop(arg, &plan->runs[i]))
            plan->runs[kept++] = plan->runs[i];
    plan->count = kept;
}

size_t plan_missing(const struct plan *plan)
{
    size_t missing = 0;
    for (size_t i = 0; i < plan->count; i++)
        missing += plan->runs[i].state == PLAN_MISSING;
    return missing;
}

uint64_t plan_run_seed(const struct plan *plan, size_t index)
{
    struct random r = {plan->seed ^ (index + 1) * UINT64_C(0x9E3779B97F4A7C15)};
    return random_next(&r) >> 11;
}

/* A first guess: start and end of two programs, and connecting at the pace of
 * a slow machine. It only has to be right in proportion. */
static double plan_guess(const struct plan *plan, const struct plan_run *run)
{
    return plan->window_s + 1.5 + run->connections / 1500.0;
}

double plan_left(const struct plan *plan)
{
    double took = 0, guessed = 0, left = 0;
    for (size_t i = 0; i < plan->count; i++) {
        double guess = plan_guess(plan, &plan->runs[i]);
        if (plan->runs[i].state == PLAN_MISSING) {
            left += guess;
        } else if (plan->runs[i].seconds > 0) {
            took += plan->runs[i].seconds;
            guessed += guess;
        }
    }
    return guessed > 0 ? left * took / guessed : left;
}

/* Half the interval's width / the median, over the valid runs of a cell's
 * model and tier; *count says how many these are. */
static double plan_width(const struct plan *plan, const struct plan_run *cell,
                         size_t *count)
{
    double *rates = calloc_or_die(plan->count + 1, sizeof *rates);
    double width = (double)INFINITY; /* a float by its macro */
    *count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        if (run->state == PLAN_VALID && run->rate > 0 &&
            run->connections == cell->connections &&
            strcmp(run->model, cell->model) == 0)
            rates[(*count)++] = run->rate;
    }
    if (*count >= PLAN_RUNS_MIN) {
        struct stats_interval interval =
            stats_bootstrap(rates, *count, PLAN_SEED);
        width =
            (interval.high - interval.low) / 2 / stats_median(rates, *count);
    }
    free(rates);
    return width;
}

/* What gave not one valid run is not waited for. */
char *plan_wide(const struct plan *plan, double share, bool *done)
{
    struct text list = {0};
    *done = plan_missing(plan) == 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        size_t count;
        char connections[32];
        if (run->repeat != 1)
            continue;
        double width = plan_width(plan, run, &count);
        if (width <= share)
            continue;
        if (count > 0 || plan->repeats < PLAN_RUNS_MIN)
            *done = false;
        text_add(&list, "%s%s %s ", list.length > 0 ? ", " : "", run->model,
                 number_show_count(run->connections, connections,
                                   sizeof connections));
        if (count >= PLAN_RUNS_MIN)
            text_add(&list, "(%.1f %%)", 100 * width);
        else
            text_add(&list, "(%zu valid runs)", count);
    }
    return text_take(&list);
}

bool plan_converged(const struct plan *plan, double share)
{
    bool done;
    free(plan_wide(plan, share, &done));
    return done;
}
