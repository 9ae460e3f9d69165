#include "results/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/check_parts.h"
#include "results/figure.h"
#include "results/record.h"
#include "results/stats.h"
#include "results/stats_two.h"
#include "results/text.h"

const struct check_metric_info check_metrics[CHECK_METRICS] = {
    {"throughput", "round_trips_per_s", "round trips/s",
     "/throughput/round_trips_per_s", 1, 0, true},
    {"p50", "latency_p50_us", "p50 ms", "/latency_us/from_send/p50", 0.001, 2,
     false},
    {"p99", "latency_p99_us", "p99 ms", "/latency_us/from_send/p99", 0.001, 2,
     false},
    {"cpu", "cpu_us_per_round_trip_total", "CPU us/round trip",
     "/cpu/per_round_trip_us/total", 1, 1, false},
};

/* --- what is compared with what ------------------------------------------ */

static bool check_alike(const struct record_group *a,
                        const struct record_group *b)
{
    return strcmp(a->model, b->model) == 0 &&
           a->connections == b->connections && strcmp(a->asked, b->asked) == 0;
}

const struct record_group *check_partner(const struct record_set *set,
                                         const struct record_group *group)
{
    const struct record_group *found = NULL;

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *other = &set->groups[i];

        if (!check_alike(other, group))
            continue;
        if (strcmp(other->setting, group->setting) == 0)
            return other;
        found = found != NULL ? found : other;
    }
    return found;
}

/* --- one comparison ------------------------------------------------------ */

/* The values of the valid runs; NULL when one of them is not above zero. */
static double *check_values(const struct record_group *group,
                            const struct check_metric_info *metric,
                            size_t *count)
{
    double *values = calloc(group->count + 1, sizeof *values);
    bool positive = true;

    if (values == NULL)
        die("calloc");
    *count = 0;
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (!cJSON_IsTrue(record_at(record, "/valid")) ||
            !record_number(record, metric->pointer, &values[*count]))
            continue;
        positive = positive && values[*count] > 0;
        ++*count;
    }
    if (positive)
        return values;
    free(values);
    return NULL;
}

/* The same resampling whatever else is compared beside it. */
static uint64_t check_seed(uint64_t seed, const struct record_group *group,
                           enum check_metric metric)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ seed;

    for (const char *at = group->model; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    hash = (hash ^ number_whole(group->connections)) * UINT64_C(0x100000001B3);
    return (hash ^ (uint64_t)metric) * UINT64_C(0x100000001B3);
}

static void check_measure(struct check_comparison *c, const double *baseline,
                          const double *candidate, uint64_t seed)
{
    struct stats_ratio ratio = stats_ratio_of_medians(
        candidate, c->candidate_runs, baseline, c->baseline_runs, seed);
    double above = stats_chance_above(candidate, c->candidate_runs, baseline,
                                      c->baseline_runs);
    double below = stats_chance_above(baseline, c->baseline_runs, candidate,
                                      c->candidate_runs);
    bool more_is_better = check_metrics[c->metric].more_is_better;

    c->ratio = ratio.ratio;
    c->low = ratio.low;
    c->high = ratio.high;
    c->chance_worse = more_is_better ? below : above;
    c->chance_better = more_is_better ? above : below;
}

static void check_too_few(struct check_comparison *c)
{
    struct text why = {0};
    struct figure known =
        figure_of_runs(c->candidate_runs == 0 ? c->candidate : c->baseline,
                       true, check_metrics[c->metric].pointer, 1);

    text_add(&why,
             "%lu valid runs in the baseline and %lu in the candidate have a "
             "value; at least %d a side are needed",
             (unsigned long)c->baseline_runs, (unsigned long)c->candidate_runs,
             CHECK_RUNS_MIN);
    if (known.count == 0 && known.why != NULL)
        text_add(&why, " (%s)", known.why);
    c->why = text_take(&why);
}

static void check_compare(struct check *check, struct check_comparison *c)
{
    const struct check_metric_info *metric = &check_metrics[c->metric];
    double *baseline = check_values(c->baseline, metric, &c->baseline_runs);
    double *candidate = check_values(c->candidate, metric, &c->candidate_runs);

    c->verdict = CHECK_UNDECIDED;
    if (baseline != NULL)
        c->baseline_median = stats_median(baseline, c->baseline_runs);
    if (candidate != NULL)
        c->candidate_median = stats_median(candidate, c->candidate_runs);
    if (baseline == NULL || candidate == NULL) {
        c->why = text_copy("a run has zero, which has no ratio; measure for "
                           "longer");
    } else if (c->baseline_runs < CHECK_RUNS_MIN ||
               c->candidate_runs < CHECK_RUNS_MIN) {
        check_too_few(c);
    } else {
        check_measure(c, baseline, candidate,
                      check_seed(check->options.seed, c->baseline, c->metric));
        c->verdict = CHECK_UNCLEAR;
    }
    free(baseline);
    free(candidate);
}

