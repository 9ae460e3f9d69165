#include "results/record_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_US = 1000000 };

/* --- single values ------------------------------------------------------ */

static void derive_level(const struct record_place *at, const char *key,
                         const struct record_stream *stream, const cJSON *line,
                         const char *metric)
{
    double value;

    if (record_metric(line, metric, &value))
        record_put(at, key, value);
    else
        record_put_null(at, key, record_why(stream, line, metric));
}

/* The growth over the window, times `scale`. */
static void derive_growth(const struct record_place *at, const char *key,
                          const struct record_stream *stream,
                          const char *metric, double scale)
{
    double value;

    if (record_growth(stream->begin, stream->end, metric, &value))
        record_put(at, key, value * scale);
    else
        record_put_null(at, key,
                        record_why(stream,
                                   stream->begin != NULL ? stream->end : NULL,
                                   metric));
}

static bool derive_window(const struct record_stream *stream, double *seconds)
{
    const cJSON *window =
        cJSON_GetObjectItemCaseSensitive(stream->final, "window");
    double begin, end, growth;

    if (record_metric(window, "begin_us", &begin) &&
        record_metric(window, "end_us", &end) && end > begin) {
        *seconds = (end - begin) / RECORD_US;
        return true;
    }
    if (!record_growth(stream->begin, stream->end, "t_us", &growth) ||
        growth <= 0)
        return false;
    *seconds = growth / RECORD_US;
    return true;
}

static void derive_seconds(const struct record_place *at, const char *key,
                           bool known, double seconds, const char *why)
{
    if (known)
        record_put(at, key, seconds);
    else
        record_put_null(at, key, why);
}

/* --- phases, connections, traffic --------------------------------------- */

static const cJSON *derive_phase_line(const struct record_stream *load,
                                      const char *phase)
{
    const cJSON *line;

    cJSON_ArrayForEach (line, load->lines) {
        const char *event = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(line, "event"));
        const char *name = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(line, "phase"));

        if (event != NULL && name != NULL && strcmp(event, "phase") == 0 &&
            strcmp(name, phase) == 0)
            return line;
    }
    return NULL;
}

static bool derive_phase(const struct record_stream *load, const char *from,
                         const char *to, double *seconds)
{
    double growth;

    if (!record_growth(derive_phase_line(load, from),
                       derive_phase_line(load, to), "t_us", &growth))
        return false;
    *seconds = growth / RECORD_US;
    return true;
}

static void derive_phases(struct record_work *work)
{
    static const struct {
        const char *key, *from, *to;
    } phases[] = {
        {"connect_s", "connecting", "connected"},
        {"warmup_s", "warmup", "measuring"},
        {"drain_s", "draining", "done"},
    };
    struct record_place at =
        record_section(work, work->record, "phases", "/phases");
    double seconds = 0;
    bool known;

    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        known =
            derive_phase(&work->load, phases[i].from, phases[i].to, &seconds);
        derive_seconds(&at, phases[i].key, known, seconds,
                       "the load did not come to the end of it");
    }
    known = derive_window(&work->load, &seconds);
    derive_seconds(&at, "window_s", known, seconds,
                   "the load did not come to the end of it");
    known = derive_window(&work->server, &seconds);
    derive_seconds(&at, "server_window_s", known, seconds,
                   "the server's marks \"begin\" and \"end\" did not come");
}

static void derive_copy(const struct record_place *at, const char *key,
                        const cJSON *from, const char *why)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(from, key);

    if (item == NULL || cJSON_IsNull(item))
        record_put_null(at, key, why);
    else
        cJSON_AddItemToObject(at->object, key, cJSON_Duplicate(item, true));
}

/* Loads of before they could try again do not tell. */
static void derive_retries(const struct record_place *connections,
                           const cJSON *last)
{
    struct record_place at;
    double refused, timed_out;

    if (!record_metric(last, "retried_refused", &refused) ||
        !record_metric(last, "retried_timed_out", &timed_out))
        return;
    at = record_section(connections->work, connections->object, "retries",
                        "/connections/retries");
    record_put(&at, "refused", refused);
    record_put(&at, "timed_out", timed_out);
}

