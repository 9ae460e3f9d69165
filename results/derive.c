#include "results/derive.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "results/figures.h"
#include "results/fields.h"

enum { DERIVE_US = 1000000, DERIVE_KEY_SIZE = 64 };

struct derive {
    cJSON *record, *unknown;
    const struct stream *server, *load;
};

/* A value, or why there is none (NULL: it does not apply). */
struct derive_value {
    bool known;
    double value;
    const char *why;
};

static struct derive_value derive_known(double value)
{
    return (struct derive_value){true, value, NULL};
}

static struct derive_value derive_null(const char *why)
{
    return (struct derive_value){false, 0, why};
}

/* --- the kinds ----------------------------------------------------------- */

static struct derive_value derive_at(const struct stream *stream,
                                     const cJSON *line, const char *metric)
{
    double value;

    if (stream_number(line, metric, &value))
        return derive_known(value);
    return derive_null(stream_why(stream, line, metric));
}

static struct derive_value derive_growth(const struct stream *stream,
                                         const cJSON *from, const char *metric)
{
    double value;

    if (stream_growth(from, stream->end, metric, &value))
        return derive_known(value);
    return derive_null(
        stream_why(stream, from != NULL ? stream->end : NULL, metric));
}

static struct derive_value derive_most(const struct stream *stream,
                                       const char *metric)
{
    double highest = -1, value;
    const cJSON *line;

    cJSON_ArrayForEach (line, stream->lines)
        if (line != stream->ready && stream_number(line, metric, &value))
            highest = fmax(highest, value);
    return highest >= 0 ? derive_known(highest)
                        : derive_null(stream_why(stream, stream->last, metric));
}

/* Without a window there is no rate, whatever the counters are. */
static struct derive_value derive_rate(const struct stream *stream,
                                       const char *metric)
{
    struct derive_value growth = derive_growth(stream, stream->begin, metric);
    double seconds;

    if (!stream_window(stream, &seconds))
        return derive_null("there was no whole window");
    growth.value /= seconds;
    return growth;
}

/* CPU seconds per second of the window. */
static struct derive_value derive_cores(const struct stream *stream,
                                        const char *user, const char *kernel)
{
    double u, k, seconds;

    if (!stream_growth(stream->begin, stream->end, user, &u) ||
        !stream_growth(stream->begin, stream->end, kernel, &k) ||
        !stream_window(stream, &seconds))
        return derive_null(stream_why(stream, stream->end, user));
    return derive_known((u + k) / DERIVE_US / seconds);
}

static struct derive_value derive_busy(const struct stream *stream,
                                       const struct figure *m)
{
    double busy, idle;

    if (stream_growth(stream->begin, stream->end, figure_metric(m), &busy) &&
        stream_growth(stream->begin, stream->end, m->second, &idle) &&
        busy >= 0 && idle >= 0 && busy + idle > 0)
        return derive_known(100 * busy / (busy + idle));
    return derive_null(stream_why(stream, stream->end, figure_metric(m)));
}

static struct derive_value derive_per_trip(const struct derive *d,
                                           const struct stream *stream,
                                           const char *user, const char *kernel)
{
    struct derive_value trips = derive_rate(d->load, "messages_echoed");
    struct derive_value cores = derive_cores(stream, user, kernel);

    if (!trips.known || trips.value <= 0)
        return derive_null("no round trip was measured");
    if (!cores.known)
        return derive_null("the processor time is not known");
    return derive_known(DERIVE_US * cores.value / trips.value);
}

static bool derive_reports(const struct stream *stream, const char *metric)
{
    return cJSON_HasObjectItem(stream->last, metric);
}

static struct derive_value derive_per_trip_total(const struct derive *d)
{
    struct derive_value total =
        derive_per_trip(d, d->server, "user_us", "kernel_us");
    struct derive_value wine;

    if (!total.known || !derive_reports(d->server, "wineserver_user_us"))
        return total;
    wine = derive_per_trip(d, d->server, "wineserver_user_us",
                           "wineserver_kernel_us");
    wine.value += total.value;
    return wine;
}

static struct derive_value derive_connect_rate(const struct derive *d,
                                               const struct figure *m)
{
    double connected, seconds, requested;

    if (!stream_number(d->load->last, figure_metric(m), &connected) ||
        !stream_phase(d->load, "connecting", "connected", &seconds) ||
        seconds <= 0)
        return derive_null("connecting did not come to its end");
    if (record_number(d->record, "/asked/connections", &requested) &&
        connected > requested)
        return derive_null("connections were made all the time");
    return derive_known(connected / seconds);
}