/* --- all together -------------------------------------------------------- */

static double check_least(const struct check_comparison *c)
{
    return stats_chance_least(c->baseline_runs, c->candidate_runs);
}

/* The comparisons that can come below the limit at all. */
static size_t check_able(const struct check *check)
{
    size_t able = 0;

    for (size_t i = 0; i < check->count; i++)
        able += check->comparisons[i].why == NULL &&
                check_least(&check->comparisons[i]) <= check->chance_limit;
    return able;
}

/* Bonferroni's limit, over the comparisons that can come below it: the others
 * have too few runs to give a false alarm (Tarone 1990). */
static void check_limit(struct check *check)
{
    size_t share = 0, able, measured = 0;

    do {
        check->chance_limit = CHECK_FAMILY_CHANCE / (double)++share;
        able = check_able(check);
    } while (able > share);
    for (size_t i = 0; i < check->count; i++)
        measured += check->comparisons[i].baseline_runs > 0 &&
                    check->comparisons[i].candidate_runs > 0;
    check->short_of = measured - able;
    if (check->short_of == 0)
        return;
    check->runs_needed = CHECK_RUNS_MIN;
    while (stats_chance_least(check->runs_needed, check->runs_needed) *
               (double)check->count >
           CHECK_FAMILY_CHANCE)
        check->runs_needed++;
}

static enum check_verdict check_judge(const struct check *check,
                                      const struct check_comparison *c)
{
    bool more_is_better = check_metrics[c->metric].more_is_better;
    double bad = more_is_better ? 1 - check->options.threshold
                                : 1 + check->options.threshold;
    double good = more_is_better ? 1 + check->options.threshold
                                 : 1 - check->options.threshold;

    if (c->why != NULL)
        return CHECK_UNDECIDED;
    if (more_is_better ? c->high < bad : c->low > bad)
        return c->chance_worse <= check->chance_limit ? CHECK_WORSE
                                                      : CHECK_SUSPECT;
    if (more_is_better ? c->low < bad : c->high > bad)
        return CHECK_UNCLEAR;
    if ((more_is_better ? c->low > good : c->high < good) &&
        c->chance_better <= check->chance_limit)
        return CHECK_BETTER;
    return CHECK_WITHIN;
}

static void check_add(struct check *check, const struct record_group *baseline,
                      const struct record_group *candidate)
{
    for (int metric = 0; metric < CHECK_METRICS; metric++) {
        struct check_comparison *c = &check->comparisons[check->count];

        if (!check->options.metric[metric])
            continue;
        c->baseline = baseline;
        c->candidate = candidate;
        c->metric = (enum check_metric)metric;
        check_compare(check, c);
        check->count++;
    }
}

struct check *check_make(const struct record_set *baseline,
                         const struct record_set *candidate,
                         const struct check_options *options, char **why)
{
    struct check *check = calloc(1, sizeof *check);

    if (check == NULL)
        die("calloc");
    check->options = *options;
    check->comparisons = calloc(baseline->group_count * CHECK_METRICS + 1,
                                sizeof *check->comparisons);
    if (check->comparisons == NULL)
        die("calloc");
    for (size_t i = 0; i < baseline->group_count; i++) {
        const struct record_group *group = &baseline->groups[i];
        const struct record_group *other = check_partner(candidate, group);

        if (other != NULL)
            check_add(check, group, other);
    }
    if (check->count == 0) {
        *why = check_nothing(baseline, candidate);
        check_free(check);
        return NULL;
    }
    check_limit(check);
    for (size_t i = 0; i < check->count; i++)
        check->comparisons[i].verdict =
            check_judge(check, &check->comparisons[i]);
    check_cautions(check, baseline, candidate);
    return check;
}

void check_free(struct check *check)
{
    for (size_t i = 0; i < check->count; i++)
        free(check->comparisons[i].why);
    for (size_t i = 0; i < check->caution_count; i++)
        free(check->cautions[i]);
    free(check->comparisons);
    free(check->cautions);
    free(check);
}

size_t check_count(const struct check *check, enum check_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < check->count; i++)
        count += check->comparisons[i].verdict == verdict;
    return count;
}
