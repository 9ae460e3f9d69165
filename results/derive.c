#include "results/stream.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/figures.h"
#include "results/fields.h"

enum { DERIVE_US = 1000000, DERIVE_KEY_SIZE = 64 };

struct derive {
    cJSON *record, *unknown;
    const struct stream *load;
    /* The figure that is being computed, from its stream, and why it is null;
     * NULL: it does not apply. */
    const struct figure *m;
    const struct stream *stream;
    const char *why;
};

/* --- the kinds ----------------------------------------------------------- */

/* Each returns whether the value is known; if not, it has set the reason. */

static bool derive_null(struct derive *d, const char *why)
{
    d->why = why;
    return false;
}

static bool derive_at(struct derive *d, const cJSON *line, double *value)
{
    const char *metric = figure_metric(d->m);

    return stream_number(line, metric, value) ||
           derive_null(d, stream_why(d->stream, line, metric));
}

static bool derive_growth(struct derive *d, const cJSON *from, double *value)
{
    const char *metric = figure_metric(d->m);
    const cJSON *end = d->stream->end;

    return stream_growth(from, end, metric, value) ||
           derive_null(
               d, stream_why(d->stream, from != NULL ? end : NULL, metric));
}

static bool derive_most(struct derive *d, double *highest)
{
    const struct stream *s = d->stream;
    const cJSON *line;
    double value;

    *highest = -1;
    cJSON_ArrayForEach (line, s->lines)
        if (line != s->ready &&
            stream_number(line, figure_metric(d->m), &value))
            *highest = fmax(*highest, value);
    return *highest >= 0 ||
           derive_null(d, stream_why(s, s->last, figure_metric(d->m)));
}

/* Without a window there is no rate, whatever the counters are. */
static bool derive_rate(struct derive *d, double *value)
{
    double seconds;

    if (!stream_window(d->stream, &seconds))
        return derive_null(d, "there was no whole window");
    if (!derive_growth(d, d->stream->begin, value))
        return false;
    *value /= seconds;
    return true;
}

/* CPU seconds per second of the window. */
static bool derive_cores(const struct stream *s, const char *user,
                         const char *kernel, double *cores)
{
    double u, k, seconds;

    if (!stream_growth(s->begin, s->end, user, &u) ||
        !stream_growth(s->begin, s->end, kernel, &k) ||
        !stream_window(s, &seconds))
        return false;
    *cores = (u + k) / DERIVE_US / seconds;
    return true;
}

static bool derive_busy(struct derive *d, double *percent)
{
    const struct stream *s = d->stream;
    const char *metric = figure_metric(d->m);
    double busy, idle;

    if (!stream_growth(s->begin, s->end, metric, &busy) ||
        !stream_growth(s->begin, s->end, d->m->second, &idle) || busy < 0 ||
        idle < 0 || busy + idle <= 0)
        return derive_null(d, stream_why(s, s->end, metric));
    *percent = 100 * busy / (busy + idle);
    return true;
}

