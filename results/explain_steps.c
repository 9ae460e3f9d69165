#include "results/explain_parts.h"

#include <math.h>
#include <string.h>

#include "results/record.h"

static const char explain_cpu[] =
    "100 x (user + kernel at end - at begin) / time from begin to end, by the "
    "samples at the server's marks";
static const char explain_growth[] =
    "at the mark end - at the mark empty (before the first connection)";
static const char explain_rate[] =
    "(count at end - count at begin) / seconds from begin to end, by the "
    "server's samples";
static const char explain_trip[] =
    "processor time a second (user + kernel, end - begin, by the server's "
    "samples) / round trips a second (by the load's)";
static const char explain_quantile[] =
    "of the record's histogram: the value that this part of all messages did "
    "not exceed";

const struct explain_recipe explain_recipes[] = {
    {"attempted", EXPLAIN_ASKED, NULL, NULL, NULL, 0, "/asked/connections",
     "as it was asked for"},
    {"connected", EXPLAIN_OUTCOME, NULL, NULL, NULL, 0,
     "/connections/connected",
     "attempts whose first message came back whole, by the load's count"},
    {"memory_bytes", EXPLAIN_LEVEL, "server", "working_set_bytes", NULL, 0,
     "/memory/loaded/working_set_bytes",
     "working set of the server's process at the mark end"},
    {"nonpaged_pool_change_bytes", EXPLAIN_GROWTH, "server",
     "system_nonpaged_pool_bytes", NULL, 0,
     "/pool/system_nonpaged/change_bytes", explain_growth},
    {"host_tcp_memory_change_bytes", EXPLAIN_GROWTH, "server",
     "host_tcp_memory_bytes", NULL, 0, "/pool/host_tcp_memory/change_bytes",
     explain_growth},
    {"nonpaged_pool_bytes", EXPLAIN_LEVEL, "server",
     "system_nonpaged_pool_bytes", NULL, 0, "/pool/system_nonpaged/end_bytes",
     "the system's non-paged pool at the mark end"},
    {"host_tcp_memory_bytes", EXPLAIN_LEVEL, "server", "host_tcp_memory_bytes",
     NULL, 0, "/pool/host_tcp_memory/end_bytes",
     "TCP memory of the Linux kernel at the mark end"},
    {"cpu_percent", EXPLAIN_SHARE, "server", "user_us", "kernel_us", 0,
     "/cpu/server/cores_percent", explain_cpu},
    {"wineserver_cpu_percent", EXPLAIN_SHARE, "server", "wineserver_user_us",
     "wineserver_kernel_us", 0, "/cpu/wineserver/cores_percent", explain_cpu},
    {"threads", EXPLAIN_MOST, "server", "threads", NULL, 0, "/threads/max",
     "the highest of all of the server's samples and its final line"},
    {"send_bytes_per_s", EXPLAIN_RATE, "server", "send_bytes", NULL, 0,
     "/throughput/server/send_bytes_per_s", explain_rate},
    {"receive_bytes_per_s", EXPLAIN_RATE, "server", "recv_bytes", NULL, 0,
     "/throughput/server/recv_bytes_per_s", explain_rate},
    {"round_trips_per_s", EXPLAIN_RATE, "load", "messages_echoed", NULL, 0,
     "/throughput/round_trips_per_s",
     "(messages echoed at end - at begin) / seconds from begin to end, by the "
     "load's samples"},
    {"cpu_us_per_round_trip", EXPLAIN_PER_TRIP, "server", "user_us",
     "kernel_us", 0, "/cpu/per_round_trip_us/server", explain_trip},
    {"wineserver_cpu_us_per_round_trip", EXPLAIN_PER_TRIP, "server",
     "wineserver_user_us", "wineserver_kernel_us", 0,
     "/cpu/per_round_trip_us/wineserver", explain_trip},
    {"latency_p50_us", EXPLAIN_QUANTILE, NULL, NULL, NULL, 0.50,
     "/latency_us/from_send/p50", explain_quantile},
    {"latency_p99_us", EXPLAIN_QUANTILE, NULL, NULL, NULL, 0.99,
     "/latency_us/from_send/p99", explain_quantile},
    {NULL, EXPLAIN_ASKED, NULL, NULL, NULL, 0, NULL, NULL},
};

const struct explain_recipe *explain_recipe(const char *column)
{
    for (const struct explain_recipe *r = explain_recipes; r->column != NULL;
         r++)
        if (strcmp(r->column, column) == 0)
            return r;
    return NULL;
}

