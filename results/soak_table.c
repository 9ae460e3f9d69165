/* A soak's summary for people. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/record.h"
#include "results/soak.h"
#include "results/table_cells.h"

enum { SOAK_COLUMNS = 8, SOAK_METRICS_MAX = 8 };
#define SOAK_HOUR_S 3600.0
/* Issue: nobody healthy waits longer among hostile ones. */
#define SOAK_WAIT_US 5e6

struct soak_table {
    struct table_cells cells;
    const struct record_set *set;
    const struct soak_metric *metric[SOAK_METRICS_MAX]; /* known of any run */
    size_t metrics, faults;
};

static void soak_line(struct soak_table *table, char *line)
{
    struct table_cells *cells = &table->cells;
    char **more = realloc(cells->line, (cells->line_count + 1) * sizeof *more);

    if (more == NULL)
        return;
    cells->line = more;
    cells->line[cells->line_count++] = line;
}

static void soak_pick(struct soak_table *table)
{
    for (size_t m = 0; soak_metrics[m].column != NULL; m++) {
        bool known = false;

        for (size_t i = 0; i < table->set->count && !known; i++)
            known =
                soak_trend_of(table->set->records[i], &soak_metrics[m]).level !=
                SOAK_UNKNOWN;
        if (known)
            table->metric[table->metrics++] = &soak_metrics[m];
    }
}

static char *soak_count(const cJSON *record, const char *pointer, double scale,
                        int decimals)
{
    struct text cell = {0};
    double value;

    if (record_number(record, pointer, &value))
        table_number(&cell, value * scale, decimals);
    else
        text_add(&cell, "n/a");
    return text_take(&cell);
}

/* "+120 (-40..280)" */
static void soak_signed(struct text *cell, double value, int decimals)
{
    if (value > 0)
        text_add(cell, "+");
    table_number(cell, value, decimals);
}

static char *soak_slope(const struct soak_trend *trend,
                        const struct soak_metric *metric)
{
    double scale = SOAK_HOUR_S / metric->scale;
    struct text cell = {0};

    if (trend->level == SOAK_UNKNOWN) {
        text_add(&cell, "n/a");
        return text_take(&cell);
    }
    soak_signed(&cell, trend->slope.per_s * scale, metric->decimals);
    text_add(&cell, " (");
    soak_signed(&cell, trend->slope.low_s * scale, metric->decimals);
    text_add(&cell, "..");
    soak_signed(&cell, trend->slope.high_s * scale, metric->decimals);
    text_add(&cell, "; ");
    table_number(&cell, trend->limit_s * scale, metric->decimals);
    text_add(&cell, ")");
    return text_take(&cell);
}

