#include "results/record.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/fs.h"
#include "results/record_parts.h"
#include "results/sums.h"
#include "results/text.h"

/* A load that sent less than this share of its rate measured itself. */
static const double record_rate_share = 0.95;
/* A window this much shorter than asked was cut off. */
static const double record_window_share = 0.9;

/* --- helpers for derive.c ------------------------------------------------ */

double record_round(double value)
{
    double rounded = round(value * 1e6) / 1e6;

    /* Not isfinite: mingw's macro narrows to float, which warns. */
    return fabs(rounded) <= DBL_MAX ? rounded : value;
}

struct record_place record_section(struct record_work *work, cJSON *parent,
                                   const char *name, const char *pointer)
{
    struct record_place place = {work, NULL, pointer};

    place.object = cJSON_AddObjectToObject(parent, name);
    if (place.object == NULL)
        die("cJSON_AddObjectToObject");
    return place;
}

void record_put(const struct record_place *at, const char *key, double value)
{
    /* The schema's maximum; a program that says more is wrong. */
    static const double most = 9007199254740992.0;

    if (fabs(value) <= most)
        cJSON_AddNumberToObject(at->object, key, record_round(value));
    else
        record_put_null(at, key, "what the program told is beyond 2^53");
}

void record_put_null(const struct record_place *at, const char *key,
                     const char *why)
{
    struct text pointer = {0};
    char *text;

    cJSON_AddNullToObject(at->object, key);
    if (why == NULL)
        return;
    text_add(&pointer, "%s/%s", at->pointer, key);
    text = text_take(&pointer);
    cJSON_AddStringToObject(at->work->unknown, text, why);
    free(text);
}

const char *record_why(const struct record_stream *stream, const cJSON *line,
                       const char *metric)
{
    const char *why = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(stream->unknown, metric));

    if (why != NULL)
        return why;
    return line == NULL ? "the run did not come to this point"
                        : "the program does not report it";
}

bool record_metric(const cJSON *line, const char *metric, double *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, metric);

    if (!cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
}

bool record_growth(const cJSON *from, const cJSON *to, const char *metric,
                   double *value)
{
    double before, after;

    if (!record_metric(from, metric, &before) ||
        !record_metric(to, metric, &after))
        return false;
    *value = after - before;
    return true;
}

void record_reason(struct record_work *work, const char *name,
                   const char *format, ...)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%s: ", name);
    const cJSON *reason;
    va_list args;

    cJSON_ArrayForEach (reason, work->reasons)
        if (strncmp(reason->valuestring, name, strlen(name)) == 0)
            return;
    va_start(args, format);
    vsnprintf(text + length, sizeof text - (size_t)length, format, args);
    va_end(args);
    cJSON_AddItemToArray(work->reasons, cJSON_CreateString(text));
}

/* --- the streams --------------------------------------------------------- */

static const char *record_text(const cJSON *line, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, key));
}

static bool record_is(const cJSON *line, const char *key, const char *text)
{
    const char *found = record_text(line, key);

    return found != NULL && strcmp(found, text) == 0;
}

static struct record_stream record_stream(const char *who, const char *first,
                                          const cJSON *lines)
{
    struct record_stream stream = {.who = who, .lines = lines};
    const cJSON *line;

    cJSON_ArrayForEach (line, lines) {
        bool sample = record_is(line, "event", "sample");

        if (stream.first == NULL && record_is(line, "event", first))
            stream.first = line;
        if (record_is(line, "event", "final"))
            stream.final = line;
        if (sample || stream.final == line)
            stream.last = line;
        if (sample && record_is(line, "mark", "empty"))
            stream.empty = line;
        if (sample && record_is(line, "mark", "begin"))
            stream.begin = line;
        if (sample && record_is(line, "mark", "end"))
            stream.end = line;
    }
    stream.unknown = cJSON_GetObjectItemCaseSensitive(stream.first, "unknown");
    return stream;
}

/* --- sections that copy -------------------------------------------------- */

