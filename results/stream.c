#include "results/stream.h"

#include <math.h>
#include <string.h>

enum { STREAM_US = 1000000 };

double stream_round(double value)
{
    return round(value * STREAM_US) / STREAM_US;
}

const char *stream_text(const cJSON *line, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, key));
}

bool stream_is(const cJSON *line, const char *key, const char *text)
{
    const char *found = stream_text(line, key);

    return found != NULL && strcmp(found, text) == 0;
}

bool stream_number(const cJSON *line, const char *key, double *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);

    if (!cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
}

bool stream_growth(const cJSON *from, const cJSON *to, const char *metric,
                   double *value)
{
    double before, after;

    if (!stream_number(from, metric, &before) ||
        !stream_number(to, metric, &after))
        return false;
    *value = after - before;
    return true;
}

struct stream stream_of(const char *who, const char *ready, const cJSON *lines)
{
    struct stream stream = {.who = who, .lines = lines};
    const cJSON *line;

    cJSON_ArrayForEach (line, lines) {
        bool sample = stream_is(line, "event", "sample");

        if (stream.ready == NULL && stream_is(line, "event", ready))
            stream.ready = line;
        if (stream_is(line, "event", "final"))
            stream.final = line;
        if (sample || stream.final == line)
            stream.last = line;
        if (sample && stream_is(line, "mark", "empty"))
            stream.empty = line;
        if (sample && stream_is(line, "mark", "begin"))
            stream.begin = line;
        if (sample && stream_is(line, "mark", "end"))
            stream.end = line;
    }
    stream.unknown = cJSON_GetObjectItemCaseSensitive(stream.ready, "unknown");
    return stream;
}

bool stream_window(const struct stream *stream, double *seconds)
{
    const cJSON *window =
        cJSON_GetObjectItemCaseSensitive(stream->final, "window");
    double begin, end, growth;

    if (stream_number(window, "begin_us", &begin) &&
        stream_number(window, "end_us", &end) && end > begin)
        growth = end - begin;
    else if (!stream_growth(stream->begin, stream->end, "t_us", &growth) ||
             growth <= 0)
        return false;
    *seconds = growth / STREAM_US;
    return true;
}

static const cJSON *stream_phase_line(const struct stream *stream,
                                      const char *phase)
{
    const cJSON *line;

    cJSON_ArrayForEach (line, stream->lines)
        if (stream_is(line, "event", "phase") &&
            stream_is(line, "phase", phase))
            return line;
    return NULL;
}

bool stream_phase(const struct stream *stream, const char *from, const char *to,
                  double *seconds)
{
    double growth;

    if (!stream_growth(stream_phase_line(stream, from),
                       stream_phase_line(stream, to), "t_us", &growth))
        return false;
    *seconds = growth / STREAM_US;
    return true;
}

const char *stream_why(const struct stream *stream, const cJSON *line,
                       const char *metric)
{
    const char *why = stream_text(stream->unknown, metric);

    if (why != NULL)
        return why;
    return line == NULL ? "the run did not come to this point"
                        : "the program does not report it";
}

/* --- samples ------------------------------------------------------------- */

/* A program's clock starts with the program. The line that travelled fastest
 * shows best how far that clock is behind the runner's. */
static double stream_offset_us(const cJSON *lines)
{
    const cJSON *line;
    double best = HUGE_VAL, arrived, t;

    cJSON_ArrayForEach (line, lines)
        if (stream_number(line, "arrived_us", &arrived) &&
            stream_number(line, "t_us", &t))
            best = fmin(best, arrived - t);
    return best < HUGE_VAL ? best : 0;
}

/* The columns stand in the order in which they first have a value. */
static cJSON *stream_columns(const struct stream *stream)
{
    cJSON *columns = cJSON_CreateArray(), *seen = cJSON_CreateObject();
    const cJSON *line, *item;

    cJSON_AddNullToObject(seen, "event");
    cJSON_AddNullToObject(seen, "arrived_us");
    cJSON_AddNullToObject(seen, "t_us");
    cJSON_AddItemToArray(columns, cJSON_CreateString("t_s"));
    cJSON_ArrayForEach (line, stream->lines)
        if (stream_is(line, "event", "sample"))
            cJSON_ArrayForEach (item, line)
                if ((cJSON_IsNumber(item) || cJSON_IsString(item)) &&
                    !cJSON_GetObjectItemCaseSensitive(seen, item->string)) {
                    cJSON_AddNullToObject(seen, item->string);
                    cJSON_AddItemToArray(columns,
                                         cJSON_CreateString(item->string));
                }
    cJSON_Delete(seen);
    return columns;
}

cJSON *stream_samples(const struct stream *stream)
{
    cJSON *samples = cJSON_CreateObject(), *columns = stream_columns(stream);
    cJSON *rows = cJSON_CreateArray();
    double offset = stream_offset_us(stream->lines);
    const cJSON *line, *item;

    cJSON_AddItemToObject(samples, "columns", columns);
    cJSON_AddItemToObject(samples, "rows", rows);
    cJSON_ArrayForEach (line, stream->lines) {
        cJSON *row;
        double t = 0;

        if (!stream_is(line, "event", "sample"))
            continue;
        row = cJSON_CreateArray();
        cJSON_AddItemToArray(rows, row);
        stream_number(line, "t_us", &t);
        cJSON_AddItemToArray(
            row, cJSON_CreateNumber(stream_round((t + offset) / STREAM_US)));
        for (item = columns->child->next; item != NULL; item = item->next) {
            const cJSON *value =
                cJSON_GetObjectItemCaseSensitive(line, item->valuestring);

            cJSON_AddItemToArray(row, value != NULL
                                          ? cJSON_Duplicate(value, true)
                                          : cJSON_CreateNull());
        }
    }
    return samples;
}
