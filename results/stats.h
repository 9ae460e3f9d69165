/* Statistics of a few repeats: no assumption about their distribution. */
#ifndef IOMODELS_STATS_H
#define IOMODELS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The middle value, the mean of the middle two; NAN for none. */
double stats_median(const double *values, size_t count);

/* The q-th part (0..1) of sorted values, linear between neighbours. */
double stats_quantile(const double *sorted, size_t count, double q);

/* Marks values over 3.5 modified z-scores from the median (Iglewicz and
 * Hoaglin): 0.6745 * |x - median| / MAD, the MAD corrected for few values.
 * With a MAD of zero, every value that is not the median is one. Returns how
 * many; under 4 values: none. */
size_t stats_outliers(const double *values, size_t count, bool *outlier);

/* The percentile bootstrap's 95 % interval of the median. The same seed gives
 * the same interval. Needs two values; one is its own interval. */
enum { STATS_RESAMPLES = 10000 };
struct stats_interval {
    double low, high;
};
struct stats_interval stats_bootstrap(const double *values, size_t count,
                                      uint64_t seed);

/* median(top) / median(bottom) and its 95 % interval by the two-sample
 * percentile bootstrap of STATS_RESAMPLES resamples. All values are above
 * zero. The same seed gives the same interval. */
struct stats_ratio {
    double ratio, low, high;
};
struct stats_ratio stats_ratio_of_medians(const double *top, size_t top_count,
                                          const double *bottom,
                                          size_t bottom_count, uint64_t seed);

/* The one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney) for
 * `above` lying above `below`. Ties count as evidence against. */
double stats_p_above(const double *above, size_t above_count,
                     const double *below, size_t below_count);

/* The smallest p value that samples of these sizes can give. */
double stats_p_least(size_t above_count, size_t below_count);

#endif
