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

/* Wilcoxon, Mann and Whitney, one side: how likely chance alone, with both
 * samples from one source of any distribution, puts `above` as far above
 * `below` as it is here. Exact, ties counted as evidence against; from 64
 * values a side on by the normal approximation. */
double check_chance_above(const double *above, size_t above_count,
                          const double *below, size_t below_count);

/* The smallest value check_chance_above can give for samples of that size:
 * every one of the one above every one of the other. */
double check_chance_least(size_t above_count, size_t below_count);

#endif
