#include "results/check_stats.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/stats.h"

static void *check_stats_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        die("calloc");
    return memory;
}

static int check_stats_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* --- the ratio of medians ------------------------------------------------ */

/* A sorted sample, and how often a resample drew each of its values. */
struct check_stats_sample {
    size_t count;
    double *sorted;
    uint32_t *drawn;
};

static struct check_stats_sample check_stats_sample(const double *values,
                                                    size_t count)
{
    struct check_stats_sample sample = {count, NULL, NULL};

    sample.sorted = check_stats_alloc(count, sizeof *sample.sorted);
    sample.drawn = check_stats_alloc(count, sizeof *sample.drawn);
    memcpy(sample.sorted, values, count * sizeof *values);
    qsort(sample.sorted, count, sizeof *values, check_stats_compare);
    return sample;
}

static void check_stats_sample_free(struct check_stats_sample *sample)
{
    free(sample->sorted);
    free(sample->drawn);
}

/* Faster than random_below; the bias is below count / 2^32. */
static size_t check_stats_sample_draw(uint64_t bits, size_t count)
{
    return (size_t)((bits & UINT32_MAX) * count >> 32);
}

/* Counting the draws of each sorted value avoids sorting every resample. */
static double check_stats_sample_median(struct check_stats_sample *sample,
                                        struct random *random)
{
    size_t count = sample->count, lower = 0, upper = 0, passed = 0;

    memset(sample->drawn, 0, count * sizeof *sample->drawn);
    for (size_t i = 0; i < count; i += 2) {
        uint64_t bits = random_next(random);

        sample->drawn[check_stats_sample_draw(bits, count)]++;
        if (i + 1 < count)
            sample->drawn[check_stats_sample_draw(bits >> 32, count)]++;
    }
    for (size_t i = 0; i < count; i++) {
        passed += sample->drawn[i];
        lower += passed <= (count - 1) / 2;
        upper += passed <= count / 2;
    }
    return sample->sorted[lower] / 2 + sample->sorted[upper] / 2;
}

struct check_ratio check_ratio_of_medians(const double *top, size_t top_count,
                                          const double *bottom,
                                          size_t bottom_count, uint64_t seed)
{
    struct check_stats_sample over = check_stats_sample(top, top_count);
    struct check_stats_sample under = check_stats_sample(bottom, bottom_count);
    struct random random = {seed};
    double *ratios = check_stats_alloc(STATS_RESAMPLES, sizeof *ratios);
    struct check_ratio result;

    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        double median = check_stats_sample_median(&over, &random);

        ratios[i] = median / check_stats_sample_median(&under, &random);
    }
    result.ratio =
        stats_median(top, top_count) / stats_median(bottom, bottom_count);
    qsort(ratios, STATS_RESAMPLES, sizeof *ratios, check_stats_compare);
    result.low = stats_quantile(ratios, STATS_RESAMPLES, 0.025);
    result.high = stats_quantile(ratios, STATS_RESAMPLES, 0.975);
    check_stats_sample_free(&over);
    check_stats_sample_free(&under);
    free(ratios);
    return result;
}

/* --- ranks --------------------------------------------------------------- */

/* C(a + b, a), the number of orders of a and b values. */
static double check_stats_orders(size_t a, size_t b)
{
    double count = 1;

    for (size_t i = 1; i <= a; i++)
        count = count * (double)(b + i) / (double)i;
    return count;
}

/* How many of them have at most `wrong` of the a x b pairs the wrong way round:
 * the sum of the first coefficients of the Gaussian binomial. */
static double check_stats_as_far(size_t a, size_t b, size_t wrong)
{
    double *ways = check_stats_alloc(wrong + 1, sizeof *ways), sum = 0;

    ways[0] = 1;
    for (size_t i = 1; i <= a; i++) {
        for (size_t u = wrong; u >= b + i; u--)
            ways[u] -= ways[u - b - i];
        for (size_t u = i; u <= wrong; u++)
            ways[u] += ways[u - i];
    }
    for (size_t u = 0; u <= wrong; u++)
        sum += ways[u];
    free(ways);
    return sum;
}

double check_p_above(const double *above, size_t above_count,
                     const double *below, size_t below_count)
{
    size_t wrong = 0, pairs = above_count * below_count;

    for (size_t i = 0; i < above_count; i++)
        for (size_t k = 0; k < below_count; k++)
            wrong += !(above[i] > below[k]);
    if (pairs == 0 || 2 * wrong > pairs)
        return 1; /* over a half nobody needs it exactly */
    return check_stats_as_far(above_count, below_count, wrong) /
           check_stats_orders(above_count, below_count);
}

double check_p_least(size_t above_count, size_t below_count)
{
    if (above_count == 0 || below_count == 0)
        return 1;
    return 1 / check_stats_orders(above_count, below_count);
}
