#include "results/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "results/fields.h"
#include "results/stats.h"

static const double soak_hour_s = 3600;
/* Growth in the window up to this share of the mean is no leak. */
static const double soak_share = 0.02;
/* Hostile connections must not delay the healthy ones for longer. */
static const double soak_wait_us = 5e6;

enum { SOAK_METRICS = 3 };

static const struct soak_metric {
    const char *column, *name; /* of the samples; heading with the unit */
    double scale;              /* the heading's unit in the column's */
    int decimals;
    double least; /* Smaller growth, in the heading's unit, may be an
                     allocator's step or a thread that ends soon. */
} soak_metrics[SOAK_METRICS] = {
    {"working_set_bytes", "memory MiB", 1048576, 1, 0.25},
    {"handles", "handles", 1, 0, 4},
    {"threads", "threads", 1, 0, 4},
};

/* --- one metric of one run ----------------------------------------------- */

enum soak_level {
    SOAK_UNKNOWN, /* too few samples */
    SOAK_FLAT,    /* the slope's whole interval is within the limit */
    SOAK_NOISY,   /* it reaches beyond the limit */
    SOAK_GROWS    /* it is above it, and both halves of the time grew */
};

/* In the heading's unit and hours. */
struct soak_trend {
    enum soak_level level;
    struct slope slope;
    double limit; /* of the slope */
};

/* The samples of the window that have the metric; returns how many. */
static size_t soak_samples(const cJSON *record,
                           const struct soak_metric *metric, double *at,
                           double *value)
{
    const cJSON *samples = record_at(record, "/samples/server");
    bool within = false;
    size_t count = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, record_at(samples, "/rows")) {
        within = within || sample_says(samples, row, "mark", "begin");
        if (within &&
            sample_number(samples, row, metric->column, &value[count]) &&
            sample_number(samples, row, "t_s", &at[count])) {
            value[count] /= metric->scale;
            at[count++] /= soak_hour_s;
        }
        if (sample_says(samples, row, "mark", "end"))
            break;
    }
    return count;
}

static struct soak_trend soak_trend(const cJSON *record,
                                    const struct soak_metric *metric)
{
    const double part = 0.25;
    size_t rows =
        (size_t)cJSON_GetArraySize(record_at(record, "/samples/server/rows"));
    double *at = calloc_or_die(2 * rows + 1, sizeof *at), *value = at + rows;
    size_t count = soak_samples(record, metric, at, value), half = count / 2;
    struct soak_trend trend = {.level = SOAK_UNKNOWN};
    struct slope *slope = &trend.slope, first, second;

    if (slope_fit(at, value, count, slope)) {
        trend.limit =
            fmax(soak_share * slope->mean, metric->least) / slope->span;
        trend.level = slope->high > trend.limit || slope->low < -trend.limit
                          ? SOAK_NOISY
                          : SOAK_FLAT;
        /* A leak grows in both halves of the time; a thread's stack or an
         * allocator's next piece in one of them. */
        if (slope->low > trend.limit &&
            (!slope_fit(at, value, half, &first) ||
             !slope_fit(at + half, value + half, count - half, &second) ||
             fmin(first.rise, second.rise) > part * slope->rise))
            trend.level = SOAK_GROWS;
    }
    free(at);
    return trend;
}

/* Healthy connections that were not served or did not end FIN for FIN. */
static double soak_lost(const cJSON *record)
{
    static const char *const pointers[] = {"/connections/outcomes",
                                           "/connections/ends"};
    /* The client's own shortages are not the server's fault. */
    static const char fine[] = " connected no_ports no_files no_buffers "
                               "completed ";
    double lost = 0;

    for (size_t p = 0; p < sizeof pointers / sizeof *pointers; p++) {
        const cJSON *count;

        cJSON_ArrayForEach (count, record_object(record, pointers[p])) {
            char *name = text_make(" %s ", count->string);

            lost += strstr(fine, name) == NULL ? count->valuedouble : 0;
            free(name);
        }
    }
    return lost;
}

/* --- the table ----------------------------------------------------------- */

