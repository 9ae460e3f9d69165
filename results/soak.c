#include "results/soak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "results/fields.h"
#include "results/table.h"

enum { SOAK_METRICS = 3 };
static const double soak_hour_s = 3600;
/* Hostile connections must not delay the healthy ones for longer. */
static const double soak_wait_us = 5e6;

/* Smaller changes may be an allocator's step or a thread that ends soon. */
const struct soak_metric soak_metrics[] = {
    {"working_set_bytes", "memory MiB", 1048576, 1, 0.02, 262144},
    {"handles", "handles", 1, 0, 0.02, 4},
    {"threads", "threads", 1, 0, 0.02, 4},
    {NULL, NULL, 0, 0, 0, 0},
};

/* --- the slope ----------------------------------------------------------- */

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
    /* Student's t for 95 %, by blocks. */
    static const double student[SLOPE_BLOCKS_MAX + 1] = {
        [5] = 3.182,  [6] = 2.776,  [7] = 2.571,  [8] = 2.447,
        [9] = 2.365,  [10] = 2.306, [11] = 2.262, [12] = 2.228,
        [13] = 2.201, [14] = 2.179, [15] = 2.160, [16] = 2.145,
        [17] = 2.131, [18] = 2.120, [19] = 2.110, [20] = 2.101,
    };
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
    half = student[count] * sqrt(rest / (double)(count - 2) / sxx);
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

/* --- one metric of one run ----------------------------------------------- */

/* The samples of the window that have the metric; returns how many. */
static size_t soak_samples(const struct series *series, const char *column,
                           double *at_s, double *value)
{
    int time = series_column(series, "t_s");
    int mark = series_column(series, "mark");
    int wanted = series_column(series, column);
    bool within = false;
    size_t count = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, series->rows) {
        within = within || series_says(row, mark, "begin");
        if (within && series_number(row, wanted, &value[count]) &&
            series_number(row, time, &at_s[count]))
            count++;
        if (series_says(row, mark, "end"))
            break;
    }
    return count;
}

/* A leak grows in both halves of the time; a thread's stack or an allocator's
 * next piece in one of them. */
static bool soak_goes_on(const double *at_s, const double *value, size_t count,
                         const struct slope *whole)
{
    const double part = 0.25;
    size_t half = count / 2;
    struct slope first, second;

    return !slope_fit(at_s, value, half, &first) ||
           !slope_fit(at_s + half, value + half, count - half, &second) ||
           (first.per_s > part * whole->per_s &&
            second.per_s > part * whole->per_s);
}

struct soak_trend soak_trend_of(const cJSON *record,
                                const struct soak_metric *metric)
{
    struct series series = series_of(record, "server");
    size_t rows = (size_t)cJSON_GetArraySize(series.rows) + 1, count;
    double *at_s = calloc_or_die(2 * rows, sizeof *at_s), *value;
    struct soak_trend trend = {.level = SOAK_UNKNOWN};
    struct slope *slope = &trend.slope;

    value = at_s + rows;
    count = soak_samples(&series, metric->column, at_s, value);
    if (slope_fit(at_s, value, count, slope)) {
        trend.limit_s =
            fmax(metric->share * slope->mean, metric->least) / slope->span_s;
        if (slope->low_s > trend.limit_s &&
            soak_goes_on(at_s, value, count, slope))
            trend.level = SOAK_GROWS;
        else if (slope->high_s > trend.limit_s || slope->low_s < -trend.limit_s)
            trend.level = SOAK_NOISY;
        else
            trend.level = SOAK_FLAT;
    }
    free(at_s);
    return trend;
}

