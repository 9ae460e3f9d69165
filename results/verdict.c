#include "results/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/errors.h"
#include "common/machine.h"
#include "common/service.h"
#include "results/fields.h"

/* A load that sent less than this share of its rate did not keep it. */
static const double verdict_rate_share = 0.95;
/* A window shorter than this share of the requested one was cut off. */
static const double verdict_window_share = 0.9;
/* A closed loop's window that holds fewer round trips than this measures a
 * phase of the loop and not its rate. */
static const double verdict_window_medians = 5;
/* The windows of several load generators have so much in common. */
static const double verdict_overlap_percent = 98;

/* Adds "name: ..." unless a reason of that name is there. */
PRINTF_LIKE(3, 4)
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
    const cJSON *line;

    cJSON_ArrayForEach (line, stream->lines) {
        const char *what = record_text(line, "/what");
        const char *name = record_text(line, "/name");

        if (!line_is(line, "event", "error") ||
            (strcmp(error_name, died) == 0 && stream->final != NULL))
            continue;
        if (name[0] == '\0')
            verdict_reason(reasons, error_name, "%s", what);
        else
            verdict_reason(reasons, error_name, "%s (%s): %s", what, name,
                           record_text(line, "/text"));
    }
    if (stream->final == NULL && cJSON_GetArraySize(reasons) == 0)
        verdict_reason(reasons, died, "its final line is missing");
}

static void verdict_bytes(cJSON *reasons, const cJSON *final)
{
    double mismatches = 0, connection = 0, offset = 0, expected, received;
    char bytes[64] = "";

    if (!record_number(final, "/mismatches", &mismatches) || mismatches <= 0)
        return;
    record_number(final, "/first_mismatch/connection", &connection);
    record_number(final, "/first_mismatch/offset", &offset);
    if (record_number(final, "/first_mismatch/expected", &expected) &&
        record_number(final, "/first_mismatch/received", &received))
        snprintf(bytes, sizeof bytes, ", expected %.0f, received %.0f",
                 expected, received);
    verdict_reason(reasons, "byte_mismatch",
                   "connection %.0f offset %.0f: %s%s; %.0f in all", connection,
                   offset, record_text(final, "/first_mismatch/kind"), bytes,
                   mismatches);
}

/* --- what was measured --------------------------------------------------- */

/* Each connection sends again when its echo is there. */
static bool verdict_closed_loop(const cJSON *record)
{
    const char *pattern = record_text(record, "/asked/pattern");
    double think_s;

    return (strcmp(pattern, "echo") == 0 || strcmp(pattern, "sparse") == 0) &&
           (!record_number(record, "/asked/think_s", &think_s) || think_s <= 0);
}

static void verdict_window(const cJSON *record, cJSON *reasons)
{
    double window = 0, requested = 0, rate, sent, trips = 0, timed, median;

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
                       "no round trip was completed within %.2f s", window);
    else if (record_number(record, "/latency_us/from_send/count", &timed) &&
             timed <= 0)
        verdict_reason(reasons, "window_too_short",
                       "no message sent within its %.2f s came back", window);
    else if (verdict_closed_loop(record) &&
             record_number(record, "/latency_us/from_send/p50", &median) &&
             window * 1e6 < verdict_window_medians * median)
        verdict_reason(reasons, "window_too_short",
                       "its %.2f s hold %.1f round trips of a connection, and "
                       "%.0f are needed; give a longer --duration",
                       window, window * 1e6 / median, verdict_window_medians);
    if (record_number(record, "/asked/rate_bytes_per_s", &rate) && rate > 0 &&
        record_number(record, "/throughput/client/sent_bytes_per_s", &sent) &&
        sent < verdict_rate_share * rate)
        verdict_reason(reasons, "rate_not_reached",
                       "%.0f bytes/s were sent of %.0f requested", sent, rate);
}

