#include "clients/stats.h"

#include <stdio.h>

#include "common/errors.h"
#include "common/json_lines.h"

enum { TIMES_DIGITS = 3 };
#define TIMES_MAX_NS INT64_C(3600000000000) /* an hour */

const char *const outcome_names[OUTCOMES] = {
    [OUTCOME_CONNECTED] = "connected",   [OUTCOME_REFUSED] = "refused",
    [OUTCOME_TIMED_OUT] = "timed_out",   [OUTCOME_UNSERVED] = "unserved",
    [OUTCOME_CLOSED] = "closed",         [OUTCOME_RESET] = "reset",
    [OUTCOME_NO_BUFFERS] = "no_buffers", [OUTCOME_NO_PORTS] = "no_ports",
    [OUTCOME_NO_FILES] = "no_files",     [OUTCOME_UNREACHABLE] = "unreachable",
    [OUTCOME_MISMATCH] = "mismatch",     [OUTCOME_ABANDONED] = "abandoned",
    [OUTCOME_OTHER] = "other",
};

const char *const end_names[ENDS] = {
    [END_COMPLETED] = "completed", [END_CLOSED] = "closed",
    [END_RESET] = "reset",         [END_TIMED_OUT] = "timed_out",
    [END_MISMATCH] = "mismatch",   [END_ABORTED] = "aborted",
    [END_OTHER] = "other",
};

const char *const counter_names[COUNTERS] = {
    [COUNTER_ATTEMPTED] = "attempted",
    [COUNTER_RETRIED_REFUSED] = "retried_refused",
    [COUNTER_RETRIED_TIMED_OUT] = "retried_timed_out",
    [COUNTER_CONNECTING] = "connecting",
    [COUNTER_CONNECTED] = "connected",
    [COUNTER_OPEN] = "open",
    [COUNTER_SENT_BYTES] = "sent_bytes",
    [COUNTER_RECEIVED_BYTES] = "received_bytes",
    [COUNTER_MESSAGES_SENT] = "messages_sent",
    [COUNTER_MESSAGES_ECHOED] = "messages_echoed",
};

void totals_add(struct totals *totals, const struct counts *counts)
{
    for (size_t i = 0; i < COUNTERS; i++)
        totals->counter[i] += sync_get(&counts->counter[i]);
    for (size_t i = 0; i < OUTCOMES; i++)
        totals->outcomes[i] += sync_get(&counts->outcomes[i]);
    for (size_t i = 0; i < ENDS; i++)
        totals->ends[i] += sync_get(&counts->ends[i]);
}

static bool totals_equal(const char *whole, uint64_t value, const char *parts,
                         const uint64_t *each, size_t count, char *text,
                         size_t size)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += each[i];
    if (sum != value)
        snprintf(text, size, "%s %llu but %s %llu", whole,
                 (unsigned long long)value, parts, (unsigned long long)sum);
    return sum == value;
}

bool totals_agree(const struct totals *totals, char *text, size_t size)
{
    const uint64_t *counter = totals->counter;

    if (counter[COUNTER_CONNECTED] != totals->outcomes[OUTCOME_CONNECTED] ||
        counter[COUNTER_CONNECTING] != 0 || counter[COUNTER_OPEN] != 0) {
        snprintf(text, size, "connections were left without an end");
        return false;
    }
    return totals_equal("attempted", counter[COUNTER_ATTEMPTED], "outcomes",
                        totals->outcomes, OUTCOMES, text, size) &&
           totals_equal("connected", counter[COUNTER_CONNECTED], "ends",
                        totals->ends, ENDS, text, size);
}

void times_init(struct times *times, bool intended, bool turns)
{
    *times = (struct times){0};
    for (int i = 0; i < TIMEDS; i++) {
        if ((i == TIMED_FROM_INTENDED && !intended) ||
            (i == TIMED_TURNS && !turns))
            continue;
        if (hdr_init(1, TIMES_MAX_NS, TIMES_DIGITS, &times->of[i]) != 0)
            die("hdr_init");
    }
}

void times_add(struct times *times, const struct times *from)
{
    for (int i = 0; i < TIMEDS; i++)
        if (times->of[i] != NULL)
            hdr_add(times->of[i], from->of[i]);
}

void times_free(struct times *times)
{
    for (int i = 0; i < TIMEDS; i++)
        if (times->of[i] != NULL)
            hdr_close(times->of[i]);
}

void times_record(struct hdr_histogram *histogram, int64_t ns, int64_t count)
{
    hdr_record_values(histogram, ns < TIMES_MAX_NS ? ns : TIMES_MAX_NS, count);
}

static cJSON *times_counts(const struct hdr_histogram *histogram)
{
    cJSON *counts = cJSON_CreateArray();
    struct hdr_iter iter;

    hdr_iter_recorded_init(&iter, histogram);
    while (hdr_iter_next(&iter)) {
        double pair[2] = {
            (double)hdr_lowest_equivalent_value(histogram, iter.value) / 1e3,
            (double)iter.count};

        cJSON_AddItemToArray(counts, cJSON_CreateDoubleArray(pair, 2));
    }
    return counts;
}

/* The histogram's values are thousandths of `unit`. */
static cJSON *times_one(const struct hdr_histogram *h, const char *unit)
{
    static const struct {
        const char *name;
        double percent;
    } points[] = {{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p999", 99.9}};
    cJSON *object;
    bool known;

    if (h == NULL)
        return cJSON_CreateNull();
    object = cJSON_CreateObject();
    known = h->total_count > 0;
    json_add_count(object, "count", (uint64_t)h->total_count);
    json_add_known(object, "min", known, (double)hdr_min(h) / 1e3);
    json_add_known(object, "mean", known, known ? hdr_mean(h) / 1e3 : 0);
    json_add_known(object, "max", known, (double)hdr_max(h) / 1e3);
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        json_add_known(object, points[i].name, known,
                       (double)hdr_value_at_percentile(h, points[i].percent) /
                           1e3);
    cJSON_AddStringToObject(object, "unit", unit);
    cJSON_AddItemToObject(object, "counts", times_counts(h));
    return object;
}

void times_json(const struct times *times, cJSON *final)
{
    static const char *const names[] = {"from_send", "from_intended",
                                        "first_echo", "connect"};
    cJSON *latency = cJSON_AddObjectToObject(final, "latency_us");

    for (int i = 0; i < TIMED_TURNS; i++)
        cJSON_AddItemToObject(latency, names[i], times_one(times->of[i], "us"));
    cJSON_AddItemToObject(final, "turns",
                          times_one(times->of[TIMED_TURNS], "rounds"));
}
