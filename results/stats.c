#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"

static int stats_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double *stats_sorted(const double *values, size_t count)
{
    double *sorted = calloc_or_die(count, sizeof *sorted);

    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, stats_compare);
    return sorted;
}

static double stats_middle(const double *sorted, size_t count)
{
    size_t half = count / 2;

    return count % 2 != 0 ? sorted[half]
                          : sorted[half - 1] / 2 + sorted[half] / 2;
}

double stats_median(const double *values, size_t count)
{
    double *sorted, median;

    if (count == 0)
        return (double)NAN;
    sorted = stats_sorted(values, count);
    median = stats_middle(sorted, count);
    free(sorted);
    return median;
}

double stats_quantile(const double *sorted, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t low = (size_t)at;

    if (low + 1 >= count)
        return sorted[count - 1];
    return sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low]);
}

/* The MAD of few values is too small on average; Croux and Rousseeuw (1992). */
static double stats_few(size_t count)
{
    static const double factors[] = {1.363, 1.206, 1.200, 1.140, 1.129, 1.107};

    return count < 10 ? factors[count - 4]
                      : (double)count / ((double)count - 0.8);
}

size_t stats_outliers(const double *values, size_t count, bool *outlier)
{
    const double scale = 0.6745, limit = 3.5;
    double median = stats_median(values, count), mad, *away;
    size_t found = 0;

    memset(outlier, 0, count * sizeof *outlier);
    if (count < 4)
        return 0;
    away = calloc_or_die(count, sizeof *away);
    for (size_t i = 0; i < count; i++)
        away[i] = fabs(values[i] - median);
    mad = stats_few(count) * stats_median(away, count);
    for (size_t i = 0; i < count; i++) {
        outlier[i] = scale * away[i] > limit * mad;
        found += outlier[i];
    }
    free(away);
    return found;
}

struct stats_interval stats_bootstrap(const double *values, size_t count,
                                      uint64_t seed)
{
    struct stats_interval interval = {(double)NAN, (double)NAN};
    struct random random = {seed};
    double *drawn, *medians;

    if (count == 1) /* whatever is drawn */
        interval = (struct stats_interval){values[0], values[0]};
    if (count <= 1)
        return interval;
    drawn = calloc_or_die(count, sizeof *drawn);
    medians = calloc_or_die(STATS_RESAMPLES, sizeof *medians);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        for (size_t k = 0; k < count; k++)
            drawn[k] = values[random_below(&random, count)];
        qsort(drawn, count, sizeof *drawn, stats_compare);
        medians[i] = stats_middle(drawn, count);
    }
    qsort(medians, STATS_RESAMPLES, sizeof *medians, stats_compare);
    interval.low = stats_quantile(medians, STATS_RESAMPLES, 0.025);
    interval.high = stats_quantile(medians, STATS_RESAMPLES, 0.975);
    free(drawn);
    free(medians);
    return interval;
}

/* --- the ratio of medians ------------------------------------------------ */

/* A sorted sample, and how often a resample drew each of its values. */
struct stats_sample {
    size_t count;
    double *sorted;
    uint32_t *drawn;
};

static struct stats_sample stats_sample(const double *values, size_t count)
{
    return (struct stats_sample){count, stats_sorted(values, count),
                                 calloc_or_die(count, sizeof(uint32_t))};
}

static void stats_sample_free(struct stats_sample *sample)
{
    free(sample->sorted);
    free(sample->drawn);
}

/* Faster than random_below; the bias is below count / 2^32. */
static size_t stats_sample_draw(uint64_t bits, size_t count)
{
    return (size_t)((bits & UINT32_MAX) * count >> 32);
}

/* Counting the draws of each sorted value avoids sorting every resample. */
static double stats_sample_median(struct stats_sample *sample,
                                  struct random *random)
{
    size_t count = sample->count, lower = 0, upper = 0, passed = 0;

    memset(sample->drawn, 0, count * sizeof *sample->drawn);
    for (size_t i = 0; i < count; i += 2) {
        uint64_t bits = random_next(random);

        sample->drawn[stats_sample_draw(bits, count)]++;
        if (i + 1 < count)
            sample->drawn[stats_sample_draw(bits >> 32, count)]++;
    }
    for (size_t i = 0; i < count; i++) {
        passed += sample->drawn[i];
        lower += passed <= (count - 1) / 2;
        upper += passed <= count / 2;
    }
    return sample->sorted[lower] / 2 + sample->sorted[upper] / 2;
}

struct stats_ratio stats_ratio_of_medians(const double *top, size_t top_count,
                                          const double *bottom,
                                          size_t bottom_count, uint64_t seed)
{
    struct stats_sample over = stats_sample(top, top_count);
    struct stats_sample under = stats_sample(bottom, bottom_count);
    struct random random = {seed};
    double *ratios = calloc_or_die(STATS_RESAMPLES, sizeof *ratios);
    struct stats_ratio result;

    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        double median = stats_sample_median(&over, &random);

        ratios[i] = median / stats_sample_median(&under, &random);
    }
    result.ratio =
        stats_median(top, top_count) / stats_median(bottom, bottom_count);
    qsort(ratios, STATS_RESAMPLES, sizeof *ratios, stats_compare);
    result.low = stats_quantile(ratios, STATS_RESAMPLES, 0.025);
    result.high = stats_quantile(ratios, STATS_RESAMPLES, 0.975);
    stats_sample_free(&over);
    stats_sample_free(&under);
    free(ratios);
    return result;
}

/* --- ranks --------------------------------------------------------------- */

/* C(a + b, a), the number of orders of a and b values. */
static double stats_orders(size_t a, size_t b)
{
    double count = 1;

    for (size_t i = 1; i <= a; i++)
        count = count * (double)(b + i) / (double)i;
    return count;
}

/* How many of them have at most `wrong` of the a x b pairs the wrong way round:
 * the sum of the first coefficients of the Gaussian binomial. */
static double stats_as_far(size_t a, size_t b, size_t wrong)
{
    double *ways = calloc_or_die(wrong + 1, sizeof *ways), sum = 0;

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

double stats_p_above(const double *above, size_t above_count,
                     const double *below, size_t below_count)
{
    size_t wrong = 0, pairs = above_count * below_count;

    for (size_t i = 0; i < above_count; i++)
        for (size_t k = 0; k < below_count; k++)
            wrong += !(above[i] > below[k]);
    if (pairs == 0 || 2 * wrong > pairs)
        return 1; /* over a half nobody needs it exactly */
    return stats_as_far(above_count, below_count, wrong) /
           stats_orders(above_count, below_count);
}

double stats_p_least(size_t above_count, size_t below_count)
{
    if (above_count == 0 || below_count == 0)
        return 1;
    return 1 / stats_orders(above_count, below_count);
}
