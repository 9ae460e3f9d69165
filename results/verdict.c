#include "results/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/printf_like.h"
#include "results/fields.h"

/* A load that sent less than this share of its rate did not keep it. */
static const double verdict_rate_share = 0.95;
/* A window shorter than this share of the requested one was cut off. */
static const double verdict_window_share = 0.9;

/* Adds "name: ..." unless a reason of that name is there. */
static void verdict_reason(cJSON *reasons, const char *name, const char *format,
                           ...) PRINTF_LIKE(3, 4);
static void verdict_reason(cJSON *reasons, const char *name, const char *format,
                           ...)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%s: ", name);
    const cJSON *reason;
    va_list args;

    cJSON_ArrayForEach (reason, reasons)
        if (strncmp(reason->valuestring, name, strlen(name)) == 0)
            return;
    va_start(args, format);
    vsnprintf(text + length, sizeof text - (size_t)length, format, args);
    va_end(args);
    cJSON_AddItemToArray(reasons, cJSON_CreateString(text));
}

/* --- how the programs ended ---------------------------------------------- */

/* The server's errors always count; the load's only if it ended by one. */
static void verdict_stream(cJSON *reasons, const struct stream *stream,
                           const char *error_name, const char *died)
{
    const cJSON *line, *error = NULL;

    cJSON_ArrayForEach (line, stream->lines)
        if (error == NULL && stream_is(line, "event", "error"))
            error = line;
    if (error != NULL &&
        (strcmp(error_name, died) != 0 || stream->final == NULL)) {
        const char *what = stream_text(error, "what");
        const char *name = stream_text(error, "name");
        const char *text = stream_text(error, "text");

        verdict_reason(reasons, error_name, "%s%s%s%s%s%s",
                       what != NULL ? what : "?", name != NULL ? " (" : "",
                       name != NULL ? name : "", name != NULL ? ")" : "",
                       text != NULL ? ": " : "", text != NULL ? text : "");
    }
    if (stream->final == NULL && cJSON_GetArraySize(reasons) == 0)
        verdict_reason(reasons, died, "its final line did not come");
}

static void verdict_bytes(cJSON *reasons, const struct stream *load)
{
    const cJSON *first =
        cJSON_GetObjectItemCaseSensitive(load->final, "first_mismatch");
    const char *kind = stream_text(first, "kind");
    double mismatches = 0, connection = 0, offset = 0, expected, received;
    char bytes[64] = "";

    if (!stream_number(load->final, "mismatches", &mismatches) ||
        mismatches <= 0)
        return;
    stream_number(first, "connection", &connection);
    stream_number(first, "offset", &offset);
    if (stream_number(first, "expected", &expected) &&
        stream_number(first, "received", &received))
        snprintf(bytes, sizeof bytes, ", expected %.0f, received %.0f",
                 expected, received);
    verdict_reason(reasons, "byte_mismatch",
                   "connection %.0f offset %.0f: %s%s; %.0f in all", connection,
                   offset, kind != NULL ? kind : "wrong", bytes, mismatches);
}

/* --- what was measured --------------------------------------------------- */

static void verdict_window(const cJSON *record, cJSON *reasons)
{
    double window = 0, requested = 0, rate, sent, trips = 0, timed;

    record_number(record, "/asked/duration_s", &requested);
    if (!record_number(record, "/phases/window_s", &window)) {
        if (cJSON_GetArraySize(reasons) == 0)
            verdict_reason(reasons, "window_too_short", "nothing was measured");
        return;
    }
    if (window < verdict_window_share * requested)
        verdict_reason(reasons, "window_too_short",
                       "%.2f s were measured of %.2f s requested", window,
                       requested);
    else if (!record_number(record, "/traffic/window/client/messages_echoed",
                            &trips) ||
             trips <= 0)
        verdict_reason(reasons, "window_too_short",
                       "no round trip ended within its %.2f s", window);
    else if (record_number(record, "/latency_us/from_send/count", &timed) &&
             timed <= 0)
        verdict_reason(reasons, "window_too_short",
                       "no message that was sent within its %.2f s came back",
                       window);
    if (record_number(record, "/asked/rate_bytes_per_s", &rate) && rate > 0 &&
        record_number(record, "/throughput/client/sent_bytes_per_s", &sent) &&
        sent < verdict_rate_share * rate)
        verdict_reason(reasons, "rate_not_reached",
                       "%.0f bytes/s were sent of %.0f requested", sent, rate);
}

