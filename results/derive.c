#include "results/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "results/figures.h"
#include "results/fields.h"

enum { DERIVE_US = 1000000 };

struct derive {
    const struct record_run *run;
    /* The figure that is being computed, from its stream, and why it is null;
     * NULL: it does not apply. */
    const struct figure *m;
    const struct stream *stream;
    const char *why;
};

static const char *derive_why(const struct stream *stream, const cJSON *line,
                              const char *metric)
{
    const char *why = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(stream->unknown, metric));

    if (why != NULL)
        return why;
    return line == NULL ? "the run did not reach this point"
                        : "the program does not report it";
}

/* --- the kinds ----------------------------------------------------------- */

/* Each returns whether the value is known. */

static bool derive_null(struct derive *d, const char *why)
{
    d->why = why;
    return false;
}

static bool derive_growth(const struct stream *s, const char *metric,
                          double *value)
{
    return line_growth(s->begin, s->end, metric, value);
}

static bool derive_most(const struct derive *d, double *highest)
{
    const cJSON *line;
    double value;

    *highest = -1;
    cJSON_ArrayForEach (line, d->stream->lines)
        if (line != d->stream->ready &&
            line_number(line, figure_metric(d->m), &value))
            *highest = fmax(*highest, value);
    return *highest >= 0;
}

/* CPU seconds per second of the window. */
static bool derive_cores(const struct stream *s, const char *user,
                         const char *kernel, double *cores)
{
    double u, k, seconds;

    if (!derive_growth(s, user, &u) || !derive_growth(s, kernel, &k) ||
        !stream_window(s, &seconds))
        return false;
    *cores = (u + k) / DERIVE_US / seconds;
    return true;
}

static bool derive_busy(const struct derive *d, double *percent)
{
    double busy, idle;

    if (!derive_growth(d->stream, figure_metric(d->m), &busy) ||
        !derive_growth(d->stream, d->m->second, &idle) || busy < 0 ||
        idle < 0 || busy + idle <= 0)
        return false;
    *percent = 100 * busy / (busy + idle);
    return true;
}

static bool derive_per_trip(struct derive *d, const char *user,
                            const char *kernel, double *us)
{
    double trips, seconds, cores;

    if (!stream_window(&d->run->load, &seconds) ||
        !derive_growth(&d->run->load, "messages_echoed", &trips) || trips <= 0)
        return derive_null(d, "no round trip was measured");
    if (!derive_cores(d->stream, user, kernel, &cores))
        return derive_null(d, "the processor time is not known");
    *us = DERIVE_US * cores / (trips / seconds);
    return true;
}

static bool derive_reports(const struct stream *stream, const char *metric)
{
    return cJSON_HasObjectItem(stream->last, metric);
}

static bool derive_phase(const struct stream *s, const char *from,
                         const char *to, double *seconds)
{
    const cJSON *line, *begin = NULL, *end = NULL;
    double us;

    cJSON_ArrayForEach (line, s->lines) {
        if (begin == NULL && line_is(line, "phase", from) &&
            line_is(line, "event", "phase"))
            begin = line;
        if (end == NULL && line_is(line, "phase", to) &&
            line_is(line, "event", "phase"))
            end = line;
    }
    if (!line_growth(begin, end, "t_us", &us))
        return false;
    *seconds = us / DERIVE_US;
    return true;
}

static bool derive_connect_rate(struct derive *d, double *per_s)
{
    double connected, seconds, requested;

    if (!line_number(d->run->load.last, "connected", &connected) ||
        !derive_phase(&d->run->load, "connecting", "connected", &seconds) ||
        seconds <= 0)
        return derive_null(d, "connecting was not completed");
    if (record_number(d->run->record, "/asked/connections", &requested) &&
        connected > requested)
        return derive_null(d, "connections were made throughout the run");
    *per_s = connected / seconds;
    return true;
}

