/* Compares a candidate's records with a baseline's.
 *
 * Each model and tier that both sets measured with the same options is compared
 * in each metric by the ratio of medians, candidate / baseline. A regression
 * meets both conditions:
 *
 * - the whole 95 % bootstrap interval of the ratio lies beyond the threshold,
 *   so the change is large enough to matter;
 * - the one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney)
 *   is at most CHECK_FAMILY_CHANCE / comparisons, so the change is not noise.
 *
 * The second condition bounds the false alarms of all comparisons together: two
 * sets from one program give one in at most one check of a hundred, whatever
 * the distribution of the noise. It needs enough runs for such a p value: 6 a
 * side for the four metrics of one model at one tier, 8 for eight models at
 * three tiers. Below CHECK_RUNS_MIN runs a side there is no useful interval:
 * the extremes bound the bootstrap's medians, and hold the true median in 87 %
 * of cases with four values and in 94 % with five. */
#ifndef IOMODELS_CHECK_H
#define IOMODELS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "results/record_set.h"

enum { CHECK_RUNS_MIN = 5 };
#define CHECK_FAMILY_CHANCE 0.01

enum check_metric {
    CHECK_THROUGHPUT,
    CHECK_P50,
    CHECK_P99,
    CHECK_CPU,
    CHECK_METRICS
};

struct check_metric_info {
    const char *name;    /* on the command line: "throughput" */
    const char *column;  /* in CSV and JSON: "round_trips_per_s" */
    const char *heading; /* with the unit */
    const char *pointer; /* into a record */
    double scale;        /* from the record's unit to the heading's */
    int decimals;
    bool more_is_better;
};
extern const struct check_metric_info check_metrics[CHECK_METRICS];

struct check_options {
    double threshold; /* 0.05: 5 % */
    bool metric[CHECK_METRICS];
    uint64_t seed; /* of the resampling */
};

enum check_verdict {
    CHECK_REGRESSION,
    CHECK_POSSIBLE,     /* beyond the threshold, but the p value is too large */
    CHECK_INCONCLUSIVE, /* the interval reaches beyond the threshold */
    CHECK_NO_CHANGE,    /* no regression beyond the threshold */
    CHECK_IMPROVEMENT,
    CHECK_INSUFFICIENT /* too few runs or a value of zero, see why */
};

struct check_comparison {
    const struct record_group *baseline, *candidate;
    enum check_metric metric;
    size_t baseline_runs, candidate_runs;     /* valid, with a value */
    double baseline_median, candidate_median; /* in the record's unit */
    double ratio, low, high;                  /* candidate / baseline */
    double p_worse, p_better;                 /* one-sided */
    enum check_verdict verdict;
    char *why; /* of CHECK_INSUFFICIENT, else NULL */
};

struct check {
    struct check_options options;
    size_t count; /* of comparisons, by the baseline's groups, then metrics */
    struct check_comparison *comparisons;
    double p_limit;     /* the largest p value that is significant */
    size_t short_of;    /* comparisons with too few runs to reach it */
    size_t runs_needed; /* a side, for all to reach it; 0 when all do */
    size_t note_count;
    char **notes; /* on how far the result can be trusted */
};

/* NULL when no model and tier was measured with the same options in both:
 * *why says so, to free. The sets must outlive the check. */
struct check *check_make(const struct record_set *baseline,
                         const struct record_set *candidate,
                         const struct check_options *options, char **why);
void check_free(struct check *check);

size_t check_count(const struct check *check, enum check_verdict verdict);

enum check_format { CHECK_TEXT, CHECK_MARKDOWN, CHECK_JSON };

/* `baseline` and `candidate` name the sets. UTF-8, to free. */
char *check_print(const struct check *check, enum check_format format,
                  const char *baseline, const char *candidate);

/* Between check.c, which compares, and check_print.c, which prints.
 *
 * The group of `set` that was measured with the options of `group`, on the same
 * machine if there is one; or NULL. */
const struct record_group *check_partner(const struct record_set *set,
                                         const struct record_group *group);

/* Fills check->notes. */
void check_notes(struct check *check, const struct record_set *baseline,
                 const struct record_set *candidate);

/* Why there is nothing to compare, to free. */
char *check_nothing(const struct record_set *baseline,
                    const struct record_set *candidate);

#endif