/* --- consistency --------------------------------------------------------- */

/* Without these nothing is proved. */
static const char *const verdict_required[] = {
    "/connections/attempted",
    "/connections/connected",
    "/connections/outcomes",
    "/connections/ends",
    "/traffic/client/sent_bytes",
    "/traffic/client/received_bytes",
    "/traffic/client/messages_sent",
    "/traffic/client/messages_echoed",
    "/traffic/server/accepted",
    "/traffic/server/opens",
    "/traffic/server/closes",
    "/traffic/server/refused",
    "/traffic/server/recv_bytes",
    "/traffic/server/send_bytes",
    "/integrity/mismatches",
    "/throughput/round_trips_per_s",
    "/latency_us/from_send",
    "/machine/server",
    "/machine/load",
};

static void verdict_differ(cJSON *reasons, const char *a, double x,
                           const char *b, double y)
{
    verdict_reason(reasons, "sums_differ", "%s is %.0f, %s is %.0f", a, x, b,
                   y);
}

/* The sum of an object's numbers; false when there is no such object. */
static bool verdict_total(const cJSON *at, const char *pointer, double *total)
{
    const cJSON *parts = record_at(at, pointer), *part;

    *total = 0;
    cJSON_ArrayForEach (part, parts)
        *total += cJSON_IsNumber(part) ? part->valuedouble : 0;
    return cJSON_IsObject(parts);
}

/* Every attempt has one outcome, every connection one end. `at` is all of the
 * healthy connections, or one kind of the hostile ones. */
static void verdict_outcomes(cJSON *reasons, const cJSON *at)
{
    double attempted, connected, total;

    if (record_number(at, "/attempted", &attempted) &&
        verdict_total(at, "/outcomes", &total) && attempted != total)
        verdict_differ(reasons, "attempted", attempted,
                       "the sum of the outcomes", total);
    if (record_number(at, "/connected", &connected) &&
        verdict_total(at, "/ends", &total) && connected != total)
        verdict_differ(reasons, "connected", connected, "the sum of the ends",
                       total);
}

static void verdict_connections(const cJSON *record, cJSON *reasons)
{
    const cJSON *all = record_at(record, "/connections"), *kind;
    const cJSON *hostile = record_at(all, "/hostile");
    const char *pattern =
        cJSON_GetStringValue(record_at(record, "/asked/pattern"));
    double requested = 0, attempted = 0, connected = 0, outcome = 0, more;
    bool again = hostile != NULL || /* each time is an attempt */
                 (pattern != NULL && (strcmp(pattern, "churn") == 0 ||
                                      strcmp(pattern, "mixed") == 0));

    verdict_outcomes(reasons, all);
    record_number(all, "/connected", &connected);
    record_number(all, "/outcomes/connected", &outcome);
    if (connected != outcome)
        verdict_differ(reasons, "connected", connected, "that outcome",
                       outcome);
    record_number(record, "/asked/connections", &requested);
    record_number(all, "/attempted", &attempted);
    cJSON_ArrayForEach (kind, hostile) {
        verdict_outcomes(reasons, kind);
        if (record_number(kind, "/attempted", &more))
            attempted += more;
    }
    if (again ? attempted < requested : attempted != requested)
        verdict_differ(reasons, "attempted", attempted,
                       "the number of connections requested", requested);
}

