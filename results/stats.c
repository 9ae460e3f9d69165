#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"

static int stats_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double *stats_sorted(const double *values, size_t count)
{
    double *sorted = malloc(count * sizeof *sorted);

    if (sorted == NULL)
        die("malloc");
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
    away = malloc(count * sizeof *away);
    if (away == NULL)
        die("malloc");
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
    drawn = malloc(count * sizeof *drawn);
    medians = malloc(STATS_RESAMPLES * sizeof *medians);
    if (drawn == NULL || medians == NULL)
        die("malloc");
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
