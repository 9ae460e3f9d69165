#include "runner/converge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/stats.h"
#include "common/text.h"

enum { CONVERGE_SEED = 63 };

static size_t converge_rates(const struct plan *plan, const char *model,
                             uint32_t connections, double *rates)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        if (run->state == PLAN_VALID && run->rate > 0 &&
            run->connections == connections && strcmp(run->model, model) == 0)
            rates[count++] = run->rate;
    }
    return count;
}

/* Also says how many runs there are to go by. */
static double converge_measure(const struct plan *plan, const char *model,
                               uint32_t connections, size_t *count)
{
    double *rates = calloc(plan->count + 1, sizeof *rates);
    double width = (double)INFINITY; /* a float by its macro */
    if (rates == NULL)
        die("calloc");
    *count = converge_rates(plan, model, connections, rates);
    if (*count >= CONVERGE_RUNS_MIN) {
        struct stats_interval interval =
            stats_bootstrap(rates, *count, CONVERGE_SEED);
        width =
            (interval.high - interval.low) / 2 / stats_median(rates, *count);
    }
    free(rates);
    return width;
}

double converge_width(const struct plan *plan, const char *model,
                      uint32_t connections)
{
    size_t count;
    return converge_measure(plan, model, connections, &count);
}

bool converge_done(const struct plan *plan, double share)
{
    if (plan_missing(plan) > 0)
        return false;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        size_t count;
        if (run->repeat == 1 &&
            converge_measure(plan, run->model, run->connections, &count) >
                share &&
            (count > 0 || plan->repeats < CONVERGE_RUNS_MIN))
            return false;
    }
    return true;
}

char *converge_list(const struct plan *plan, double share)
{
    struct text list = {0};
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        size_t count;
        char connections[32];
        if (run->repeat != 1)
            continue;
        double width =
            converge_measure(plan, run->model, run->connections, &count);
        if (width <= share)
            continue;
        text_add(&list, "%s%s %s ", list.length > 0 ? ", " : "", run->model,
                 number_show_count(run->connections, connections,
                                   sizeof connections));
        if (count >= CONVERGE_RUNS_MIN)
            text_add(&list, "(%.1f %%)", 100 * width);
        else
            text_add(&list, "(%zu valid runs)", count);
    }
    return text_take(&list);
}