static void derive_connections(struct record_work *work)
{
    struct record_place at =
        record_section(work, work->record, "connections", "/connections");
    const struct record_stream *load = &work->load;
    double connected, seconds, asked;

    derive_level(&at, "attempted", load, load->last, "attempted");
    derive_level(&at, "connected", load, load->last, "connected");
    derive_copy(&at, "outcomes", load->final, "the load did not end by itself");
    derive_copy(&at, "ends", load->final, "the load did not end by itself");
    derive_retries(&at, load->last);
    if (!record_metric(load->last, "connected", &connected) ||
        !derive_phase(load, "connecting", "connected", &seconds) ||
        seconds <= 0)
        record_put_null(&at, "per_s", "connecting did not come to its end");
    else if (record_number(work->record, "/asked/connections", &asked) &&
             connected > asked)
        record_put_null(&at, "per_s", "connections were made all the time");
    else
        record_put(&at, "per_s", connected / seconds);
    derive_copy(&at, "hostile", load->final, NULL);
    derive_copy(&at, "worst_wait", load->final, NULL);
}

static const char *const derive_client[] = {
    "sent_bytes", "received_bytes", "messages_sent", "messages_echoed", NULL};
static const char *const derive_server[] = {
    "recv_bytes",    "send_bytes",    "recvs", "sends",
    "partial_sends", "blocked_sends", NULL};

static void derive_traffic(struct record_work *work)
{
    static const char *const sockets[] = {"accepted", "opens", "closes",
                                          "refused", NULL};
    struct record_place all =
        record_section(work, work->record, "traffic", "/traffic");
    struct record_place at =
        record_section(work, all.object, "client", "/traffic/client");
    struct record_place window;

    for (size_t i = 0; derive_client[i] != NULL; i++)
        derive_level(&at, derive_client[i], &work->load, work->load.last,
                     derive_client[i]);
    at = record_section(work, all.object, "server", "/traffic/server");
    for (size_t i = 0; sockets[i] != NULL; i++)
        derive_level(&at, sockets[i], &work->server, work->server.last,
                     sockets[i]);
    for (size_t i = 0; derive_server[i] != NULL; i++)
        derive_level(&at, derive_server[i], &work->server, work->server.last,
                     derive_server[i]);
    derive_copy(&at, "errors", work->server.final,
                "the server did not end by itself");
    derive_copy(&at, "refusals", work->server.final,
                "the server did not end by itself");
    window = record_section(work, all.object, "window", "/traffic/window");
    at =
        record_section(work, window.object, "client", "/traffic/window/client");
    for (size_t i = 0; derive_client[i] != NULL; i++)
        derive_growth(&at, derive_client[i], &work->load, derive_client[i], 1);
    at =
        record_section(work, window.object, "server", "/traffic/window/server");
    for (size_t i = 0; derive_server[i] != NULL; i++)
        derive_growth(&at, derive_server[i], &work->server, derive_server[i],
                      1);
}

/* Without a window there is no rate, whatever the counters say. */
static void derive_rate(const struct record_place *at, const char *key,
                        const struct record_stream *stream, const char *metric)
{
    double seconds;

    if (derive_window(stream, &seconds))
        derive_growth(at, key, stream, metric, 1 / seconds);
    else
        record_put_null(at, key, "there was no whole window");
}

static void derive_throughput(struct record_work *work)
{
    struct record_place all =
        record_section(work, work->record, "throughput", "/throughput");
    struct record_place at;

    derive_rate(&all, "round_trips_per_s", &work->load, "messages_echoed");
    at = record_section(work, all.object, "client", "/throughput/client");
    derive_rate(&at, "sent_bytes_per_s", &work->load, "sent_bytes");
    derive_rate(&at, "received_bytes_per_s", &work->load, "received_bytes");
    at = record_section(work, all.object, "server", "/throughput/server");
    derive_rate(&at, "recv_bytes_per_s", &work->server, "recv_bytes");
    derive_rate(&at, "send_bytes_per_s", &work->server, "send_bytes");
}