static struct derive_value derive_per_connection(const struct stream *stream,
                                                 const struct figure *m)
{
    struct derive_value change =
        derive_growth(stream, stream->empty, figure_metric(m));
    double open;

    if (!change.known || !stream_number(stream->end, "connections", &open) ||
        open <= 0)
        return derive_null(m->why);
    return derive_known(change.value / open);
}

static struct derive_value derive_measure(const struct derive *d,
                                          const struct figure *m,
                                          const struct stream *stream)
{
    struct derive_value value = {false, 0, m->why};

    switch (m->kind) {
    case FIGURE_LAST:
        return derive_at(stream, stream->last, figure_metric(m));
    case FIGURE_EMPTY:
        return derive_at(stream, stream->empty, figure_metric(m));
    case FIGURE_END:
        return derive_at(stream, stream->end, figure_metric(m));
    case FIGURE_CHANGE:
        return derive_growth(stream, stream->empty, figure_metric(m));
    case FIGURE_MOST:
        return derive_most(stream, figure_metric(m));
    case FIGURE_WINDOW:
        return derive_growth(stream, stream->begin, figure_metric(m));
    case FIGURE_SECONDS:
        value = derive_growth(stream, stream->begin, figure_metric(m));
        value.value /= DERIVE_US;
        return value;
    case FIGURE_RATE:
        return derive_rate(stream, figure_metric(m));
    case FIGURE_CORES:
        value = derive_cores(stream, figure_metric(m), m->second);
        value.value *= 100;
        return value;
    case FIGURE_BUSY:
        return derive_busy(stream, m);
    case FIGURE_PER_TRIP:
        return derive_per_trip(d, stream, figure_metric(m), m->second);
    case FIGURE_PER_TRIP_TOTAL:
        return derive_per_trip_total(d);
    case FIGURE_PHASE:
        value.known =
            stream_phase(stream, figure_metric(m), m->second, &value.value);
        return value;
    case FIGURE_WINDOW_S:
        value.known = stream_window(stream, &value.value);
        return value;
    case FIGURE_CONNECT_RATE:
        return derive_connect_rate(d, m);
    case FIGURE_PER_CONNECTION:
        return derive_per_connection(stream, m);
    case FIGURE_REQUESTED:
    case FIGURE_COPY:
    case FIGURE_SECTION:
    case FIGURE_QUANTILE:
        break;
    }
    return value;
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

static void derive_put_null(const struct derive *d, const struct figure *m,
                            cJSON *parent, const char *key, const char *why)
{
    cJSON_AddNullToObject(parent, key);
    if (why != NULL)
        cJSON_AddStringToObject(d->unknown, m->pointer, why);
}

static void derive_put(const struct derive *d, const struct figure *m,
                       cJSON *parent, const char *key,
                       const struct stream *stream)
{
    struct derive_value value = derive_measure(d, m, stream);

    if (!value.known && m->wine && !derive_reports(stream, figure_metric(m)))
        value.why = NULL;
    if (value.known && fabs(value.value) <= RECORD_NUMBER_MAX)
        cJSON_AddNumberToObject(parent, key, stream_round(value.value));
    else
        derive_put_null(d, m, parent, key,
                        value.known ? "value exceeds 2^53" : value.why);
}

static void derive_row(const struct derive *d, const struct figure *m)
{
    const struct stream *stream;
    const cJSON *item;
    const char *key;
    cJSON *parent;

    if (m->stream == NULL)
        return;
    stream = strcmp(m->stream, "server") == 0 ? d->server : d->load;
    if (m->optional && !derive_reports(stream, figure_metric(m)))
        return;
    parent = derive_parent(d->record, m->pointer, &key);
    if (parent == NULL)
        return;
    item = cJSON_GetObjectItemCaseSensitive(stream->final, figure_metric(m));
    if (m->kind == FIGURE_SECTION && derive_reports(stream, figure_metric(m)))
        cJSON_AddObjectToObject(parent, key);
    else if (m->kind != FIGURE_COPY)
        derive_put(d, m, parent, key, stream);
    else if (item != NULL && !cJSON_IsNull(item))
        cJSON_AddItemToObject(parent, key, cJSON_Duplicate(item, true));
    else
        derive_put_null(d, m, parent, key, m->why);
}

void derive(cJSON *record, cJSON *unknown, const struct stream *server,
            const struct stream *load)
{
    struct derive d = {record, unknown, server, load};

    for (const struct figure *m = figures; m->pointer != NULL; m++)
        derive_row(&d, m);
}