static void record_head(struct record_work *work)
{
    const struct record_parts *parts = work->parts;
    cJSON *record = work->record, *suite;

    cJSON_AddStringToObject(record, "schema", "iomodels/run");
    cJSON_AddNumberToObject(record, "schema_version", RECORD_VERSION);
    cJSON_AddStringToObject(record, "id", parts->id);
    cJSON_AddStringToObject(record, "started_at", parts->started_at);
    suite = cJSON_AddObjectToObject(record, "suite");
    cJSON_AddStringToObject(suite, "version", parts->version);
    cJSON_AddStringToObject(suite, "command", parts->command);
    if (parts->plan != NULL)
        cJSON_AddStringToObject(suite, "plan", parts->plan);
    else
        cJSON_AddNullToObject(suite, "plan");
    cJSON_AddBoolToObject(record, "valid", false);
    cJSON_AddItemToObject(record, "reasons", work->reasons);
    cJSON_AddItemToObject(record, "asked", cJSON_Duplicate(parts->asked, true));
}

static void record_latency(struct record_work *work)
{
    const cJSON *latency =
        cJSON_GetObjectItemCaseSensitive(work->load.final, "latency_us");
    struct record_place at = {work, work->record, ""};

    if (cJSON_IsObject(latency))
        cJSON_AddItemToObject(work->record, "latency_us",
                              cJSON_Duplicate(latency, true));
    else
        record_put_null(&at, "latency_us", "the load did not end by itself");
}

static void record_integrity(struct record_work *work)
{
    struct record_place at =
        record_section(work, work->record, "integrity", "/integrity");
    const cJSON *first =
        cJSON_GetObjectItemCaseSensitive(work->load.final, "first_mismatch");
    double mismatches;

    if (record_metric(work->load.final, "mismatches", &mismatches))
        record_put(&at, "mismatches", mismatches);
    else
        record_put_null(&at, "mismatches", "the load did not end by itself");
    cJSON_AddItemToObject(at.object, "first_mismatch",
                          cJSON_IsObject(first) ? cJSON_Duplicate(first, true)
                                                : cJSON_CreateNull());
}

/* The machine's own facts, with what the process said of itself beside. */
static void record_machine_of(const struct record_place *machines,
                              const struct record_stream *stream,
                              const char *pointer)
{
    static const char *const skipped[] = {"event", "unknown", "machine",
                                          "arrived_us"};
    const cJSON *machine =
        cJSON_GetObjectItemCaseSensitive(stream->first, "machine");
    struct record_place at;
    const cJSON *item;
    cJSON *process;

    if (stream->first == NULL) {
        record_put_null(machines, stream->who, "the program never was ready");
        return;
    }
    at = record_section(machines->work, machines->object, stream->who, pointer);
    if (!cJSON_IsObject(machine))
        machine = NULL; /* an array's items would have no names */
    cJSON_ArrayForEach (item, machine) {
        if (cJSON_IsNull(item))
            record_put_null(
                &at, item->string,
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
                    stream->unknown, item->string)));
        else
            cJSON_AddItemToObject(at.object, item->string,
                                  cJSON_Duplicate(item, true));
    }
    process = cJSON_Duplicate(stream->first, true);
    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(process, skipped[i]);
    cJSON_AddItemToObject(at.object, "process", process);
}

static void record_machine(struct record_work *work)
{
    struct record_place at =
        record_section(work, work->record, "machine", "/machine");

    record_machine_of(&at, &work->server, "/machine/server");
    record_machine_of(&at, &work->load, "/machine/load");
}

/* --- the verdict --------------------------------------------------------- */

static void record_judge_stream(struct record_work *work,
                                const struct record_stream *stream,
                                const char *died)
{
    const cJSON *line, *error = NULL;

    cJSON_ArrayForEach (line, stream->lines)
        if (error == NULL && record_is(line, "event", "error"))
            error = line;
    if (error != NULL) {
        const char *what = record_text(error, "what");
        const char *name = record_text(error, "name");
        const char *text = record_text(error, "text");

        /* A load has no reason of this kind but that it ended by it. */
        if (stream == &work->server || stream->final == NULL)
            record_reason(work, stream == &work->server ? "server_error" : died,
                          "%s%s%s%s%s%s", what != NULL ? what : "?",
                          name != NULL ? " (" : "", name != NULL ? name : "",
                          name != NULL ? ")" : "", text != NULL ? ": " : "",
                          text != NULL ? text : "");
    }
    if (stream->final == NULL && cJSON_GetArraySize(work->reasons) == 0)
        record_reason(work, died, "its final line did not come");
}

