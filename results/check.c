#include "results/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"
#include "results/summary.h"
#include "results/fields.h"
#include "results/stats.h"
#include "common/text.h"

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

const struct record_group *check_partner(const struct record_set *set,
                                         const struct record_group *group)
{
    const struct record_group *found = NULL;

    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *other = &set->groups[i];

        if (strcmp(other->model, group->model) != 0 ||
            other->connections != group->connections ||
            strcmp(other->asked, group->asked) != 0)
            continue;
        if (strcmp(other->setting, group->setting) == 0)
            return other;
        found = found != NULL ? found : other;
    }
    return found;
}

/* --- one comparison ------------------------------------------------------ */

/* The same resampling whatever else is compared. */
static uint64_t check_seed(uint64_t seed, const struct record_group *group,
                           enum check_metric metric)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325) ^ seed;

    for (const char *at = group->model; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    hash = (hash ^ number_whole(group->connections)) * UINT64_C(0x100000001B3);
    return (hash ^ (uint64_t)metric) * UINT64_C(0x100000001B3);
}

static bool check_has_zero(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] <= 0)
            return true;
    return false;
}

static char *check_too_few(const struct check_comparison *c, const char *why)
{
    return text_make("%zu valid runs in the baseline and %zu in the candidate "
                     "have a value; at least %d a side are needed%s%s%s",
                     c->baseline_runs, c->candidate_runs, CHECK_RUNS_MIN,
                     why != NULL ? " (" : "", why != NULL ? why : "",
                     why != NULL ? ")" : "");
}

static void check_compare(const struct check *check, struct check_comparison *c)
{
    const struct check_metric_info *metric = &check_metrics[c->metric];
    const char *baseline_why, *candidate_why;
    double *baseline = group_values(c->baseline, true, metric->pointer,
                                    &c->baseline_runs, &baseline_why);
    double *candidate = group_values(c->candidate, true, metric->pointer,
                                     &c->candidate_runs, &candidate_why);

    if (c->baseline_runs > 0)
        c->baseline_median = stats_median(baseline, c->baseline_runs);
    if (c->candidate_runs > 0)
        c->candidate_median = stats_median(candidate, c->candidate_runs);
    if (check_has_zero(baseline, c->baseline_runs) ||
        check_has_zero(candidate, c->candidate_runs)) {
        c->why = text_copy("a run has zero, which has no ratio; measure for "
                           "longer");
    } else if (c->baseline_runs < CHECK_RUNS_MIN ||
               c->candidate_runs < CHECK_RUNS_MIN) {
        c->why = check_too_few(c, c->candidate_runs == 0  ? candidate_why
                                  : c->baseline_runs == 0 ? baseline_why
                                                          : NULL);
    } else {
        struct stats_ratio ratio = stats_ratio_of_medians(
            candidate, c->candidate_runs, baseline, c->baseline_runs,
            check_seed(check->options.seed, c->baseline, c->metric));
        double above = stats_p_above(candidate, c->candidate_runs, baseline,
                                     c->baseline_runs);
        double below = stats_p_above(baseline, c->baseline_runs, candidate,
                                     c->candidate_runs);

        c->ratio = ratio.ratio;
        c->low = ratio.low;
        c->high = ratio.high;
        c->p_worse = metric->more_is_better ? below : above;
        c->p_better = metric->more_is_better ? above : below;
    }
    free(baseline);
    free(candidate);
}

/* --- all comparisons together -------------------------------------------- */

/* Bonferroni's limit, and how many comparisons have too few runs for it. */
static void check_limit(struct check *check)
{
    size_t compared = 0;

    for (size_t i = 0; i < check->count; i++)
        compared += check->comparisons[i].why == NULL;
    check->p_limit =
        CHECK_FAMILY_CHANCE / (double)(compared > 0 ? compared : 1);
    for (size_t i = 0; i < check->count; i++) {
        size_t b = check->comparisons[i].baseline_runs;
        size_t c = check->comparisons[i].candidate_runs;

        check->short_of +=
            b > 0 && c > 0 && stats_p_least(b, c) > check->p_limit;
    }
    check->runs_needed = check->short_of > 0 ? CHECK_RUNS_MIN : 0;
    while (check->runs_needed > 0 &&
           stats_p_least(check->runs_needed, check->runs_needed) *
                   (double)check->count >
               CHECK_FAMILY_CHANCE)
        check->runs_needed++;
}

static enum check_verdict check_judge(const struct check *check,
                                      const struct check_comparison *c)
{
    bool more_is_better = check_metrics[c->metric].more_is_better;
    double threshold = check->options.threshold;
    double bad = more_is_better ? 1 - threshold : 1 + threshold;
    double good = more_is_better ? 1 + threshold : 1 - threshold;

    if (c->why != NULL)
        return CHECK_INSUFFICIENT;
    if (more_is_better ? c->high < bad : c->low > bad)
        return c->p_worse <= check->p_limit ? CHECK_REGRESSION : CHECK_POSSIBLE;
    if (more_is_better ? c->low < bad : c->high > bad)
        return CHECK_INCONCLUSIVE;
    if ((more_is_better ? c->low > good : c->high < good) &&
        c->p_better <= check->p_limit)
        return CHECK_IMPROVEMENT;
    return CHECK_NO_CHANGE;
}

struct check *check_make(const struct record_set *baseline,
                         const struct record_set *candidate,
                         const struct check_options *options, char **why)
{
    struct check *check = calloc_or_die(1, sizeof *check);

    check->options = *options;
    check->comparisons = calloc_or_die(
        baseline->group_count * CHECK_METRICS + 1, sizeof *check->comparisons);
    for (size_t i = 0; i < baseline->group_count; i++) {
        const struct record_group *group = &baseline->groups[i];
        const struct record_group *other = check_partner(candidate, group);

        for (int m = 0; m < CHECK_METRICS && other != NULL; m++)
            if (options->metric[m]) {
                struct check_comparison *c =
                    &check->comparisons[check->count++];

                c->baseline = group;
                c->candidate = other;
                c->metric = (enum check_metric)m;
                check_compare(check, c);
            }
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
    check_notes(check, baseline, candidate);
    return check;
}

void check_free(struct check *check)
{
    for (size_t i = 0; i < check->count; i++)
        free(check->comparisons[i].why);
    for (size_t i = 0; i < check->note_count; i++)
        free(check->notes[i]);
    free(check->comparisons);
    free(check->notes);
    free(check);
}

size_t check_count(const struct check *check, enum check_verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < check->count; i++)
        count += check->comparisons[i].verdict == verdict;
    return count;
}
