#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/number.h"

int stats_compare(const void *a, const void *b)
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

double stats_median(const double *values, size_t count)
{
    double *sorted, median;

    if (count == 0)
        return (double)NAN;
    sorted = stats_sorted(values, count);
    median = stats_quantile(sorted, count, 0.5);
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

size_t stats_outliers(const double *values, size_t count)
{
    const double scale = 0.6745, limit = 3.5;
    double median = stats_median(values, count), mad, *away;
    size_t found = 0;

    if (count < 4)
        return 0;
    away = calloc_or_die(count, sizeof *away);
    for (size_t i = 0; i < count; i++)
        away[i] = fabs(values[i] - median);
    /* The MAD of few values is too small on average; Croux and Rousseeuw
     * (1992). */
    mad = stats_median(away, count) * (double)count / ((double)count - 0.8);
    for (size_t i = 0; i < count; i++)
        found += scale * away[i] > limit * mad;
    free(away);
    return found;
}

/* --- the bootstrap ------------------------------------------------------- */

/* The medians of the resamples, to free. Counting the draws of each sorted
 * value avoids sorting every resample. A draw takes 32 bits, which is faster
 * than random_below; the bias is below count / 2^32. */
static double *stats_resamples(const double *values, size_t count,
                               struct random *random)
{
    double *medians = calloc_or_die(STATS_RESAMPLES, sizeof *medians);
    double *sorted = stats_sorted(values, count);
    uint32_t *drawn = calloc_or_die(count, sizeof *drawn);

    for (size_t n = 0; n < STATS_RESAMPLES; n++) {
        size_t lower = 0, upper = 0, passed = 0;

        memset(drawn, 0, count * sizeof *drawn);
        for (size_t i = 0; i < count; i += 2) {
            uint64_t bits = random_next(random);

            drawn[(bits & UINT32_MAX) * count >> 32]++;
            if (i + 1 < count)
                drawn[(bits >> 32) * count >> 32]++;
        }
        for (size_t i = 0; i < count; i++) {
            passed += drawn[i];
            lower += passed <= (count - 1) / 2;
            upper += passed <= count / 2;
        }
        medians[n] = sorted[lower] / 2 + sorted[upper] / 2;
    }
    free(sorted);
    free(drawn);
    return medians;
}

struct stats_interval stats_ratio_of_medians(const double *top,
                                             size_t top_count,
                                             const double *bottom,
                                             size_t bottom_count, uint64_t seed)
{
    const double middle =
        stats_median(top, top_count) / stats_median(bottom, bottom_count);
    struct stats_interval result = {middle, middle, middle};

    /* All resamples of a single value are the same. */
    if (top_count == 1 && bottom_count == 1)
        return result;
    struct random random = {seed};
    double *ratios = stats_resamples(top, top_count, &random);
    double *under = stats_resamples(bottom, bottom_count, &random);
    for (size_t i = 0; i < STATS_RESAMPLES; i++)
        ratios[i] /= under[i];
    qsort(ratios, STATS_RESAMPLES, sizeof *ratios, stats_compare);
    result.low = stats_quantile(ratios, STATS_RESAMPLES, 0.025);
    result.high = stats_quantile(ratios, STATS_RESAMPLES, 0.975);
    free(ratios);
    free(under);
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

bool line_fit(const double *at, const double *value, size_t count,
              struct line *line)
{
    double mean = 0, sxy = 0, syy = 0, rest = 0;

    *line = (struct line){.count = count};
    for (size_t i = 0; i < count; i++) {
        line->mean_at += at[i] / (double)count;
        mean += value[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        line->sxx += pow(at[i] - line->mean_at, 2);
        sxy += (at[i] - line->mean_at) * (value[i] - mean);
        syy += pow(value[i] - mean, 2);
    }
    if (!(line->sxx > 0))
        return false;
    line->slope = sxy / line->sxx;
    line->at_zero = mean - line->slope * line->mean_at;
    for (size_t i = 0; i < count; i++)
        rest += pow(value[i] - line->at_zero - line->slope * at[i], 2);
    line->r_squared = syy > 0 ? 1 - rest / syy : 1;
    line->rest = count > 2 ? rest / (double)(count - 2) : (double)NAN;
    return true;
}

/* Student's t for 95 %, by the degrees of freedom. */
static double line_student(size_t count)
{
    static const double student[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447,
                                     2.365,  2.306, 2.262, 2.228, 2.201, 2.179,
                                     2.160,  2.145, 2.131, 2.120, 2.110, 2.101};
    const size_t most = sizeof student / sizeof *student;

    if (count < 3)
        return (double)NAN;
    return student[count - 2 < most ? count - 3 : most - 1];
}

double line_half_at(const struct line *line, double at)
{
    return line_student(line->count) *
           sqrt(line->rest * (1 / (double)line->count +
                              pow(at - line->mean_at, 2) / line->sxx));
}

double line_half_slope(const struct line *line)
{
    return line_student(line->count) * sqrt(line->rest / line->sxx);
}

enum { SLOPE_BLOCKS_MIN = 5, SLOPE_BLOCKS_MAX = 20 };

static double slope_mean(const double *value, size_t from, size_t to)
{
    double sum = 0;

    for (size_t i = from; i < to; i++)
        sum += value[i];
    return sum / (double)(to - from);
}

bool slope_fit(const double *at, const double *value, size_t count,
               struct slope *slope)
{
    double x[SLOPE_BLOCKS_MAX], y[SLOPE_BLOCKS_MAX], half;
    size_t blocks = count / 2 < SLOPE_BLOCKS_MAX ? count / 2 : SLOPE_BLOCKS_MAX;
    struct line line;

    if (blocks < SLOPE_BLOCKS_MIN || at[count - 1] <= at[0])
        return false;
    for (size_t i = 0; i < blocks; i++) {
        x[i] = slope_mean(at, count * i / blocks, count * (i + 1) / blocks);
        y[i] = slope_mean(value, count * i / blocks, count * (i + 1) / blocks);
    }
    line_fit(x, y, blocks, &line);
    half = line_half_slope(&line);
    slope->rise = line.slope;
    slope->low = slope->rise - half;
    slope->high = slope->rise + half;
    slope->mean = slope_mean(value, 0, count);
    slope->span = at[count - 1] - at[0];
    return true;
}
