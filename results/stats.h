/* Statistics of a few repeats: no assumption about their distribution. */
#ifndef IOMODELS_STATS_H
#define IOMODELS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ascending order of numbers, for qsort, or of structs that begin with one. */
int stats_compare(const void *a, const void *b);

/* The middle value, the mean of the middle two; NAN for none. */
double stats_median(const double *values, size_t count);

/* The q-th part (0..1) of sorted values, linear between neighbours. */
double stats_quantile(const double *sorted, size_t count, double q);

/* How many values are over 3.5 modified z-scores from the median (Iglewicz and
 * Hoaglin): 0.6745 * |x - median| / MAD, the MAD corrected for few values. With
 * a MAD of zero, every value that is not the median is one. Of fewer than 4
 * values none is. */
size_t stats_outliers(const double *values, size_t count);

/* A ratio of medians, of values above zero, and its 95 % interval by the
 * percentile bootstrap. The same seed gives the same interval. */
enum { STATS_RESAMPLES = 10000 };
struct stats_interval {
    double middle, low, high;
};
struct stats_interval stats_ratio_of_medians(const double *top,
                                             size_t top_count,
                                             const double *bottom,
                                             size_t bottom_count,
                                             uint64_t seed);

/* The one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney) for
 * `above` lying above `below`. Ties count as evidence against. */
double stats_p_above(const double *above, size_t above_count,
                     const double *below, size_t below_count);

/* The smallest p value that samples of these sizes can give. */
double stats_p_least(size_t above_count, size_t below_count);

/* The least-squares line through points. */
struct line {
    size_t count;
    double slope, at_zero;
    double r_squared;          /* the share of the variance that it explains */
    double mean_at, sxx, rest; /* mean, squares of the distances from it; mean
                                  square of the distances from the line */
};

/* False: all points have the same place, or there are fewer than two. */
bool line_fit(const double *at, const double *value, size_t count,
              struct line *line);

/* Half of the 95 % interval of the line's value at a place, and of its slope;
 * NAN for two points. */
double line_half_at(const struct line *line, double at);
double line_half_slope(const struct line *line);

/* The least-squares line through samples, and the 95 % interval of its slope.
 * Neighbouring samples are correlated, so the line goes through the means of
 * blocks of them, which hardly are. */
struct slope {
    double mean;            /* of the values */
    double span;            /* from the first sample to the last */
    double rise, low, high; /* change per unit of time, and its interval */
};

/* `at` ascends. False: fewer than 10 values, or no time passed. */
bool slope_fit(const double *at, const double *value, size_t count,
               struct slope *slope);

#endif