static bool derive_per_trip(struct derive *d, const char *user,
                            const char *kernel, double *us)
{
    const struct stream *load = d->load;
    double trips, seconds, cores;

    if (!stream_window(load, &seconds) ||
        !stream_growth(load->begin, load->end, "messages_echoed", &trips) ||
        trips <= 0)
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

static bool derive_per_trip_total(struct derive *d, double *us)
{
    double wine = 0;
    bool known = derive_per_trip(d, "user_us", "kernel_us", us);

    if (known && derive_reports(d->stream, "wineserver_user_us"))
        known = derive_per_trip(d, "wineserver_user_us", "wineserver_kernel_us",
                                &wine);
    *us += wine;
    return known;
}

static bool derive_connect_rate(struct derive *d, double *per_s)
{
    double connected, seconds, requested;

    if (!stream_number(d->load->last, "connected", &connected) ||
        !stream_phase(d->load, "connecting", "connected", &seconds) ||
        seconds <= 0)
        return derive_null(d, "connecting did not come to its end");
    if (record_number(d->record, "/asked/connections", &requested) &&
        connected > requested)
        return derive_null(d, "connections were made all the time");
    *per_s = connected / seconds;
    return true;
}

static bool derive_per_connection(struct derive *d, double *value)
{
    double open;

    if (!derive_growth(d, d->stream->empty, value) ||
        !stream_number(d->stream->end, "connections", &open) || open <= 0)
        return derive_null(d, d->m->why);
    *value /= open;
    return true;
}

static bool derive_value(struct derive *d, double *value)
{
    const struct stream *s = d->stream;
    const struct figure *m = d->m;
    const char *metric = figure_metric(m);
    bool known = false;

    d->why = m->why;
    switch (m->kind) {
    case FIGURE_LAST:
        return derive_at(d, s->last, value);
    case FIGURE_EMPTY:
        return derive_at(d, s->empty, value);
    case FIGURE_END:
        return derive_at(d, s->end, value);
    case FIGURE_CHANGE:
        return derive_growth(d, s->empty, value);
    case FIGURE_MOST:
        return derive_most(d, value);
    case FIGURE_WINDOW:
        return derive_growth(d, s->begin, value);
    case FIGURE_SECONDS:
        known = derive_growth(d, s->begin, value);
        *value /= DERIVE_US;
        return known;
    case FIGURE_RATE:
        return derive_rate(d, value);
    case FIGURE_CORES:
        known = derive_cores(s, metric, m->second, value) ||
                derive_null(d, stream_why(s, s->end, metric));
        *value *= 100;
        return known;
    case FIGURE_BUSY:
        return derive_busy(d, value);
    case FIGURE_PER_TRIP:
        return derive_per_trip(d, metric, m->second, value);
    case FIGURE_PER_TRIP_TOTAL:
        return derive_per_trip_total(d, value);
    case FIGURE_PHASE:
        return stream_phase(s, metric, m->second, value);
    case FIGURE_WINDOW_S:
        return stream_window(s, value);
    case FIGURE_CONNECT_RATE:
        return derive_connect_rate(d, value);
    case FIGURE_PER_CONNECTION:
        return derive_per_connection(d, value);
    case FIGURE_REQUESTED:
    case FIGURE_COPY:
    case FIGURE_SECTION:
    case FIGURE_QUANTILE:
        break;
    }
    return false;
}

/* --- into the record ----------------------------------------------------- */

/* The object that the pointer's last key stands in, made where it is missing;
 * NULL where a section does not apply. */
static cJSON *derive_parent(cJSON *record, const char *pointer,
                            const char **key)
{
    cJSON *at = record;

    for (*key = pointer + 1; cJSON_IsObject(at); *key = pointer + 1) {
        size_t length = strcspn(*key, "/");
        char name[DERIVE_KEY_SIZE];
        cJSON *next;

        pointer = *key + length;
        if (*pointer == '\0')
            return at;
        snprintf(name, sizeof name, "%.*s", (int)length, *key);
        next = cJSON_GetObjectItemCaseSensitive(at, name);
        at = next != NULL ? next : cJSON_AddObjectToObject(at, name);
    }
    return NULL;
}

static void derive_row(struct derive *d)
{
    const struct figure *m = d->m;
    const char *metric = figure_metric(m), *key;
    bool reported = derive_reports(d->stream, metric), known;
    const cJSON *item =
        cJSON_GetObjectItemCaseSensitive(d->stream->final, metric);
    cJSON *parent;
    double value = 0;

    if (m->optional && !reported)
        return;
    parent = derive_parent(d->record, m->pointer, &key);
    if (parent == NULL)
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
    if (d->why != NULL && (known || !m->wine || reported))
        cJSON_AddStringToObject(d->unknown, m->pointer, d->why);
}

void derive(cJSON *record, cJSON *unknown, const struct stream *server,
            const struct stream *load)
{
    struct derive d = {.record = record, .unknown = unknown, .load = load};

    for (d.m = figures; d.m->pointer != NULL; d.m++)
        if (d.m->stream != NULL) {
            d.stream = strcmp(d.m->stream, "server") == 0 ? server : load;
            derive_row(&d);
        }
}
