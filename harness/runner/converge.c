#include "runner/converge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/stats.h"
#include "common/text.h"

enum { CONVERGE_SEED = 63 };

/* Half the interval's width / the median, over the valid runs of a cell's
 * model and tier; *count says how many these are. */
static double converge_width(const struct plan *plan,
                             const struct plan_run *cell, size_t *count)
{
    double *rates = calloc(plan->count + 1, sizeof *rates);
    double width = (double)INFINITY; /* a float by its macro */
    if (rates == NULL)
        die("calloc");
    *count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        if (run->state == PLAN_VALID && run->rate > 0 &&
            run->connections == cell->connections &&
            strcmp(run->model, cell->model) == 0)
            rates[(*count)++] = run->rate;
    }
    if (*count >= CONVERGE_RUNS_MIN) {
        struct stats_interval interval =
            stats_bootstrap(rates, *count, CONVERGE_SEED);
        width =
            (interval.high - interval.low) / 2 / stats_median(rates, *count);
    }
    free(rates);
    return width;
}

/* What gave not one valid run is not waited for. */
char *converge_list(const struct plan *plan, double share, bool *done)
{
    struct text list = {0};
    *done = plan_missing(plan) == 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_run *run = &plan->runs[i];
        size_t count;
        char connections[32];
        if (run->repeat != 1)
            continue;
        double width = converge_width(plan, run, &count);
        if (width <= share)
            continue;
        if (count > 0 || plan->repeats < CONVERGE_RUNS_MIN)
            *done = false;
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

bool converge_done(const struct plan *plan, double share)
{
    bool done;
    free(converge_list(plan, share, &done));
    return done;
}
