#include "results/stats_two.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/stats.h"

enum { STATS_EXACT_BELOW = 64 };

static void *stats_two_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        die("calloc");
    return memory;
}

static int stats_two_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
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
    struct stats_sample sample = {count, NULL, NULL};

    sample.sorted = stats_two_alloc(count, sizeof *sample.sorted);
    sample.drawn = stats_two_alloc(count, sizeof *sample.drawn);
    memcpy(sample.sorted, values, count * sizeof *values);
    qsort(sample.sorted, count, sizeof *values, stats_two_compare);
    return sample;
}

static void stats_sample_free(struct stats_sample *sample)
{
    free(sample->sorted);
    free(sample->drawn);
}

/* Like random_below, without its divisions: by under count / 2^32 unfair. */
static size_t stats_sample_draw(uint64_t bits, size_t count)
{
    return (size_t)((bits & UINT32_MAX) * count >> 32);
}

/* Counting draws of sorted values spares sorting each resample. */
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

/* Brings the n-th smallest value to its place, smaller ones before it and
 * larger ones after (Hoare): two quantiles of many values need no sort. */
static double stats_nth(double *values, size_t count, size_t n)
{
    size_t low = 0, high = count - 1;

    while (low < high) {
        double middle = values[low + (high - low) / 2];
        size_t i = low, k = high;

        for (;;) {
            while (values[i] < middle)
                i++;
            while (values[k] > middle)
                k--;
            if (i >= k)
                break;
            double kept = values[i];
            values[i++] = values[k];
            values[k--] = kept;
        }
        if (n <= k)
            high = k;
        else
            low = k + 1;
    }
    return values[n];
}

/* As stats_quantile, of values in any order. */
static double stats_quantile_of(double *values, size_t count, double q)
{
    double at = q * (double)(count - 1);
    size_t n = (size_t)at;
    double lower = stats_nth(values, count, n);

    if (n + 1 >= count)
        return lower;
    return lower + (at - (double)n) * (stats_nth(values, count, n + 1) - lower);
}

struct stats_ratio stats_ratio_of_medians(const double *top, size_t top_count,
                                          const double *bottom,
                                          size_t bottom_count, uint64_t seed)
{
    struct stats_sample over = stats_sample(top, top_count);
    struct stats_sample under = stats_sample(bottom, bottom_count);
    struct random random = {seed};
    double *ratios = stats_two_alloc(STATS_RESAMPLES, sizeof *ratios);
    struct stats_ratio result;

    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        double median = stats_sample_median(&over, &random);

        ratios[i] = median / stats_sample_median(&under, &random);
    }
    result.ratio =
        stats_median(top, top_count) / stats_median(bottom, bottom_count);
    result.low = stats_quantile_of(ratios, STATS_RESAMPLES, 0.025);
    result.high = stats_quantile_of(ratios, STATS_RESAMPLES, 0.975);
    stats_sample_free(&over);
    stats_sample_free(&under);
    free(ratios);
    return result;
}

/* --- ranks --------------------------------------------------------------- */

/* ways[u] becomes the number of orders of a + b values in which u of the a x b
 * pairs stand the wrong way round, for u up to `most`: the coefficients of the
 * Gaussian binomial. They are whole, and exact below 2^53, where the small
 * chances are. */
static void stats_orders(size_t a, size_t b, size_t most, double *ways)
{
    ways[0] = 1;
    for (size_t i = 1; i <= a; i++) {
        for (size_t u = most; u >= b + i; u--)
            ways[u] -= ways[u - b - i];
        for (size_t u = i; u <= most; u++)
            ways[u] += ways[u - i];
    }
}

/* C(a + b, a) */
static double stats_order_count(size_t a, size_t b)
{
    double count = 1;

    for (size_t i = 1; i <= a; i++)
        count = count * (double)(b + i) / (double)i;
    return count;
}

/* The chance of at most `wrong` of a x b pairs the wrong way round. */
static double stats_exact(size_t a, size_t b, size_t wrong)
{
    double *ways = stats_two_alloc(wrong + 1, sizeof *ways), sum = 0;

    stats_orders(a, b, wrong, ways);
    for (size_t u = 0; u <= wrong; u++)
        sum += ways[u];
    free(ways);
    return sum / stats_order_count(a, b);
}

static double stats_normal(size_t a, size_t b, size_t wrong)
{
    double pairs = (double)a * (double)b;
    double spread = sqrt(pairs * (double)(a + b + 1) / 12);
    double z = ((double)wrong + 0.5 - pairs / 2) / spread;

    return erfc(-z / sqrt(2)) / 2;
}

double stats_chance_above(const double *above, size_t above_count,
                          const double *below, size_t below_count)
{
    size_t wrong = 0, pairs = above_count * below_count;

    if (pairs == 0)
        return 1;
    for (size_t i = 0; i < above_count; i++)
        for (size_t k = 0; k < below_count; k++)
            wrong += !(above[i] > below[k]);
    if (2 * wrong > pairs)
        return 1; /* more than half the wrong way round: no need to be exact */
    return above_count < STATS_EXACT_BELOW && below_count < STATS_EXACT_BELOW
               ? stats_exact(above_count, below_count, wrong)
               : stats_normal(above_count, below_count, wrong);
}

double stats_chance_least(size_t above_count, size_t below_count)
{
    if (above_count == 0 || below_count == 0)
        return 1;
    return 1 / stats_order_count(above_count, below_count);
}