/* --- samples ------------------------------------------------------------- */

static int steps_column(const cJSON *series, const char *name)
{
    const cJSON *column;
    int at = 0;

    cJSON_ArrayForEach (column,
                        cJSON_GetObjectItemCaseSensitive(series, "columns")) {
        if (cJSON_IsString(column) && strcmp(column->valuestring, name) == 0)
            return at;
        at++;
    }
    return -1;
}

static const cJSON *steps_series(const cJSON *record, const char *stream)
{
    return cJSON_GetObjectItemCaseSensitive(record_at(record, "/samples"),
                                            stream);
}

static bool steps_cell(const cJSON *series, const cJSON *row, const char *name,
                       double *value)
{
    int column = steps_column(series, name);
    const cJSON *item = column < 0 ? NULL : cJSON_GetArrayItem(row, column);

    if (item == NULL || !cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
}

/* The sample with that mark; *place is its row, from 1. */
static const cJSON *steps_marked(const cJSON *series, const char *mark,
                                 int *place)
{
    int column = steps_column(series, "mark");
    const cJSON *row;

    *place = 0;
    cJSON_ArrayForEach (row, cJSON_GetObjectItemCaseSensitive(series, "rows")) {
        const char *found =
            column < 0 ? NULL
                       : cJSON_GetStringValue(cJSON_GetArrayItem(row, column));

        ++*place;
        if (found != NULL && strcmp(found, mark) == 0)
            return row;
    }
    return NULL;
}

struct steps_at {
    double t, metric, second;
};

/* Prints what a marked sample holds; false when it does not know it. */
static bool steps_read(struct text *out, const cJSON *record,
                       const char *stream, const char *mark, const char *metric,
                       const char *second, struct steps_at *at)
{
    const cJSON *series = steps_series(record, stream);
    int place;
    const cJSON *row = steps_marked(series, mark, &place);

    at->second = 0;
    if (row == NULL || !steps_cell(series, row, "t_s", &at->t) ||
        !steps_cell(series, row, metric, &at->metric) ||
        (second != NULL && !steps_cell(series, row, second, &at->second))) {
        text_add(out, "    samples.%s has no %s at the mark %s\n", stream,
                 metric, mark);
        return false;
    }
    text_add(out, "    samples.%s row %d, mark %s: t_s %.15g, %s %.15g", stream,
             place, mark, at->t, metric, at->metric);
    if (second != NULL)
        text_add(out, ", %s %.15g", second, at->second);
    text_add(out, "\n");
    return true;
}

/* --- each kind ----------------------------------------------------------- */

static void steps_level(struct text *out, const struct explain_recipe *recipe,
                        const cJSON *record)
{
    struct steps_at end;

    steps_read(out, record, recipe->stream, "end", recipe->metric, NULL, &end);
}

static void steps_growth(struct text *out, const struct explain_recipe *recipe,
                         const cJSON *record)
{
    struct steps_at empty, end;
    bool known = steps_read(out, record, recipe->stream, "empty",
                            recipe->metric, NULL, &empty);

    known = steps_read(out, record, recipe->stream, "end", recipe->metric, NULL,
                       &end) &&
            known;
    if (known)
        text_add(out, "    %.15g - %.15g = %.15g\n", end.metric, empty.metric,
                 end.metric - empty.metric);
}

static bool steps_window(struct text *out, const cJSON *record,
                         const char *stream, const char *metric,
                         const char *second, struct steps_at *begin,
                         struct steps_at *end)
{
    bool known =
        steps_read(out, record, stream, "begin", metric, second, begin);

    known =
        steps_read(out, record, stream, "end", metric, second, end) && known;
    return known && end->t > begin->t;
}

static void steps_rate(struct text *out, const struct explain_recipe *recipe,
                       const cJSON *record)
{
    struct steps_at begin, end;

    if (steps_window(out, record, recipe->stream, recipe->metric, NULL, &begin,
                     &end))
        text_add(out, "    (%.15g - %.15g) / (%.15g - %.15g) s = %.10g\n",
                 end.metric, begin.metric, end.t, begin.t,
                 (end.metric - begin.metric) / (end.t - begin.t));
}

static bool steps_share(struct text *out, const struct explain_recipe *recipe,
                        const cJSON *record, double *cores)
{
    struct steps_at begin, end;
    double used;

    if (!steps_window(out, record, recipe->stream, recipe->metric,
                      recipe->second, &begin, &end))
        return false;
    used = end.metric + end.second - begin.metric - begin.second;
    *cores = used / 1e6 / (end.t - begin.t);
    text_add(out,
             "    (%.15g + %.15g - %.15g - %.15g) us / (%.15g - %.15g) s = "
             "%.10g %% of one processor\n",
             end.metric, end.second, begin.metric, begin.second, end.t, begin.t,
             100 * *cores);
    return true;
}

static void steps_per_trip(struct text *out,
                           const struct explain_recipe *recipe,
                           const cJSON *record)
{
    struct steps_at begin, end;
    double cores, trips;
    bool known = steps_share(out, recipe, record, &cores);

    if (!steps_window(out, record, "load", "messages_echoed", NULL, &begin,
                      &end))
        return;
    trips = (end.metric - begin.metric) / (end.t - begin.t);
    text_add(out,
             "    (%.15g - %.15g) / (%.15g - %.15g) s = %.10g round trips/s\n",
             end.metric, begin.metric, end.t, begin.t, trips);
    if (known && trips > 0)
        text_add(out, "    %.10g / 100 x 1,000,000 us / %.10g = %.10g us\n",
                 100 * cores, trips, 1e6 * cores / trips);
}

static void steps_most(struct text *out, const struct explain_recipe *recipe,
                       const cJSON *record)
{
    const cJSON *series = steps_series(record, recipe->stream), *row;
    double most = -1, value, t = 0, at = 0;
    int place = 0, highest = 0;

    cJSON_ArrayForEach (row, cJSON_GetObjectItemCaseSensitive(series, "rows")) {
        place++;
        if (!steps_cell(series, row, recipe->metric, &value) || value <= most)
            continue;
        most = value;
        highest = place;
        if (steps_cell(series, row, "t_s", &t))
            at = t;
    }
    if (highest > 0)
        text_add(out,
                 "    samples.%s row %d of %d has the highest: t_s %.15g, %s "
                 "%.15g\n",
                 recipe->stream, highest, place, at, recipe->metric, most);
    else
        text_add(out, "    samples.%s has no %s\n", recipe->stream,
                 recipe->metric);
}

/* The bucket in which that part of all values is reached. */
static void steps_quantile(struct text *out,
                           const struct explain_recipe *recipe,
                           const cJSON *record)
{
    const cJSON *bucket,
        *counts = record_at(record, "/latency_us/from_send/counts");
    double total = 0, passed = 0, wanted;

    cJSON_ArrayForEach (bucket, counts)
        total += cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 1));
    wanted = ceil(recipe->quantile * total);
    cJSON_ArrayForEach (bucket, counts) {
        double count = cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 1));
        double low = cJSON_GetNumberValue(cJSON_GetArrayItem(bucket, 0));

        if (passed + count >= wanted) {
            text_add(out,
                     "    latency_us.from_send.counts: %.15g messages; "
                     "number %.15g in order lies in the bucket from %.15g us, "
                     "which holds %.15g after %.15g before it\n",
                     total, wanted, low, count, passed);
            return;
        }
        passed += count;
    }
    text_add(out, "    latency_us.from_send has no histogram\n");
}