/* --- processor time ------------------------------------------------------ */

/* Processor seconds a second of the window; false when not known. */
static bool derive_load_of(const struct record_stream *stream, const char *user,
                           const char *kernel, double *cores)
{
    double u, k, seconds;

    if (!record_growth(stream->begin, stream->end, user, &u) ||
        !record_growth(stream->begin, stream->end, kernel, &k) ||
        !derive_window(stream, &seconds))
        return false;
    *cores = (u + k) / RECORD_US / seconds;
    return true;
}

static struct record_place derive_usage(const struct record_place *cpu,
                                        const char *name, const char *pointer,
                                        const struct record_stream *stream,
                                        const char *user, const char *kernel)
{
    struct record_place at =
        record_section(cpu->work, cpu->object, name, pointer);
    double cores;

    derive_growth(&at, "user_s", stream, user, 1.0 / RECORD_US);
    derive_growth(&at, "kernel_s", stream, kernel, 1.0 / RECORD_US);
    if (derive_load_of(stream, user, kernel, &cores))
        record_put(&at, "cores_percent", 100 * cores);
    else
        record_put_null(&at, "cores_percent",
                        record_why(stream, stream->end, user));
    return at;
}

/* The metrics of Wine's server are absent on Windows, not null. */
static bool derive_wine(const struct record_work *work)
{
    return cJSON_HasObjectItem(work->server.last, "wineserver_user_us");
}

static void derive_system(const struct record_place *cpu,
                          const struct record_stream *server)
{
    struct record_place at =
        record_section(cpu->work, cpu->object, "system", "/cpu/system");
    double busy, idle;

    if (record_growth(server->begin, server->end, "system_busy_us", &busy) &&
        record_growth(server->begin, server->end, "system_idle_us", &idle) &&
        busy >= 0 && idle >= 0 && busy + idle > 0)
        record_put(&at, "busy_percent", 100 * busy / (busy + idle));
    else
        record_put_null(&at, "busy_percent",
                        record_why(server, server->end, "system_busy_us"));
}

static void derive_round_trip(const struct record_place *cpu)
{
    struct record_work *work = cpu->work;
    struct record_place at = record_section(
        work, cpu->object, "per_round_trip_us", "/cpu/per_round_trip_us");
    double trips = 0, server = 0, wine = 0, load = 0;
    bool rate =
        record_number(work->record, "/throughput/round_trips_per_s", &trips) &&
        trips > 0;
    bool has_server =
        rate && derive_load_of(&work->server, "user_us", "kernel_us", &server);
    bool has_wine = rate && derive_load_of(&work->server, "wineserver_user_us",
                                           "wineserver_kernel_us", &wine);
    bool has_load =
        rate && derive_load_of(&work->load, "user_us", "kernel_us", &load);
    const char *why =
        rate ? "the processor time is not known" : "no round trip was measured";
    double us = rate ? RECORD_US / trips : 0;

    derive_seconds(&at, "total", has_server && (has_wine || !derive_wine(work)),
                   us * (server + wine), why);
    derive_seconds(&at, "server", has_server, us * server, why);
    derive_seconds(&at, "wineserver", has_wine, us * wine,
                   derive_wine(work) ? why : NULL);
    derive_seconds(&at, "load", has_load, us * load, why);
}

static void derive_cpu(struct record_work *work)
{
    struct record_place cpu = record_section(work, work->record, "cpu", "/cpu");
    struct record_place at = derive_usage(
        &cpu, "server", "/cpu/server", &work->server, "user_us", "kernel_us");

    derive_growth(&at, "cycles", &work->server, "cycles", 1);
    derive_growth(&at, "context_switches", &work->server, "context_switches",
                  1);
    if (derive_wine(work))
        derive_usage(&cpu, "wineserver", "/cpu/wineserver", &work->server,
                     "wineserver_user_us", "wineserver_kernel_us");
    else
        record_put_null(&cpu, "wineserver", NULL);
    derive_usage(&cpu, "load", "/cpu/load", &work->load, "user_us",
                 "kernel_us");
    derive_system(&cpu, &work->server);
    derive_round_trip(&cpu);
}

