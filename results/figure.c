#include "results/figure.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/record.h"
#include "results/stats.h"

enum { FIGURE_SEED = 63 };

/* The book's columns, then ours. */
const struct measure table_measures[] = {
    {"memory_bytes", "memory\nKiB", "/memory/loaded/working_set_bytes",
     1.0 / 1024, 0, false, false},
    {"nonpaged_pool_change_bytes", "non-paged\npool change\nKiB",
     "/pool/system_nonpaged/change_bytes", 1.0 / 1024, 0, false, false},
    {"host_tcp_memory_change_bytes", "Linux TCP\nmemory\nchange KiB",
     "/pool/host_tcp_memory/change_bytes", 1.0 / 1024, 0, true, false},
    {"cpu_percent", "CPU\n% of one\nprocessor", "/cpu/server/cores_percent", 1,
     0, false, false},
    {"wineserver_cpu_percent", "wineserver\nCPU %",
     "/cpu/wineserver/cores_percent", 1, 0, true, false},
    {"threads", "threads\nat most", "/threads/max", 1, 0, false, false},
    {"send_bytes_per_s", "send\nbytes/s", "/throughput/server/send_bytes_per_s",
     1, 0, false, false},
    {"receive_bytes_per_s", "receive\nbytes/s",
     "/throughput/server/recv_bytes_per_s", 1, 0, false, false},
    {"round_trips_per_s", "round\ntrips/s", "/throughput/round_trips_per_s", 1,
     0, false, true},
    {"cpu_us_per_round_trip", "CPU us/\nround trip",
     "/cpu/per_round_trip_us/server", 1, 1, false, true},
    {"wineserver_cpu_us_per_round_trip", "wineserver\nCPU us/\nround trip",
     "/cpu/per_round_trip_us/wineserver", 1, 1, true, true},
    {"latency_p50_us", "p50\nms", "/latency_us/from_send/p50", 0.001, 2, false,
     true},
    {"latency_p99_us", "p99\nms", "/latency_us/from_send/p99", 0.001, 2, false,
     true},
    {NULL, NULL, NULL, 0, 0, false, false},
};

static bool figure_valid(const cJSON *record)
{
    return cJSON_IsTrue(record_at(record, "/valid"));
}

size_t group_valid(const struct record_group *group)
{
    size_t valid = 0;

    for (size_t i = 0; i < group->count; i++)
        valid += figure_valid(group->records[i]);
    return valid;
}

const char *figure_why(const cJSON *record, const char *pointer)
{
    const cJSON *unknown = record_at(record, "/unknown"), *reason;

    cJSON_ArrayForEach (reason, unknown) {
        size_t length = strlen(reason->string);

        if (strncmp(pointer, reason->string, length) == 0 &&
            (pointer[length] == '\0' || pointer[length] == '/'))
            return reason->valuestring;
    }
    return "does not apply";
}

struct figure figure_of_values(const double *values, size_t count)
{
    struct figure figure = {.count = count};
    bool *outlier = calloc(count + 1, sizeof *outlier);
    struct stats_interval interval;

    if (outlier == NULL)
        die("calloc");
    if (count > 0) {
        figure.median = stats_median(values, count);
        interval = stats_bootstrap(values, count, FIGURE_SEED);
        figure.low = interval.low;
        figure.high = interval.high;
        figure.outliers = stats_outliers(values, count, outlier);
    }
    free(outlier);
    return figure;
}

struct figure figure_of_runs(const struct record_group *group, bool valid,
                             const char *pointer, double scale)
{
    struct figure figure;
    double *values = calloc(group->count + 1, sizeof *values);
    const char *why = NULL;
    size_t count = 0;

    if (values == NULL)
        die("calloc");
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];
        double value;

        if (figure_valid(record) != valid)
            continue;
        if (record_number(record, pointer, &value))
            values[count++] = value * scale;
        else
            why = figure_why(record, pointer);
    }
    figure = figure_of_values(values, count);
    figure.why = why;
    free(values);
    return figure;
}

void figure_spread(struct text *out, size_t fewest, size_t most)
{
    if (fewest >= FIGURE_INTERVAL_RUNS)
        text_add(out, "the bootstrap 95 %% interval of the median");
    else if (most >= FIGURE_INTERVAL_RUNS)
        text_add(out,
                 "the bootstrap 95 %% interval of the median, under %d runs "
                 "the lowest to the highest",
                 FIGURE_INTERVAL_RUNS);
    else if (fewest < most)
        text_add(out, "the lowest to the highest of %lu to %lu runs",
                 (unsigned long)fewest, (unsigned long)most);
    else
        text_add(out, "the lowest to the highest of %lu runs",
                 (unsigned long)most);
}

struct figure figure_of(const struct record_group *group, const char *pointer,
                        double scale)
{
    return figure_of_runs(group, group_valid(group) > 0, pointer, scale);
}