static void soak_figure(struct table *table, const cJSON *record,
                        const char *pointer, double scale, int decimals)
{
    double value = 0;
    bool known = record_number(record, pointer, &value);

    table_value(table, known, value * scale, decimals);
}

/* The mean, and "+120 (-40..+280; 100)". */
static void soak_cells(struct table *table, const struct soak_trend *trend,
                       const struct soak_metric *metric)
{
    const struct slope *slope = &trend->slope;
    bool known = trend->level != SOAK_UNKNOWN;
    int digits = metric->decimals;

    table_value(table, known, slope->mean, digits);
    table_cell(table, known ? text_make("%+.*f (%+.*f..%+.*f; %.*f)", digits,
                                        slope->rise, digits, slope->low, digits,
                                        slope->high, digits, trend->limit)
                            : text_copy("n/a"));
}

/* One run, and below the table what is wrong with it; false: it failed. */
static bool soak_row(struct table *table, const cJSON *record)
{
    static const char *const verdicts[] = {"UNKNOWN", "flat", "within noise",
                                           "GROWS"};
    const char *model = record_text(record, "/asked/model");
    double hostile = 0, lost = soak_lost(record), worst, count;
    enum soak_level level = SOAK_UNKNOWN;
    const cJSON *kind;
    char *reasons;
    bool valid = record_valid(record, &reasons);

    cJSON_ArrayForEach (kind, record_at(record, "/connections/hostile"))
        if (record_number(kind, "/connected", &count))
            hostile += count;
    table_cell(table, text_copy(model));
    soak_figure(table, record, "/phases/window_s", 1 / 60.0, 2);
    soak_figure(table, record, "/traffic/client/messages_echoed", 1, 0);
    soak_figure(table, record, "/connections/attempted", 1, 0);
    table_value(table, true, hostile, 0);
    table_value(table, true, lost, 0);
    soak_figure(table, record, "/integrity/mismatches", 1, 0);
    soak_figure(table, record, "/connections/worst_wait/us", 1e-3, 1);
    if (!valid)
        table_line(table, text_make("%s: %s", model, reasons));
    if (lost > 0)
        table_line(table, text_make("%s: %.0f healthy connections were lost or "
                                    "not served",
                                    model, lost));
    if (record_number(record, "/connections/worst_wait/us", &worst) &&
        worst > soak_wait_us)
        table_line(table, text_make("%s: a healthy connection waited %.1f s "
                                    "for an echo",
                                    model, worst / 1e6));
    for (size_t m = 0; m < SOAK_METRICS; m++) {
        struct soak_trend trend = soak_trend(record, &soak_metrics[m]);

        soak_cells(table, &trend, &soak_metrics[m]);
        level = trend.level > level ? trend.level : level;
        if (trend.level == SOAK_GROWS)
            table_line(table, text_make("%s: %s: the whole interval of the "
                                        "growth is above the limit",
                                        model, soak_metrics[m].name));
    }
    if (level == SOAK_UNKNOWN)
        table_line(table, text_make("%s: too few samples to judge; use a "
                                    "longer run",
                                    model));
    free(reasons);
    valid = valid && lost <= 0;
    table_cell(table, text_copy(valid ? verdicts[level] : "FAILED"));
    return valid && (level == SOAK_FLAT || level == SOAK_NOISY);
}

char *soak_make(const struct record_set *set, size_t *faults)
{
    struct table table = {0};

    table_column(&table, "model", true);
    table_columns(&table, "minutes,round\ntrips,connections\nmade,"
                          "hostile\nmade,lost,wrong\nstreams,"
                          "longest\nwait ms");
    for (size_t m = 0; m < SOAK_METRICS; m++) {
        table_column(&table, soak_metrics[m].name, false);
        table_column(&table, "per hour\n(95 % interval; limit)", false);
    }
    table_column(&table, "verdict", true);
    table_measured(&table, set);
    *faults = 0;
    for (size_t g = 0; g < set->group_count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            *faults += !soak_row(&table, set->groups[g].records[i]);
    return table_write(&table, TABLE_TEXT);
}
