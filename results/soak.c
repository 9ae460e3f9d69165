#include "results/soak.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/record.h"
#include "results/series.h"

/* Below these a change may be an allocator's step or a thread in passing. */
const struct soak_metric soak_metrics[] = {
    {"working_set_bytes", "memory MiB", 1048576, 1, 0.02, 262144},
    {"handles", "handles", 1, 0, 0.02, 4},
    {"threads", "threads", 1, 0, 0.02, 4},
    {NULL, NULL, 0, 0, 0, 0},
};

/* The samples of the window that have the metric; returns how many. */
static size_t soak_series(const cJSON *record, const char *column, double *at_s,
                          double *value)
{
    struct series series = series_of(record, "server");
    int time = series_column(&series, "t_s"),
        mark = series_column(&series, "mark"),
        wanted = series_column(&series, column);
    bool within = false;
    size_t count = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, series.rows) {
        within = within || series_says(row, mark, "begin");
        if (within && series_number(row, wanted, &value[count]) &&
            series_number(row, time, &at_s[count]))
            count++;
        if (series_says(row, mark, "end"))
            break;
    }
    return count;
}

/* What leaks grows in either half; what grows once, by a thread's stack or an
 * allocator's next piece, in one of them. */
static bool soak_goes_on(const double *at_s, const double *value, size_t count,
                         const struct slope *whole)
{
    const double part = 0.25;
    size_t half = count / 2;
    struct slope first, second;

    if (!slope_fit(at_s, value, half, &first) ||
        !slope_fit(at_s + half, value + half, count - half, &second))
        return true;
    return first.per_s > part * whole->per_s &&
           second.per_s > part * whole->per_s;
}

struct soak_trend soak_trend_of(const cJSON *record,
                                const struct soak_metric *metric)
{
    struct series series = series_of(record, "server");
    size_t rows = (size_t)cJSON_GetArraySize(series.rows) + 1, count;
    double *at_s = calloc(rows, sizeof *at_s),
           *value = calloc(rows, sizeof *value);
    struct soak_trend trend = {.level = SOAK_UNKNOWN};

    if (at_s == NULL || value == NULL)
        die("calloc");
    count = soak_series(record, metric->column, at_s, value);
    if (slope_fit(at_s, value, count, &trend.slope)) {
        const struct slope *slope = &trend.slope;
        double most = fmax(metric->share * slope->mean, metric->least);

        trend.limit_s = most / slope->span_s;
        if (slope->low_s > trend.limit_s &&
            soak_goes_on(at_s, value, count, slope))
            trend.level = SOAK_GROWS;
        else if (slope->high_s > trend.limit_s || slope->low_s < -trend.limit_s)
            trend.level = SOAK_NOISY;
        else
            trend.level = SOAK_FLAT;
    }
    free(at_s);
    free(value);
    return trend;
}

static double soak_sum(const cJSON *record, const char *pointer,
                       const char *const *but)
{
    const cJSON *count;
    double sum = 0;

    cJSON_ArrayForEach (count, record_at(record, pointer)) {
        size_t i = 0;

        while (but[i] != NULL && strcmp(but[i], count->string) != 0)
            i++;
        if (but[i] == NULL)
            sum += count->valuedouble;
    }
    return sum;
}

double soak_lost(const cJSON *record)
{
    /* The client's own shortages are not the server's doing. */
    static const char *const outcomes[] = {"connected", "no_ports", "no_files",
                                           "no_buffers", NULL};
    static const char *const ends[] = {"completed", NULL};

    return soak_sum(record, "/connections/outcomes", outcomes) +
           soak_sum(record, "/connections/ends", ends);
}