/* What several load generators count is of one time. */
static void verdict_overlap(const cJSON *record, cJSON *reasons)
{
    double overlap, skew = 0;

    if (!record_number(record, "/phases/overlap_percent", &overlap) ||
        overlap >= verdict_overlap_percent)
        return;
    record_number(record, "/phases/start_skew_s", &skew);
    verdict_reason(reasons, "windows_apart",
                   "the load generators' windows have %.1f %% in common (they "
                   "began %.3f s apart), and %.0f %% are needed; give a longer "
                   "--duration or launchers with less delay",
                   overlap, skew, verdict_overlap_percent);
}

/* --- consistency --------------------------------------------------------- */

/* A number, or the sum of an object's numbers. */
static double verdict_sum(const cJSON *at, const char *pointer)
{
    const cJSON *item = record_at(at, pointer), *part;
    double sum = 0;

    record_number(at, pointer, &sum);
    cJSON_ArrayForEach (part, item)
        sum += cJSON_IsNumber(part) ? part->valuedouble : 0;
    return sum;
}

static void verdict_compare(const cJSON *at, cJSON *reasons, const char *a,
                            const char *b, bool equal)
{
    double x = verdict_sum(at, a), y = verdict_sum(at, b);

    if (equal ? x != y : x > y)
        verdict_reason(reasons, "sums_differ", "%s is %.0f, %s is %.0f", a, x,
                       b, y);
}

/* All connections that may have carried bytes ended FIN for FIN. */
static bool verdict_clean(const cJSON *record)
{
    static const char *const dirty[] = {"unserved", "closed",    "reset",
                                        "mismatch", "abandoned", "other"};
    const cJSON *outcomes = record_at(record, "/connections/outcomes");
    double value;

    for (size_t i = 0; i < sizeof dirty / sizeof *dirty; i++)
        if (line_number(outcomes, dirty[i], &value) && value > 0)
            return false;
    return record_at(record, "/connections/hostile") == NULL &&
           verdict_sum(record, "/connections/connected") ==
               verdict_sum(record, "/connections/ends/completed");
}

static void verdict_sums(const cJSON *record, cJSON *reasons)
{
    /* =: the same; <: at most; ~: the same, or at most where connections did
     * not end well; !: like ~, but not with hostile peers, who reset and do not
     * read: neither side knows how much of the last operation to the server
     * went through. */
    static const char *const rules[][3] = {
        {"/connections/attempted", "=", "/connections/outcomes"},
        {"/connections/connected", "=", "/connections/ends"},
        {"/connections/connected", "=", "/connections/outcomes/connected"},
        {"/traffic/server/opens", "=", "/traffic/server/closes"},
        {"/connections/connected", "<", "/traffic/server/opens"},
        {"/traffic/server/recv_bytes", "!", "/traffic/client/sent_bytes"},
        {"/traffic/client/received_bytes", "~", "/traffic/server/send_bytes"},
        {"/traffic/client/messages_echoed", "~",
         "/traffic/client/messages_sent"},
        /* Of an echo alone: the last. */
        {"/traffic/server/send_bytes", "~", "/traffic/server/recv_bytes"},
    };
    const bool file = service_is_file(record_text(record, "/asked/service"));
    const cJSON *hostile = record_at(record, "/connections/hostile"), *kind;
    const char *pattern = record_text(record, "/asked/pattern");
    bool clean = verdict_clean(record);
    bool again = hostile != NULL || strcmp(pattern, "churn") == 0 ||
                 strcmp(pattern, "mixed") == 0; /* each time is an attempt */
    double requested = verdict_sum(record, "/asked/connections");
    double attempted = verdict_sum(record, "/connections/attempted");
    double accepted = verdict_sum(record, "/traffic/server/accepted");
    double opens = verdict_sum(record, "/traffic/server/opens");
    double refused = verdict_sum(record, "/traffic/server/refused");
    double sent =
        verdict_sum(record, "/traffic/client/messages_sent") *
        (file ? SERVICE_REQUEST : verdict_sum(record, "/asked/message_bytes"));
    double bytes = verdict_sum(record, "/traffic/client/sent_bytes");

    for (size_t i = 0; i < sizeof rules / sizeof *rules - file; i++) {
        char rule = rules[i][1][0];

        if (rule != '!' || hostile == NULL)
            verdict_compare(record, reasons, rules[i][0], rules[i][2],
                            rule == '=' || (rule != '<' && clean));
    }
    cJSON_ArrayForEach (kind, hostile) {
        verdict_compare(kind, reasons, "/attempted", "/outcomes", true);
        verdict_compare(kind, reasons, "/connected", "/ends", true);
        attempted += verdict_sum(kind, "/attempted");
    }
    if (again ? attempted < requested : attempted != requested)
        verdict_reason(reasons, "sums_differ",
                       "%.0f connections were attempted of %.0f requested",
                       attempted, requested);
    if (opens + refused != accepted)
        verdict_reason(reasons, "sums_differ",
                       "the server accepted %.0f, opened %.0f and refused %.0f",
                       accepted, opens, refused);
    if (clean && sent != bytes)
        verdict_reason(reasons, "sums_differ",
                       "the messages sent have %.0f bytes, "
                       "/traffic/client/sent_bytes is %.0f",
                       sent, bytes);
}