static double soak_sum(const cJSON *counts, const char *const *but)
{
    const cJSON *count;
    double sum = 0;

    cJSON_ArrayForEach (count, counts) {
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
    /* The client's own shortages are not the server's fault. */
    static const char *const outcomes[] = {"connected", "no_ports", "no_files",
                                           "no_buffers", NULL};
    static const char *const ends[] = {"completed", NULL};

    return soak_sum(record_object(record, "/connections/outcomes"), outcomes) +
           soak_sum(record_object(record, "/connections/ends"), ends);
}

/* --- the table ----------------------------------------------------------- */

struct soak_table {
    struct table cells;
    const struct soak_metric *metric[SOAK_METRICS]; /* sampled in any run */
    size_t metrics, faults;
};

/* A sentence below the table: "iocp: WHAT". Takes `what` over. */
static void soak_finding(struct soak_table *table, const cJSON *record,
                         char *what)
{
    table_line(&table->cells, text_make("%s: %s",
                                        cJSON_GetStringValue(
                                            record_at(record, "/asked/model")),
                                        what));
    free(what);
}

/* Whether the run is valid and served every healthy connection to its end. */
static bool soak_is_whole(struct soak_table *table, const cJSON *record)
{
    double lost = soak_lost(record), worst;
    char *reasons;
    bool valid = record_valid(record, &reasons);

    if (valid)
        free(reasons);
    else
        soak_finding(table, record, reasons);
    if (lost > 0)
        soak_finding(table, record,
                     text_make("%.0f healthy connections were lost or not "
                               "served",
                               lost));
    if (record_number(record, "/connections/worst_wait/us", &worst) &&
        worst > soak_wait_us)
        soak_finding(table, record,
                     text_make("a healthy connection waited %.1f s for an echo",
                               worst / 1e6));
    return valid && lost <= 0;
}

static void soak_growth(struct soak_table *table, const cJSON *record,
                        const struct soak_metric *metric,
                        const struct soak_trend *trend)
{
    double scale = soak_hour_s / metric->scale;
    struct text what = {0};

    text_add(&what, "%s: it grows by at least ", metric->name);
    table_number(&what, trend->slope.low_s * scale, metric->decimals);
    text_add(&what, " an hour, over the limit of ");
    table_number(&what, trend->limit_s * scale, metric->decimals);
    soak_finding(table, record, text_take(&what));
}

static const char *soak_verdict(struct soak_table *table, const cJSON *record,
                                const struct soak_trend *trend)
{
    bool whole = soak_is_whole(table, record);
    size_t levels[SOAK_GROWS + 1] = {0};

    for (size_t m = 0; m < table->metrics; m++) {
        levels[trend[m].level]++;
        if (trend[m].level == SOAK_GROWS)
            soak_growth(table, record, table->metric[m], &trend[m]);
    }
    if (levels[SOAK_UNKNOWN] == table->metrics)
        soak_finding(table, record,
                     text_copy("too few samples to judge; let it run longer"));
    else if (whole && levels[SOAK_GROWS] == 0)
        return levels[SOAK_NOISY] > 0 ? "within noise" : "flat";
    table->faults++;
    return !whole ? "FAILED" : levels[SOAK_GROWS] > 0 ? "GROWS" : "UNKNOWN";
}

static void soak_figure(struct table *table, const cJSON *record,
                        const char *pointer, double scale, int decimals)
{
    double value = 0;
    bool known = record_number(record, pointer, &value);

    table_value(table, known, value * scale, decimals);
}

/* "+120 (-40..+280; 100)" */
static char *soak_slope(const struct soak_trend *trend,
                        const struct soak_metric *metric)
{
    static const char *const before[] = {"", " (", ".."};
    const double values[] = {trend->slope.per_s, trend->slope.low_s,
                             trend->slope.high_s};
    double scale = soak_hour_s / metric->scale;
    struct text cell = {0};

    if (trend->level == SOAK_UNKNOWN)
        return text_copy("n/a");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        text_add(&cell, "%s%s", before[i], values[i] > 0 ? "+" : "");
        table_number(&cell, values[i] * scale, metric->decimals);
    }
    text_add(&cell, "; ");
    table_number(&cell, trend->limit_s * scale, metric->decimals);
    text_add(&cell, ")");
    return text_take(&cell);
}

static double soak_hostile(const cJSON *record)
{
    const cJSON *kind;
    double sum = 0, count;

    cJSON_ArrayForEach (kind, record_at(record, "/connections/hostile"))
        if (record_number(kind, "/connected", &count))
            sum += count;
    return sum;
}

static void soak_row(struct soak_table *table, const cJSON *record)
{
    struct soak_trend trend[SOAK_METRICS] = {0};
    struct table *cells = &table->cells;

    table_cell(cells, text_copy(cJSON_GetStringValue(
                          record_at(record, "/asked/model"))));
    soak_figure(cells, record, "/phases/window_s", 1 / 60.0, 2);
    soak_figure(cells, record, "/traffic/client/messages_echoed", 1, 0);
    soak_figure(cells, record, "/connections/attempted", 1, 0);
    table_value(cells, true, soak_hostile(record), 0);
    table_value(cells, true, soak_lost(record), 0);
    soak_figure(cells, record, "/integrity/mismatches", 1, 0);
    soak_figure(cells, record, "/connections/worst_wait/us", 1e-3, 1);
    for (size_t m = 0; m < table->metrics; m++) {
        const struct soak_metric *metric = table->metric[m];

        trend[m] = soak_trend_of(record, metric);
        table_value(cells, trend[m].level != SOAK_UNKNOWN,
                    trend[m].slope.mean / metric->scale, metric->decimals);
        table_cell(cells, soak_slope(&trend[m], metric));
    }
    table_cell(cells, text_copy(soak_verdict(table, record, trend)));
}

static void soak_columns(struct soak_table *table, const struct record_set *set)
{
    struct table *cells = &table->cells;

    for (size_t m = 0; m < SOAK_METRICS; m++) {
        bool known = false;

        for (size_t i = 0; i < set->count && !known; i++)
            known = soak_trend_of(set->records[i], &soak_metrics[m]).level !=
                    SOAK_UNKNOWN;
        if (known)
            table->metric[table->metrics++] = &soak_metrics[m];
    }
    table_column(cells, "model", true);
    table_columns(cells, "minutes,round\ntrips,connections\nmade,"
                         "hostile\nmade,lost,wrong\nstreams,"
                         "longest\nwait ms");
    for (size_t m = 0; m < table->metrics; m++) {
        table_column(cells, table->metric[m]->name, false);
        table_column(cells, "an hour\n(95 % interval; limit)", false);
    }
    table_column(cells, "verdict", true);
}

char *soak_make(const struct record_set *set, size_t *faults)
{
    struct soak_table table = {.faults = 0};

    soak_columns(&table, set);
    table.cells.machine = records_machines(set);
    table.cells.wine = records_wine(set);
    for (size_t g = 0; g < set->group_count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            soak_row(&table, set->groups[g].records[i]);
    *faults = table.faults;
    return table_write(&table.cells, TABLE_TEXT);
}