static void record_judge_bytes(struct record_work *work)
{
    const cJSON *first =
        cJSON_GetObjectItemCaseSensitive(work->load.final, "first_mismatch");
    double mismatches = 0, connection = 0, offset = 0, expected, received;
    char bytes[64] = "";

    if (!record_metric(work->load.final, "mismatches", &mismatches) ||
        mismatches <= 0)
        return;
    record_metric(first, "connection", &connection);
    record_metric(first, "offset", &offset);
    if (record_metric(first, "expected", &expected) &&
        record_metric(first, "received", &received))
        snprintf(bytes, sizeof bytes, ", expected %.0f, received %.0f",
                 expected, received);
    record_reason(
        work, "byte_mismatch", "connection %.0f offset %.0f: %s%s; %.0f in all",
        connection, offset,
        record_text(first, "kind") != NULL ? record_text(first, "kind")
                                           : "wrong",
        bytes, mismatches);
}

static void record_judge_window(struct record_work *work)
{
    const cJSON *record = work->record;
    double window = 0, asked = 0, rate, sent, trips = 0, timed;

    record_number(record, "/asked/duration_s", &asked);
    if (!record_number(record, "/phases/window_s", &window))
        return; /* whatever stopped it has its own reason, or the next one */
    if (window < record_window_share * asked)
        record_reason(work, "window_too_short",
                      "%.2f s were measured of %.2f s asked for", window,
                      asked);
    else if (!record_number(record, "/traffic/window/client/messages_echoed",
                            &trips) ||
             trips <= 0)
        record_reason(work, "window_too_short",
                      "no round trip ended within its %.2f s", window);
    else if (record_number(record, "/latency_us/from_send/count", &timed) &&
             timed <= 0)
        record_reason(work, "window_too_short",
                      "no message that was sent within its %.2f s came back",
                      window);
    if (record_number(record, "/asked/rate_bytes_per_s", &rate) && rate > 0 &&
        record_number(record, "/throughput/client/sent_bytes_per_s", &sent) &&
        sent < record_rate_share * rate)
        record_reason(work, "rate_not_reached",
                      "%.0f bytes/s were sent of %.0f asked for", sent, rate);
}

static void record_sum_differs(void *context, const char *pointer,
                               const char *what)
{
    record_reason(context, "sums_differ", "%s: %s", pointer, what);
}

static void record_judge(struct record_work *work)
{
    const struct fault_sink sink = {record_sum_differs, work};
    double connected = 0, window;

    record_judge_bytes(work);
    record_judge_stream(work, &work->server, "server_died");
    record_judge_stream(work, &work->load, "load_died");
    if (work->load.final != NULL &&
        record_metric(work->load.final, "connected", &connected) &&
        connected <= 0)
        record_reason(work, "no_connections", "none of the attempts connected");
    record_judge_window(work);
    if (cJSON_IsTrue(
            cJSON_GetObjectItemCaseSensitive(work->load.final, "saturated")))
        record_reason(work, "client_saturated",
                      "the load, or a thread of it, had no rest: it measured "
                      "itself; give it more threads or another machine");
    if (cJSON_GetArraySize(work->reasons) == 0 &&
        !record_number(work->record, "/phases/window_s", &window))
        record_reason(work, "window_too_short", "nothing was measured");
    /* A run that was cut off owes no sums. */
    if (cJSON_GetArraySize(work->reasons) == 0)
        sums_check(work->record, &sink);
    if (cJSON_GetArraySize(work->reasons) == 0)
        cJSON_ReplaceItemInObjectCaseSensitive(work->record, "valid",
                                               cJSON_CreateTrue());
}

cJSON *record_build(const struct record_parts *parts)
{
    struct record_work work = {.parts = parts};

    work.server = record_stream("server", "listening", parts->server_lines);
    work.load = record_stream("load", "ready", parts->load_lines);
    work.record = cJSON_CreateObject();
    work.unknown = cJSON_CreateObject();
    work.reasons = cJSON_IsArray(parts->reasons)
                       ? cJSON_Duplicate(parts->reasons, true)
                       : cJSON_CreateArray();
    if (work.record == NULL || work.unknown == NULL || work.reasons == NULL)
        die("cJSON_CreateObject");
    record_head(&work);
    record_derive(&work);
    record_latency(&work);
    record_integrity(&work);
    record_machine(&work);
    cJSON_AddItemToObject(work.record, "unknown", work.unknown);
    record_samples(&work);
    record_judge(&work);
    return work.record;
}
