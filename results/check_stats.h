/* Two samples against each other. */
#ifndef IOMODELS_CHECK_STATS_H
#define IOMODELS_CHECK_STATS_H

#include <stddef.h>
#include <stdint.h>

/* median(top) / median(bottom) and its 95 % interval by the two-sample
 * percentile bootstrap of STATS_RESAMPLES resamples. All values are above
 * zero. The same seed gives the same interval. */
struct check_ratio {
    double ratio, low, high;
};
struct check_ratio check_ratio_of_medians(const double *top, size_t top_count,
                                          const double *bottom,
                                          size_t bottom_count, uint64_t seed);

/* The one-sided p value of the exact rank test (Wilcoxon, Mann and Whitney) for
 * `above` lying above `below`. Ties count as evidence against. */
double check_p_above(const double *above, size_t above_count,
                     const double *below, size_t below_count);

/* The smallest p value that samples of these sizes can give. */
double check_p_least(size_t above_count, size_t below_count);

#endif
