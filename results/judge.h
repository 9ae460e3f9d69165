/* The judge of the laboratory: what measurements say of a claim. Pure. */
#ifndef IOMODELS_JUDGE_H
#define IOMODELS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include "results/stats.h"

/* Pairs of measurements, adjacent in time and in the order A B, B A, A B, ...
 * (so that a drift of the machine falls on both sides alike), as the ratio of
 * the two. Nothing is assumed of how ratios scatter but that they do so alike
 * on both sides of the true one, as logarithms: the test counts all changes of
 * their signs, and the interval holds the ratios that this test does not rule
 * out. */
struct paired {
    size_t pairs;     /* with two values above zero */
    double ratio;     /* the geometric mean */
    double low, high; /* its interval; 0 and INFINITY with too few pairs */
    double p;         /* two-sided: that the true ratio is 1 */
    double spread;    /* standard deviation of the ratios' logarithms */
};

/* The true ratio lies below the interval, or above it, with a chance of at most
 * JUDGE_PERCENT each: hence the least number of pairs. */
enum { JUDGE_PERCENT = 1, JUDGE_PAIRS_MIN = 7, JUDGE_PAIRS_MAX = 16 };

/* Of pairs without a value above zero on both sides none counts. */
struct paired paired_ratio(const double *arm, const double *base, size_t pairs);

enum judge_verdict {
    JUDGE_CONFIRMED,
    JUDGE_REFUTED,
    JUDGE_UNDECIDED,
    JUDGE_NOT_MEASURABLE,
    JUDGE_VERDICTS
};
extern const char
    *const judge_words[JUDGE_VERDICTS]; /* "not measurable here" */

/* Of a ratio: the claim, with m for 1 + margin. */
enum judge_ratio {
    JUDGE_ABOVE, /* it is above m */
    JUDGE_BELOW, /* it is below 1 / m */
    JUDGE_ALIKE  /* it is from 1 / m to m */
};

/* Confirmed or refuted if the whole interval lies on one side, else undecided.
 */
enum judge_verdict judge_ratio(const struct paired *paired,
                               enum judge_ratio claim, double margin);

/* Of a count, the same each time, which is claimed to be from `least` to
 * `most`: confirmed or refuted if all values say so, else (and of none)
 * undecided. */
enum judge_verdict judge_count(const double *values, size_t count, double least,
                               double most);

/* line_fit, but false of fewer than three different x, or values all alike. */
bool line_through(const double *x, const double *y, size_t count,
                  struct line *line);

#endif
