#include "runner/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "common/text.h"
#include "results/curve.h"
#include "results/skipped.h"
#include "results/summary.h"

/* Puts the last runs, which are a round, into its order. */
static void plan_shuffle(struct plan *plan, size_t round)
{
    struct plan_run *runs = plan->runs + plan->count - round;
    if (round == 0)
        return;
    struct random r = {plan->seed ^
                       plan->count / round * UINT64_C(0xBF58476D1CE4E5B9)};
    for (size_t i = round; i > 1; i--) {
        size_t j = (size_t)random_below(&r, i);
        struct plan_run kept = runs[i - 1];
        runs[i - 1] = runs[j];
        runs[j] = kept;
    }
}

void plan_make(struct plan *plan, const char *const *models,
               const uint32_t *connections, size_t tiers, uint32_t repeats,
               uint64_t seed, const cJSON *skipped)
{
    size_t count = 0;
    while (models[count] != NULL)
        count++;
    *plan = (struct plan){.seed = seed, .repeats = 1};
    plan->runs = calloc_or_die(count * tiers + 1, sizeof *plan->runs);
    for (size_t i = 0; i < count * tiers; i++) {
        struct plan_run run = {.model = models[i / tiers],
                               .connections = connections[i % tiers],
                               .repeat = 1};
        if (!skipped_covers(skipped, run.model, run.connections))
            plan->runs[plan->count++] = run;
    }
    plan_shuffle(plan, plan->count);
    while (plan->repeats < repeats)
        plan_extend(plan);
}

static void plan_grow(struct plan *plan, size_t round)
{
    plan->runs =
        realloc(plan->runs, (plan->count + round + 1) * sizeof *plan->runs);
    if (plan->runs == NULL)
        die("realloc");
}

void plan_extend(struct plan *plan)
{
    size_t round = plan->count / plan->repeats;
    plan_grow(plan, round);
    plan->repeats++;
    for (size_t i = 0; i < round; i++)
        plan->runs[plan->count++] =
            (struct plan_run){.model = plan->runs[i].model,
                              .connections = plan->runs[i].connections,
                              .repeat = plan->repeats};
    plan_shuffle(plan, round);
}

/* How many models a curve has: their first runs are flat out. */
static size_t plan_models(const struct plan *plan)
{
    size_t models = 0;
    while (models < plan->count && plan->runs[models].offered == 0)
        models++;
    return models;
}

/* What is known of a curve's model. */
static size_t plan_points(const struct plan *plan, const char *model,
                          struct curve_point *points)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        if (strcmp(run->model, model) == 0)
            points[count++] =
                (struct curve_point){run->offered, run->rate, run->latency_us,
                                     run->state != PLAN_VALID};
    }
    return count;
}

bool plan_search(struct plan *plan, double bound_us)
{
    size_t models = plan_models(plan), known = plan->count;
    struct curve_point *points = calloc_or_die(known + 1, sizeof *points);
    plan_grow(plan, models);
    for (size_t i = 0; i < models; i++) {
        struct plan_run run = {.model = plan->runs[i].model,
                               .connections = plan->runs[i].connections,
                               .repeat = 1};
        size_t count = plan_points(plan, run.model, points);
        run.offered = curve_next(points, count, plan->points, bound_us);
        if (run.offered > 0)
            plan->runs[plan->count++] = run;
    }
    free(points);
    plan_shuffle(plan, plan->count - known);
    return plan->count > known;
}

struct plan_run *plan_place(struct plan *plan, size_t place)
{
    const struct plan_run empty = {
        .model = "", .state = PLAN_VALID, .repeat = 1, .offered = -1};
    while (place > plan->count) {
        plan_grow(plan, 1);
        plan->runs[plan->count++] = empty;
    }
    return &plan->runs[place - 1];
}

size_t plan_total(const struct plan *plan)
{
    size_t curve =
        plan->points > 0 ? plan_models(plan) * (plan->points + 1) : 0;
    return curve > plan->count ? curve : plan->count;
}

void plan_free(struct plan *plan)
{
    free(plan->runs);
    *plan = (struct plan){0};
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
    for (size_t i = 0; i < plan_total(plan); i++) {
        const struct plan_run *run = &plan->runs[i < plan->count ? i : 0];
        double guess = plan_guess(plan, run);
        if (i >= plan->count || run->state == PLAN_MISSING) {
            left += guess;
        } else if (run->seconds > 0) {
            took += run->seconds;
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
        struct summary rate = summary_of_values(rates, *count);
        width = (rate.high - rate.low) / 2 / rate.median;
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
        if (run->repeat != 1)
            continue;
        double width = plan_width(plan, run, &count);
        if (width <= share)
            continue;
        if (count > 0 || plan->repeats < PLAN_RUNS_MIN)
            *done = false;
        text_add(&list, "%s%s %s ", list.length > 0 ? ", " : "", run->model,
                 NUMBER_SHOWN(run->connections));
        if (count >= PLAN_RUNS_MIN)
            text_add(&list, "(%.1f %%)", 100 * width);
        else
            text_add(&list, "(%zu valid runs)", count);
    }
    return text_take(&list);
}
