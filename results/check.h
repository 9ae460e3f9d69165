/* Compares a candidate's records with a baseline's: each model and tier that
 * both sets measured with the same options, in each metric, by the ratio of
 * medians, candidate / baseline. A regression meets both conditions:
 *
 * - the whole 95 % bootstrap interval of the ratio lies beyond the threshold,
 *   so the change is large enough to matter;
 * - the one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney)
 *   is at most 0.01 / comparisons, so the change is not noise.
 *
 * The second bounds the false alarms of all comparisons together, whatever the
 * distribution of the noise: two sets from one program give one in at most one
 * check of a hundred. It needs 6 runs a side for the four metrics of one model
 * at one tier, 8 for eight models at three tiers. With fewer than 5 runs a side
 * the bootstrap has no useful interval. */
#ifndef IOMODELS_CHECK_H
#define IOMODELS_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include "results/record_set.h"

enum check_format { CHECK_TEXT, CHECK_MARKDOWN, CHECK_JSON };

struct check_options {
    double threshold; /* 0.05: 5 % */
    uint64_t seed;    /* of the resampling */
    uint32_t metrics; /* bit N: figure_check(N) */
    enum check_format format;
};

/* The result of the baseline's and the candidate's records as UTF-8, to free;
 * NULL after one line to standard error: no model and tier was measured with
 * the same options in both. `names` are those of the sets. */
char *check_make(const struct record_set *const sets[2],
                 const char *const names[2],
                 const struct check_options *options, bool *regression);

#endif
