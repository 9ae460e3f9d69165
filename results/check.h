/* Compares a candidate's records with a baseline's: each model and tier that
 * both sets measured with the same options, in each metric, by the ratio of
 * medians, candidate / baseline. A regression meets both conditions:
 *
 * - the whole 95 % bootstrap interval of the ratio lies beyond the threshold,
 *   so the change is large enough to matter;
 * - the one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney)
 *   is at most CHECK_FAMILY_CHANCE / comparisons, so the change is not noise.
 *
 * The second bounds the false alarms of all comparisons together, whatever the
 * distribution of the noise: two sets from one program give one in at most one
 * check of a hundred. It needs 6 runs a side for the four metrics of one model
 * at one tier, 8 for eight models at three tiers. With fewer than
 * CHECK_RUNS_MIN runs a side the bootstrap has no useful interval. */
#ifndef IOMODELS_CHECK_H
#define IOMODELS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "results/figures.h"
#include "results/record_set.h"

enum { CHECK_RUNS_MIN = 5, CHECK_METRICS_MAX = 31 };
#define CHECK_FAMILY_CHANCE 0.01

struct check_options {
    double threshold; /* 0.05: 5 % */
    uint64_t seed;    /* of the resampling */
    uint32_t metrics; /* bit N: figure_check(N) */
};

enum check_verdict {
    CHECK_REGRESSION,
    CHECK_POSSIBLE,     /* beyond the threshold, but the p value is too large */
    CHECK_INCONCLUSIVE, /* the interval reaches beyond the threshold */
    CHECK_NO_CHANGE,    /* no regression beyond the threshold */
    CHECK_IMPROVEMENT,
    CHECK_INSUFFICIENT, /* too few runs or a value of zero, see why */
    CHECK_VERDICTS
};

struct check_side {
    const struct record_group *group;
    size_t runs;   /* valid, with a value */
    double median; /* of them, in the record's unit */
};

struct check_comparison {
    struct check_side side[2]; /* baseline, candidate */
    const struct figure *metric;
    double ratio, low, high;  /* candidate / baseline */
    double p_worse, p_better; /* one-sided */
    enum check_verdict verdict;
    char *why; /* of CHECK_INSUFFICIENT, else NULL */
};

struct check {
    struct check_options options;
    size_t count; /* of comparisons, by the baseline's groups, then metrics */
    struct check_comparison *comparisons;
    size_t verdicts[CHECK_VERDICTS]; /* how many have it */
    double p_limit;     /* the largest p value that is significant */
    size_t short_of;    /* comparisons with too few runs to reach it */
    size_t runs_needed; /* a side, for all to reach it; 0 when all do */
    cJSON *notes;       /* texts: how far the result can be trusted */
};

/* Of the baseline's and the candidate's records, which must outlive the check;
 * NULL after one line to standard error: no model and tier was measured with
 * the same options in both. */
struct check *check_make(const struct record_set *const sets[2],
                         const struct check_options *options);
void check_free(struct check *check);

enum check_format { CHECK_TEXT, CHECK_MARKDOWN, CHECK_JSON };

/* `names` are those of the sets. UTF-8, to free. */
char *check_print(const struct check *check, enum check_format format,
                  const char *const names[2]);

#endif