/* --- memory, pool, threads ---------------------------------------------- */

static void derive_memory(struct record_work *work)
{
    static const char *const metrics[] = {
        "working_set_bytes", "peak_working_set_bytes", "private_bytes",
        "paged_pool_bytes",  "nonpaged_pool_bytes",    NULL};
    const struct record_stream *server = &work->server;
    struct record_place all =
        record_section(work, work->record, "memory", "/memory");
    struct record_place at =
        record_section(work, all.object, "empty", "/memory/empty");
    double grown, open;

    for (size_t i = 0; metrics[i] != NULL; i++)
        derive_level(&at, metrics[i], server, server->empty, metrics[i]);
    at = record_section(work, all.object, "loaded", "/memory/loaded");
    for (size_t i = 0; metrics[i] != NULL; i++)
        derive_level(&at, metrics[i], server, server->end, metrics[i]);
    if (record_growth(server->empty, server->end, "working_set_bytes",
                      &grown) &&
        record_metric(server->end, "connections", &open) && open > 0)
        record_put(&all, "per_connection_bytes", grown / open);
    else
        record_put_null(&all, "per_connection_bytes",
                        "no connection was open at the end of the window");
    at = record_section(work, all.object, "load", "/memory/load");
    derive_level(&at, "working_set_bytes", &work->load, work->load.end,
                 "working_set_bytes");
}

static void derive_change(struct record_work *work, cJSON *pool,
                          const char *name, const char *pointer,
                          const char *metric)
{
    const struct record_stream *server = &work->server;
    struct record_place at = record_section(work, pool, name, pointer);
    double change;

    derive_level(&at, "baseline_bytes", server, server->empty, metric);
    derive_level(&at, "end_bytes", server, server->end, metric);
    if (record_growth(server->empty, server->end, metric, &change))
        record_put(&at, "change_bytes", change);
    else
        record_put_null(&at, "change_bytes",
                        record_why(server, server->end, metric));
}

static void derive_pool(struct record_work *work)
{
    struct record_place pool =
        record_section(work, work->record, "pool", "/pool");

    derive_change(work, pool.object, "system_nonpaged", "/pool/system_nonpaged",
                  "system_nonpaged_pool_bytes");
    if (cJSON_HasObjectItem(work->server.last, "host_tcp_memory_bytes"))
        derive_change(work, pool.object, "host_tcp_memory",
                      "/pool/host_tcp_memory", "host_tcp_memory_bytes");
    else
        record_put_null(&pool, "host_tcp_memory", NULL);
}

static void derive_levels(struct record_work *work, const char *metric,
                          const char *pointer)
{
    const struct record_stream *server = &work->server;
    struct record_place at =
        record_section(work, work->record, metric, pointer);
    double highest = -1, value;
    const cJSON *line;

    derive_level(&at, "empty", server, server->empty, metric);
    derive_level(&at, "end", server, server->end, metric);
    cJSON_ArrayForEach (line, server->lines)
        if (line != server->first && record_metric(line, metric, &value) &&
            value > highest)
            highest = value;
    derive_seconds(&at, "max", highest >= 0, highest,
                   record_why(server, server->last, metric));
}

/* The order of the record's sections is the order of these calls. */
void record_derive(struct record_work *work)
{
    derive_phases(work);
    derive_connections(work);
    derive_throughput(work);
    derive_cpu(work);
    derive_memory(work);
    derive_pool(work);
    derive_levels(work, "threads", "/threads");
    derive_levels(work, "handles", "/handles");
    derive_traffic(work);
}