static void steps_outcomes(struct text *out, const cJSON *record)
{
    const cJSON *count;
    const char *comma = "";

    text_add(out, "    connections.outcomes:");
    cJSON_ArrayForEach (count, record_at(record, "/connections/outcomes")) {
        text_add(out, "%s %s %.15g", comma, count->string, count->valuedouble);
        comma = ",";
    }
    text_add(out, "\n");
}

void explain_steps(struct text *out, const struct explain_recipe *recipe,
                   const cJSON *record)
{
    double cores;

    switch (recipe->kind) {
    case EXPLAIN_LEVEL:
        steps_level(out, recipe, record);
        break;
    case EXPLAIN_GROWTH:
        steps_growth(out, recipe, record);
        break;
    case EXPLAIN_RATE:
        steps_rate(out, recipe, record);
        break;
    case EXPLAIN_SHARE:
        steps_share(out, recipe, record, &cores);
        break;
    case EXPLAIN_MOST:
        steps_most(out, recipe, record);
        break;
    case EXPLAIN_PER_TRIP:
        steps_per_trip(out, recipe, record);
        break;
    case EXPLAIN_QUANTILE:
        steps_quantile(out, recipe, record);
        break;
    case EXPLAIN_OUTCOME:
        steps_outcomes(out, record);
        break;
    case EXPLAIN_ASKED:
        break;
    }
}