static char *soak_mean(const struct soak_trend *trend,
                       const struct soak_metric *metric)
{
    struct text cell = {0};

    if (trend->level == SOAK_UNKNOWN)
        text_add(&cell, "n/a");
    else
        table_number(&cell, trend->slope.mean / metric->scale,
                     metric->decimals);
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

/* A sentence about what is wrong. */
static void soak_blame(struct soak_table *table, const cJSON *record,
                       const char *what)
{
    struct text line = {0};

    text_add(&line, "%s: %s",
             cJSON_GetStringValue(record_at(record, "/asked/model")), what);
    soak_line(table, text_take(&line));
}

static void soak_blame_growth(struct soak_table *table, const cJSON *record,
                              const struct soak_metric *metric,
                              const struct soak_trend *trend)
{
    double scale = SOAK_HOUR_S / metric->scale;
    struct text what = {0};
    char *text;

    text_add(&what, "%s: it grows by at least ", metric->name);
    table_number(&what, trend->slope.low_s * scale, metric->decimals);
    text_add(&what, " an hour, over the limit of ");
    table_number(&what, trend->limit_s * scale, metric->decimals);
    text = text_take(&what);
    soak_blame(table, record, text);
    free(text);
}

/* The runs of a soak end whole: every healthy connection FIN for FIN. */
static bool soak_is_whole(struct soak_table *table, const cJSON *record)
{
    double lost = soak_lost(record), worst;
    char *reasons, text[96];
    bool good = record_valid(record, &reasons);

    if (!good)
        soak_blame(table, record, reasons);
    free(reasons);
    if (lost > 0) {
        snprintf(text, sizeof text,
                 "%.0f healthy connections were lost or not served", lost);
        soak_blame(table, record, text);
    }
    if (record_number(record, "/connections/worst_wait/us", &worst) &&
        worst > SOAK_WAIT_US) {
        snprintf(text, sizeof text,
                 "a healthy connection waited %.1f s for an echo", worst / 1e6);
        soak_blame(table, record, text);
    }
    return good && lost <= 0;
}

static const char *soak_verdict(struct soak_table *table, const cJSON *record,
                                const struct soak_trend *trend)
{
    bool good = soak_is_whole(table, record), grows = false, noisy = false;
    size_t known = 0;

    for (size_t m = 0; m < table->metrics; m++) {
        known += trend[m].level != SOAK_UNKNOWN;
        noisy = noisy || trend[m].level == SOAK_NOISY;
        if (trend[m].level == SOAK_GROWS)
            soak_blame_growth(table, record, table->metric[m], &trend[m]);
        grows = grows || trend[m].level == SOAK_GROWS;
    }
    if (known == 0)
        soak_blame(table, record,
                   "too few samples to judge; let it run longer");
    if (!good || grows || known == 0)
        table->faults++;
    return !good        ? "FAILED"
           : grows      ? "GROWS"
           : known == 0 ? "UNKNOWN"
           : noisy      ? "within noise"
                        : "flat";
}

static void soak_row(struct soak_table *table, size_t row, const cJSON *record)
{
    struct table_cells *cells = &table->cells;
    struct soak_trend trend[SOAK_METRICS_MAX];
    struct text hostile = {0}, lost = {0};
    char **cell = cells->cell + row * cells->columns;
    const char *model = cJSON_GetStringValue(record_at(record, "/asked/model"));

    for (size_t i = 0; i < cells->columns; i++)
        cells->interval[row * cells->columns + i] = text_copy("");
    table_number(&hostile, soak_hostile(record), 0);
    table_number(&lost, soak_lost(record), 0);
    *cell++ = text_copy(model);
    *cell++ = soak_count(record, "/phases/window_s", 1 / 60.0, 2);
    *cell++ = soak_count(record, "/traffic/client/messages_echoed", 1, 0);
    *cell++ = soak_count(record, "/connections/attempted", 1, 0);
    *cell++ = text_take(&hostile);
    *cell++ = text_take(&lost);
    *cell++ = soak_count(record, "/integrity/mismatches", 1, 0);
    *cell++ = soak_count(record, "/connections/worst_wait/us", 1e-3, 1);
    for (size_t m = 0; m < table->metrics; m++) {
        trend[m] = soak_trend_of(record, table->metric[m]);
        *cell++ = soak_mean(&trend[m], table->metric[m]);
        *cell++ = soak_slope(&trend[m], table->metric[m]);
    }
    *cell = text_copy(soak_verdict(table, record, trend));
}

static void soak_headings(struct soak_table *table)
{
    static const char *const names[SOAK_COLUMNS] = {
        "model",         "minutes", "round\ntrips",   "connections\nmade",
        "hostile\nmade", "lost",    "wrong\nstreams", "longest\nwait ms"};
    struct table_cells *cells = &table->cells;
    size_t at = 0;

    for (; at < SOAK_COLUMNS; at++)
        cells->heading[at] = text_copy(names[at]);
    for (size_t m = 0; m < table->metrics; m++) {
        struct text heading = {0};

        cells->heading[at++] = text_copy(table->metric[m]->name);
        text_add(&heading, "an hour\n(95 %% interval; limit)");
        cells->heading[at++] = text_take(&heading);
    }
    cells->heading[at] = text_copy("verdict");
    cells->left[0] = cells->left[at] = true;
}

char *soak_make(const struct record_set *set, size_t *faults)
{
    struct soak_table table = {.set = set};
    size_t row = 0;
    char *text;

    soak_pick(&table);
    table.cells.columns = SOAK_COLUMNS + 2 * table.metrics + 1;
    table.cells.rows = set->count;
    table_cells_make(&table.cells);
    table.cells.machine = records_machines(set);
    table.cells.wine = records_wine(set);
    soak_headings(&table);
    for (size_t g = 0; g < set->group_count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            soak_row(&table, row++, set->groups[g].records[i]);
    text = table_print_text(&table.cells);
    *faults = table.faults;
    table_cells_free(&table.cells);
    return text;
}
