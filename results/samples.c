#include "results/record_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"

enum { SAMPLES_COLUMNS_MAX = 96, SAMPLES_US = 1000000 };

struct samples_columns {
    size_t count;
    const char *name[SAMPLES_COLUMNS_MAX];
};

static bool samples_is_sample(const cJSON *line)
{
    const char *event =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "event"));

    return event != NULL && strcmp(event, "sample") == 0;
}

static bool samples_skipped(const cJSON *item)
{
    static const char *const names[] = {"event", "arrived_us", "t_us"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(item->string, names[i]) == 0)
            return true;
    return !cJSON_IsNumber(item) && !cJSON_IsString(item);
}

static void samples_column(struct samples_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->name[i], name) == 0)
            return;
    if (columns->count < SAMPLES_COLUMNS_MAX)
        columns->name[columns->count++] = name;
}

/* In the order in which they first have a value. */
static void samples_find(struct samples_columns *columns, const cJSON *lines)
{
    const cJSON *line, *item;

    columns->count = 0;
    cJSON_ArrayForEach (line, lines) {
        if (!samples_is_sample(line))
            continue;
        cJSON_ArrayForEach (item, line)
            if (!samples_skipped(item))
                samples_column(columns, item->string);
    }
}

/* A program's clock starts with it. The line that travelled fastest tells best
 * how far that clock is behind the runner's. */
static double samples_offset_us(const cJSON *lines)
{
    const cJSON *line;
    double best = 0, arrived, t;
    bool found = false;

    cJSON_ArrayForEach (line, lines) {
        if (!record_metric(line, "arrived_us", &arrived) ||
            !record_metric(line, "t_us", &t))
            continue;
        if (!found || arrived - t < best)
            best = arrived - t;
        found = true;
    }
    return best;
}

static cJSON *samples_row(const struct samples_columns *columns,
                          const cJSON *line, double offset)
{
    cJSON *row = cJSON_CreateArray();
    double t = 0;

    record_metric(line, "t_us", &t);
    cJSON_AddItemToArray(
        row, cJSON_CreateNumber(record_round((t + offset) / SAMPLES_US)));
    for (size_t i = 0; i < columns->count; i++) {
        const cJSON *item =
            cJSON_GetObjectItemCaseSensitive(line, columns->name[i]);

        cJSON_AddItemToArray(row, item != NULL ? cJSON_Duplicate(item, true)
                                               : cJSON_CreateNull());
    }
    return row;
}

static void samples_series(cJSON *samples, const struct record_stream *stream)
{
    struct samples_columns columns;
    cJSON *series = cJSON_AddObjectToObject(samples, stream->who);
    cJSON *names = cJSON_AddArrayToObject(series, "columns");
    cJSON *rows = cJSON_AddArrayToObject(series, "rows");
    double offset = samples_offset_us(stream->lines);
    const cJSON *line;

    samples_find(&columns, stream->lines);
    cJSON_AddItemToArray(names, cJSON_CreateString("t_s"));
    for (size_t i = 0; i < columns.count; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(columns.name[i]));
    cJSON_ArrayForEach (line, stream->lines)
        if (samples_is_sample(line))
            cJSON_AddItemToArray(rows, samples_row(&columns, line, offset));
}

void record_samples(struct record_work *work)
{
    cJSON *samples = cJSON_AddObjectToObject(work->record, "samples");

    samples_series(samples, &work->server);
    samples_series(samples, &work->load);
}
