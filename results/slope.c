#include "results/slope.h"

#include <math.h>

/* Student's t for 95 %, by degrees of freedom from 3 = SLOPE_BLOCKS_MIN - 2. */
static double slope_student(size_t freedom)
{
    static const double quantile[] = {3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                      2.262, 2.228, 2.201, 2.179, 2.160, 2.145,
                                      2.131, 2.120, 2.110, 2.101};

    return quantile[freedom - 3];
}

static double slope_mean(const double *value, size_t from, size_t to)
{
    double sum = 0;

    for (size_t i = from; i < to; i++)
        sum += value[i];
    return sum / (double)(to - from);
}

static void slope_line(const double *x, const double *y, size_t count,
                       struct slope *slope)
{
    double mean_x = slope_mean(x, 0, count), mean_y = slope_mean(y, 0, count);
    double sxx = 0, sxy = 0, rest = 0, half;

    for (size_t i = 0; i < count; i++) {
        sxx += (x[i] - mean_x) * (x[i] - mean_x);
        sxy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    slope->per_s = sxy / sxx;
    for (size_t i = 0; i < count; i++) {
        double off = y[i] - mean_y - slope->per_s * (x[i] - mean_x);

        rest += off * off;
    }
    half = slope_student(count - 2) * sqrt(rest / (double)(count - 2) / sxx);
    slope->low_s = slope->per_s - half;
    slope->high_s = slope->per_s + half;
}

bool slope_fit(const double *at_s, const double *value, size_t count,
               struct slope *slope)
{
    double x[SLOPE_BLOCKS_MAX], y[SLOPE_BLOCKS_MAX];
    size_t blocks = count / 2;

    if (blocks > SLOPE_BLOCKS_MAX)
        blocks = SLOPE_BLOCKS_MAX;
    *slope = (struct slope){.blocks = blocks};
    if (blocks < SLOPE_BLOCKS_MIN || at_s[count - 1] <= at_s[0])
        return false;
    for (size_t i = 0; i < blocks; i++) {
        x[i] = slope_mean(at_s, count * i / blocks, count * (i + 1) / blocks);
        y[i] = slope_mean(value, count * i / blocks, count * (i + 1) / blocks);
    }
    slope->mean = slope_mean(value, 0, count);
    slope->span_s = at_s[count - 1] - at_s[0];
    slope_line(x, y, blocks, slope);
    return true;
}