static void verdict_server(const cJSON *record, cJSON *reasons)
{
    const cJSON *server = record_at(record, "/traffic/server");
    double accepted = 0, opens = 0, closes = 0, refused = 0, connected = 0;

    record_number(server, "/accepted", &accepted);
    record_number(server, "/opens", &opens);
    record_number(server, "/closes", &closes);
    record_number(server, "/refused", &refused);
    record_number(record, "/connections/connected", &connected);
    if (opens != closes)
        verdict_differ(reasons, "the server's opens", opens, "its closes",
                       closes);
    if (opens + refused != accepted)
        verdict_differ(reasons, "accepted", accepted, "opens + refused",
                       opens + refused);
    if (opens < connected)
        verdict_differ(reasons, "the server's opens", opens, "connected",
                       connected);
}

/* All connections that may have carried bytes ended FIN for FIN. */
static bool verdict_clean(const cJSON *record)
{
    static const char *const dirty[] = {"unserved", "closed",    "reset",
                                        "mismatch", "abandoned", "other"};
    const cJSON *outcomes = record_at(record, "/connections/outcomes");
    double connected = 0, completed = 0, value;

    if (record_at(record, "/connections/hostile") != NULL)
        return false;
    for (size_t i = 0; i < sizeof dirty / sizeof *dirty; i++)
        if (stream_number(outcomes, dirty[i], &value) && value > 0)
            return false;
    record_number(record, "/connections/connected", &connected);
    record_number(record, "/connections/ends/completed", &completed);
    return connected == completed;
}

/* What one side received is what the other sent; less, where connections did
 * not end well. */
static void verdict_flow(const cJSON *record, cJSON *reasons, bool clean,
                         const char *received, const char *sent)
{
    const cJSON *traffic = record_at(record, "/traffic");
    double in = 0, out = 0;

    record_number(traffic, received, &in);
    record_number(traffic, sent, &out);
    if (clean ? in != out : in > out)
        verdict_differ(reasons, received, in, sent, out);
}

static void verdict_traffic(const cJSON *record, cJSON *reasons)
{
    bool clean = verdict_clean(record);
    double message, messages = 0, bytes = 0;

    /* With hostile peers, who reset and do not read, neither side knows how
     * much of the last operation went through. */
    if (record_at(record, "/connections/hostile") == NULL)
        verdict_flow(record, reasons, clean, "/server/recv_bytes",
                     "/client/sent_bytes");
    verdict_flow(record, reasons, clean, "/client/received_bytes",
                 "/server/send_bytes");
    verdict_flow(record, reasons, clean, "/server/send_bytes",
                 "/server/recv_bytes");
    verdict_flow(record, reasons, clean, "/client/messages_echoed",
                 "/client/messages_sent");
    record_number(record, "/traffic/client/messages_sent", &messages);
    record_number(record, "/traffic/client/sent_bytes", &bytes);
    if (clean && record_number(record, "/asked/message_bytes", &message) &&
        messages * message != bytes)
        verdict_differ(reasons, "messages sent x their size",
                       messages * message, "the client's bytes sent", bytes);
}

static void verdict_consistency(const cJSON *record, cJSON *reasons)
{
    for (size_t i = 0; i < sizeof verdict_required / sizeof *verdict_required;
         i++)
        if (record_at(record, verdict_required[i]) == NULL)
            verdict_reason(reasons, "sums_differ",
                           "%s is null, and no run is valid without it",
                           verdict_required[i]);
    if (cJSON_GetArraySize(reasons) > 0)
        return;
    verdict_connections(record, reasons);
    verdict_server(record, reasons);
    verdict_traffic(record, reasons);
}

void verdict(const cJSON *record, cJSON *reasons, const struct stream *server,
             const struct stream *load)
{
    double connected;

    verdict_bytes(reasons, load);
    verdict_stream(reasons, server, "server_error", "server_died");
    verdict_stream(reasons, load, "load_died", "load_died");
    if (stream_number(load->final, "connected", &connected) && connected <= 0)
        verdict_reason(reasons, "no_connections",
                       "none of the attempts connected");
    if (cJSON_IsTrue(
            cJSON_GetObjectItemCaseSensitive(load->final, "saturated")))
        verdict_reason(reasons, "client_saturated",
                       "load generator saturated: the figures describe the "
                       "client; give it more threads or another machine");
    verdict_window(record, reasons);
    if (cJSON_GetArraySize(reasons) == 0)
        verdict_consistency(record, reasons);
}
