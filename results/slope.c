#include "results/slope.h"

#include <math.h>

/* Student's t for 95 %, by blocks. */
static const double slope_student[SLOPE_BLOCKS_MAX + 1] = {
    [5] = 3.182,  [6] = 2.776,  [7] = 2.571,  [8] = 2.447,
    [9] = 2.365,  [10] = 2.306, [11] = 2.262, [12] = 2.228,
    [13] = 2.201, [14] = 2.179, [15] = 2.160, [16] = 2.145,
    [17] = 2.131, [18] = 2.120, [19] = 2.110, [20] = 2.101,
};

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
    half = slope_student[count] * sqrt(rest / (double)(count - 2) / sxx);
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