static void verdict_connected(const cJSON *record, const cJSON *final,
                              cJSON *reasons)
{
    double connected, refused = 0, timed_out = 0, port;
    char text[16];

    if (!line_number(final, "connected", &connected) || connected > 0)
        return;
    record_number(final, "/outcomes/refused", &refused);
    record_number(final, "/outcomes/timed_out", &timed_out);
    if (record_at(record, "/asked/target") == NULL ||
        refused + timed_out <= 0 ||
        !record_number(record, "/machine/server/process/port", &port)) {
        verdict_reason(reasons, "no_connections",
                       "none of the attempts connected");
        return;
    }
    snprintf(text, sizeof text, "%.0f", port);
    verdict_reason(reasons, "no_connections",
                   "none of the attempts connected; check that %s is the "
                   "server's machine, and that " MACHINE_FIREWALL_RULE,
                   record_text(record, "/asked/target"), text);
}

/* One of several that carried nothing at the end is not what was asked for. */
static void verdict_generator(const cJSON *final, size_t rank, cJSON *reasons)
{
    const double connected = verdict_sum(final, "/connected");
    const double stopped = verdict_sum(final, "/ends/aborted");

    if (final == NULL)
        return;
    if (verdict_sum(final, "/attempted") > 0 && connected <= 0)
        verdict_reason(reasons, "no_connections",
                       "none of the attempts of the load generator of rank %zu "
                       "connected",
                       rank);
    else if (connected > 0 &&
             stopped + verdict_sum(final, "/ends/completed") <= 0)
        verdict_reason(reasons, "no_connections",
                       "the load generator of rank %zu lost all of its %.0f "
                       "connections; check its link to the server",
                       rank, connected);
}

void verdict(const struct record_run *run)
{
    /* Without these, and what is compared, nothing is proved. */
    static const char *const required[] = {
        "/integrity/mismatches", "/throughput/round_trips_per_s",
        "/latency_us/from_send", "/machine/server", "/machine/load"};
    const cJSON *record = run->record, *final = run->load.final;
    cJSON *reasons = run->reasons;

    verdict_bytes(reasons, final);
    verdict_stream(reasons, &run->server, "server_error", "server_died");
    verdict_stream(reasons, &run->load, "load_died", "load_died");
    verdict_connected(record, final, reasons);
    for (size_t i = 0; i < run->generator_count; i++)
        verdict_generator(run->generators[i].load.final, i, reasons);
    if (cJSON_IsTrue(record_at(final, "/saturated")))
        verdict_reason(reasons, "client_saturated",
                       "load generator saturated: the figures describe the "
                       "client; give it more threads or another machine");
    verdict_window(record, reasons);
    verdict_overlap(record, reasons);
    if (cJSON_GetArraySize(reasons) > 0)
        return;
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (record_at(record, required[i]) == NULL)
            verdict_reason(reasons, "sums_differ",
                           "%s is null, and no run is valid without it",
                           required[i]);
    verdict_sums(record, reasons);
}
