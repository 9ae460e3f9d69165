#include "results/figures.h"

#include <string.h>

#define KIB (1.0 / 1024)
#define MIB (1.0 / (1024 * 1024))

static const char figure_ended[] = "the load generator did not end by itself";
static const char figure_server_ended[] = "the server did not end by itself";
static const char figure_awake[] =
    "the model did not sleep in the window, or not before it";
static const char figure_phase[] =
    "the load generator did not reach the end of this phase";

const struct figure figures[] = {
    {"/phases/connect_s", FIGURE_PHASE, "load", "connecting", "connected",
     .why = figure_phase},
    {"/phases/warmup_s", FIGURE_PHASE, "load", "warmup", "measuring",
     .why = figure_phase},
    {"/phases/drain_s", FIGURE_PHASE, "load", "draining", "done",
     .why = figure_phase},
    {"/phases/window_s", FIGURE_WINDOW_S, "load", .why = figure_phase},
    {"/phases/server_window_s", FIGURE_WINDOW_S, "server",
     .why = "the server's marks \"begin\" and \"end\" are missing"},

    {"/asked/connections", FIGURE_REQUESTED, .name = "attempted",
     .book = {BOOK_ATTEMPTED, "attempted", "attempted\n"}},
    {"/connections/attempted", FIGURE_LAST, .stream = "load"},
    {"/connections/connected", FIGURE_LAST, "load", "connected",
     .name = "connected",
     .formula = "attempts whose first message came back whole, by the load "
                "generator's count",
     .chart = {7, "connected", "Connected, of the connections attempted",
               "percent", "percent", 100, true},
     .scale = 1, .book = {BOOK_CONNECTED, "connected", "connected\n"}},
    {"/connections/outcomes", FIGURE_COPY, "load", "outcomes",
     .why = figure_ended},
    {"/connections/ends", FIGURE_COPY, "load", "ends", .why = figure_ended},
    {"/connections/retries/refused", FIGURE_LAST, "load", "retried_refused",
     .optional = true},
    {"/connections/retries/timed_out", FIGURE_LAST, "load", "retried_timed_out",
     .optional = true},
    {"/connections/per_s", FIGURE_CONNECT_RATE, "load", .metric = "connected"},
    {"/connections/hostile", FIGURE_COPY, .stream = "load"},
    {"/connections/worst_wait", FIGURE_COPY, .stream = "load"},

    {"/memory/empty/working_set_bytes", FIGURE_EMPTY, .stream = "server"},
    {"/memory/empty/peak_working_set_bytes", FIGURE_EMPTY, .stream = "server"},
    {"/memory/empty/private_bytes", FIGURE_EMPTY, .stream = "server"},
    {"/memory/empty/paged_pool_bytes", FIGURE_EMPTY, .stream = "server"},
    {"/memory/empty/nonpaged_pool_bytes", FIGURE_EMPTY, .stream = "server"},
    {"/memory/loaded/working_set_bytes", FIGURE_END, "server",
     "working_set_bytes", .name = "memory_bytes", .heading = "memory\nKiB",
     .scale = KIB,
     .chart = {3, "memory", "Memory: working set of the server under load",
               "MiB", "log", MIB, false},
     .book = {BOOK_MEMORY, "memory_kb", "memory\nKiB "}},
    {"/memory/loaded/peak_working_set_bytes", FIGURE_END, .stream = "server"},
    {"/memory/loaded/private_bytes", FIGURE_END, .stream = "server"},
    {"/memory/loaded/paged_pool_bytes", FIGURE_END, .stream = "server"},
    {"/memory/loaded/nonpaged_pool_bytes", FIGURE_END, .stream = "server"},
    {"/memory/per_connection_bytes", FIGURE_PER_CONNECTION, "server",
     "working_set_bytes",
     .why = "no connection was open at the end of the "
            "window"},
    {"/memory/load/working_set_bytes", FIGURE_END, .stream = "load"},

    {"/pool/system_nonpaged/baseline_bytes", FIGURE_EMPTY, "server",
     .metric = "system_nonpaged_pool_bytes"},
    {"/pool/system_nonpaged/end_bytes", FIGURE_END, "server",
     "system_nonpaged_pool_bytes", .name = "nonpaged_pool_bytes", .scale = KIB,
     .book = {BOOK_POOL, "nonpaged_pool_kb", "non-paged\npool\nKiB "}},
    {"/pool/system_nonpaged/change_bytes", FIGURE_CHANGE, "server",
     "system_nonpaged_pool_bytes", .name = "nonpaged_pool_change_bytes",
     .heading = "non-paged\npool change\nKiB", .scale = KIB,
     .chart = {8, "pool",
               "Non-paged pool of the system: change from the baseline", "MiB",
               "free", MIB, false}},
    {"/pool/host_tcp_memory", FIGURE_SECTION, "server",
     .metric = "host_tcp_memory_bytes"},
    {"/pool/host_tcp_memory/baseline_bytes", FIGURE_EMPTY, "server",
     .metric = "host_tcp_memory_bytes"},
    {"/pool/host_tcp_memory/end_bytes", FIGURE_END, "server",
     "host_tcp_memory_bytes", .name = "host_tcp_memory_bytes", .scale = KIB,
     .book = {BOOK_HOST_TCP, NULL, "Linux TCP\nmemory\nKiB "}},
    {"/pool/host_tcp_memory/change_bytes", FIGURE_CHANGE, "server",
     "host_tcp_memory_bytes", .if_reported = true,
     .name = "host_tcp_memory_change_bytes",
     .heading = "Linux TCP\nmemory\nchange KiB", .scale = KIB,
     .chart = {9, "host_tcp_memory",
               "TCP memory of the Linux kernel: change from the baseline",
               "MiB", "free", MIB, false}},

    {"/cpu/server/user_s", FIGURE_SECONDS, "server", .metric = "user_us"},
    {"/cpu/server/kernel_s", FIGURE_SECONDS, "server", .metric = "kernel_us"},
    {"/cpu/server/cores_percent", FIGURE_CORES, "server", "user_us",
     "kernel_us", .name = "cpu_percent", .heading = "CPU\n% of one\nprocessor",
     .scale = 1, .book = {BOOK_CPU, "cpu_percent", "CPU %\nlow..high\n"}},
    {"/cpu/server/cycles", FIGURE_WINDOW, .stream = "server"},
    {"/cpu/server/context_switches", FIGURE_WINDOW, .stream = "server"},
    {"/cpu/wineserver", FIGURE_SECTION, "server",
     .metric = "wineserver_user_us"},
    {"/cpu/wineserver/user_s", FIGURE_SECONDS, "server",
     .metric = "wineserver_user_us"},
    {"/cpu/wineserver/kernel_s", FIGURE_SECONDS, "server",
     .metric = "wineserver_kernel_us"},
    {"/cpu/wineserver/cores_percent", FIGURE_CORES, "server",
     "wineserver_user_us", "wineserver_kernel_us", .if_reported = true,
     .name = "wineserver_cpu_percent", .heading = "wineserver\nCPU %",
     .scale = 1},
    {"/cpu/load/user_s", FIGURE_SECONDS, "load", .metric = "user_us"},
    {"/cpu/load/kernel_s", FIGURE_SECONDS, "load", .metric = "kernel_us"},
    {"/cpu/load/cores_percent", FIGURE_CORES, "load", "user_us",
     .second = "kernel_us"},
    /* On loopback a sender's thread may do the receiver's work, so neither
     * program's CPU time says as much as that of the whole machine. */
    {"/cpu/system/busy_percent", FIGURE_BUSY, "server", "system_busy_us",
     "system_idle_us", .if_reported = true, .name = "system_cpu_percent",
     .heading = "system CPU\n% of all\nprocessors", .scale = 1},

    {"/threads/empty", FIGURE_EMPTY, "server", .metric = "threads"},
    {"/threads/end", FIGURE_END, "server", .metric = "threads"},
    {"/threads/max", FIGURE_MOST, "server", "threads", .name = "threads",
     .heading = "threads\nat most", .scale = 1,
     .chart = {4, "threads", "Threads of the server, maximum", "threads", "log",
               1, false},
     .book = {BOOK_THREADS, "threads", "threads\n"}},
    {"/handles/empty", FIGURE_EMPTY, "server", .metric = "handles"},
    {"/handles/end", FIGURE_END, "server", .metric = "handles"},
    {"/handles/max", FIGURE_MOST, "server", .metric = "handles"},

    {"/throughput/server/send_bytes_per_s", FIGURE_RATE, "server", "send_bytes",
     .name = "send_bytes_per_s", .heading = "send\nbytes/s", .scale = 1,
     .book = {BOOK_SEND, "send_bytes_per_s", "send\nbytes/s\n"}},
    {"/throughput/server/recv_bytes_per_s", FIGURE_RATE, "server", "recv_bytes",
     .name = "receive_bytes_per_s", .heading = "receive\nbytes/s", .scale = 1,
     .book = {BOOK_RECEIVE, "receive_bytes_per_s", "receive\nbytes/s\n"}},
    {"/throughput/client/sent_bytes_per_s", FIGURE_RATE, "load",
     .metric = "sent_bytes"},
    {"/throughput/client/received_bytes_per_s", FIGURE_RATE, "load",
     .metric = "received_bytes"},
    {"/throughput/round_trips_per_s", FIGURE_RATE, "load", "messages_echoed",
     .name = "round_trips_per_s", .heading = "round\ntrips/s", .scale = 1,
     .spread = true,
     .chart = {1, "throughput", "Throughput: round trips per second",
               "round trips/s", "zero", 1, false},
     .check = {1, "throughput", "round trips/s", true}},
    {"/cpu/per_round_trip_us/total", FIGURE_PER_TRIP_TOTAL, "server",
     .name = "cpu_us_per_round_trip_total",
     .formula = "cpu_us_per_round_trip, and under Wine with that of wineserver",
     .scale = 1, .decimals = 1,
     .chart = {2, "cpu",
               "CPU time per round trip: server, and wineserver under Wine",
               "microseconds", "log", 1, false},
     .check = {4, "cpu", "CPU us/round trip", false}},
    {"/cpu/per_round_trip_us/server", FIGURE_PER_TRIP, "server", "user_us",
     "kernel_us", .name = "cpu_us_per_round_trip",
     .heading = "CPU us/\nround trip", .scale = 1, .decimals = 1,
     .spread = true},
    {"/cpu/per_round_trip_us/wineserver", FIGURE_PER_TRIP, "server",
     "wineserver_user_us", "wineserver_kernel_us", .if_reported = true,
     .name = "wineserver_cpu_us_per_round_trip",
     .heading = "wineserver\nCPU us/\nround trip", .scale = 1, .decimals = 1,
     .spread = true},
    {"/cpu/per_round_trip_us/load", FIGURE_PER_TRIP, "load", "user_us",
     .second = "kernel_us"},

    {"/latency_us", FIGURE_COPY, "load", "latency_us", .why = figure_ended},
    {"/latency_us/from_send/p50", FIGURE_QUANTILE, .name = "latency_p50_us",
     .heading = "p50\nms", .scale = 0.001, .decimals = 2, .spread = true,
     .chart = {5, "latency_p50", "Latency of an echo: median (p50)",
               "milliseconds", "log", 0.001, false},
     .check = {2, "p50", "p50 ms", false},
     .formula = "of the record's histogram: the value that 50 % of all "
                "messages did not exceed"},
    {"/latency_us/from_send/p99", FIGURE_QUANTILE, .name = "latency_p99_us",
     .heading = "p99\nms", .scale = 0.001, .decimals = 2, .spread = true,
     .chart = {6, "latency_p99", "Latency of an echo: 99th percentile (p99)",
               "milliseconds", "log", 0.001, false},
     .check = {3, "p99", "p99 ms", false},
     .formula = "of the record's histogram: the value that 99 % of all "
                "messages did not exceed"},

    {"/traffic/client/sent_bytes", FIGURE_LAST, .stream = "load"},
    {"/traffic/client/received_bytes", FIGURE_LAST, .stream = "load"},
    {"/traffic/client/messages_sent", FIGURE_LAST, .stream = "load"},
    {"/traffic/client/messages_echoed", FIGURE_LAST, .stream = "load"},
    {"/traffic/server/accepted", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/opens", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/closes", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/refused", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/recv_bytes", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/send_bytes", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/recvs", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/sends", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/partial_sends", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/blocked_sends", FIGURE_LAST, .stream = "server"},
    {"/traffic/server/errors", FIGURE_COPY, "server", "errors",
     .why = figure_server_ended},
    {"/traffic/server/refusals", FIGURE_COPY, "server", "refusals",
     .why = figure_server_ended},
    {"/traffic/window/client/sent_bytes", FIGURE_WINDOW, .stream = "load"},
    {"/traffic/window/client/received_bytes", FIGURE_WINDOW, .stream = "load"},
    {"/traffic/window/client/messages_sent", FIGURE_WINDOW, .stream = "load"},
    {"/traffic/window/client/messages_echoed", FIGURE_WINDOW, .stream = "load"},
    {"/traffic/window/server/recv_bytes", FIGURE_WINDOW, .stream = "server"},
    {"/traffic/window/server/send_bytes", FIGURE_WINDOW, .stream = "server"},
    {"/traffic/window/server/recvs", FIGURE_WINDOW, .stream = "server"},
    {"/traffic/window/server/sends", FIGURE_WINDOW, .stream = "server"},
    {"/traffic/window/server/partial_sends", FIGURE_WINDOW, .stream = "server"},
    {"/traffic/window/server/blocked_sends", FIGURE_WINDOW, .stream = "server"},

    /* Of a model that sleeps between its rounds. */
    {"/sleeps/count", FIGURE_WINDOW, "server", "sleeps", .why = figure_awake,
     .optional = true},
    {"/sleeps/asked_mean_us", FIGURE_MEAN, "server", "sleep_asked_us", "sleeps",
     .why = figure_awake, .if_reported = true, .optional = true,
     .name = "mean_sleep_asked_us"},
    {"/sleeps/mean_us", FIGURE_MEAN, "server", "slept_us", "sleeps",
     .why = figure_awake, .if_reported = true, .optional = true,
     .name = "mean_sleep_us"},

    {"/integrity/mismatches", FIGURE_COPY, "load", "mismatches",
     .why = figure_ended},
    {"/integrity/first_mismatch", FIGURE_COPY, .stream = "load"},
    {.pointer = NULL},
};

const char *figure_metric(const struct figure *m)
{
    return m->metric != NULL ? m->metric : strrchr(m->pointer, '/') + 1;
}

const struct figure *figure_named(const char *name)
{
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->name != NULL && strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

const struct figure *figure_check(int place)
{
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->check.place == place)
            return m;
    return NULL;
}

const struct figure *figure_book(enum book_column column)
{
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->book.column == column)
            return m;
    return NULL;
}

const struct figure *figure_chart(int place)
{
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->chart.place == place)
            return m;
    return NULL;
}