static bool derive_value(struct derive *d, double *value)
{
    const struct stream *s = d->stream;
    const struct figure *m = d->m;
    const char *metric = figure_metric(m);
    const cJSON *line = s->begin != NULL ? s->end : NULL;
    double factor = 1, divisor = 1, wine = 0;
    bool known = false;

    d->why = m->why;
    switch (m->kind) {
    case FIGURE_LAST:
    case FIGURE_EMPTY:
    case FIGURE_END:
        line = m->kind == FIGURE_LAST    ? s->last
               : m->kind == FIGURE_EMPTY ? s->empty
                                         : s->end;
        known = line_number(line, metric, value);
        break;
    case FIGURE_CHANGE:
        line = s->empty != NULL ? s->end : NULL;
        known = line_growth(s->empty, s->end, metric, value);
        break;
    case FIGURE_PER_CONNECTION:
        known = line_growth(s->empty, s->end, metric, value) &&
                line_number(s->end, "connections", &divisor) && divisor > 0;
        break;
    case FIGURE_MOST:
        line = s->last;
        known = derive_most(d, value);
        break;
    case FIGURE_WINDOW:
    case FIGURE_SECONDS:
    case FIGURE_RATE:
        /* Without a window there is no rate, whatever the counters are. */
        if (m->kind == FIGURE_RATE && !stream_window(s, &divisor))
            return derive_null(d, "there was no whole window");
        if (m->kind == FIGURE_SECONDS)
            divisor = DERIVE_US;
        known = derive_growth(s, metric, value);
        break;
    case FIGURE_CORES:
        factor = 100;
        known = derive_cores(s, metric, m->second, value);
        break;
    case FIGURE_BUSY:
        known = derive_busy(d, value);
        break;
    case FIGURE_MEAN:
        known = derive_growth(s, metric, value) &&
                derive_growth(s, m->second, &divisor) && divisor > 0;
        break;
    case FIGURE_PER_TRIP:
        return derive_per_trip(d, metric, m->second, value);
    case FIGURE_PER_TRIP_TOTAL:
        known = derive_per_trip(d, "user_us", "kernel_us", value);
        if (known && derive_reports(s, "wineserver_user_us"))
            known = derive_per_trip(d, "wineserver_user_us",
                                    "wineserver_kernel_us", &wine);
        *value += wine;
        return known;
    case FIGURE_PHASE:
        return derive_phase(s, metric, m->second, value);
    case FIGURE_WINDOW_S:
        return stream_window(s, value);
    case FIGURE_CONNECT_RATE:
        return derive_connect_rate(d, value);
    case FIGURE_REQUESTED:
    case FIGURE_COPY:
    case FIGURE_SECTION:
    case FIGURE_QUANTILE:
        return false;
    }
    if (known)
        *value *= factor / divisor;
    else if (d->why == NULL)
        d->why = derive_why(s, line, metric);
    return known;
}

/* --- into the record ----------------------------------------------------- */

/* The object at the pointer, made where it is missing; a null where a section
 * does not apply. */
static cJSON *derive_object(cJSON *record, const char *pointer, size_t length)
{
    char *key = text_make("%.*s", (int)length, pointer);
    char *last = strrchr(key, '/');
    cJSON *above, *object = record;

    if (last != NULL) {
        above = derive_object(record, pointer, (size_t)(last - key));
        object = cJSON_GetObjectItemCaseSensitive(above, last + 1);
        if (object == NULL)
            object = cJSON_AddObjectToObject(above, last + 1);
    }
    free(key);
    return object;
}

static void derive_row(struct derive *d)
{
    const struct figure *m = d->m;
    const char *metric = figure_metric(m);
    const char *key = strrchr(m->pointer, '/') + 1;
    bool reported = derive_reports(d->stream, metric), known;
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(d->stream->final, metric);
    cJSON *parent;
    double value = 0;

    if (m->optional && !reported)
        return;
    parent = derive_object(d->run->record, m->pointer,
                           (size_t)(key - 1 - m->pointer));
    if (!cJSON_IsObject(parent))
        return;
    if (m->kind == FIGURE_SECTION && reported) {
        cJSON_AddObjectToObject(parent, key);
        return;
    }
    if (m->kind == FIGURE_COPY && item != NULL && !cJSON_IsNull(item)) {
        cJSON_AddItemToObject(parent, key, cJSON_Duplicate(item, true));
        return;
    }
    known = derive_value(d, &value);
    if (known && fabs(value) <= RECORD_NUMBER_MAX) {
        cJSON_AddNumberToObject(parent, key, stream_round(value));
        return;
    }
    cJSON_AddNullToObject(parent, key);
    if (known)
        d->why = "value exceeds 2^53";
    if (d->why != NULL && (known || !m->if_reported || reported))
        cJSON_AddStringToObject(d->run->unknown, m->pointer, d->why);
}

void derive(const struct record_run *run, bool server)
{
    struct derive d = {.run = run};

    for (d.m = figures; d.m->pointer != NULL; d.m++)
        if (d.m->stream != NULL) {
            const bool serves = strcmp(d.m->stream, "server") == 0;

            d.stream = serves ? &run->server : &run->load;
            if (server || !serves)
                derive_row(&d);
        }
}
