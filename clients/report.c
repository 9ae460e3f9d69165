#include "clients/report.h"

#include <stdio.h>

#include "common/json_lines.h"
#include "common/number.h"
#include "common/options.h"

#ifdef _WIN32
#include "common/win.h"
#else
#include <unistd.h>
#endif

static uint64_t report_us(const struct report *report, int64_t ns)
{
    return (uint64_t)((ns - report->epoch_ns) / 1000);
}

static cJSON *report_event(const char *name)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "event", name);
    return object;
}

static cJSON *report_sources(const struct sources *sources)
{
    cJSON *array = cJSON_CreateArray();
    char text[ENDPOINT_TEXT];

    for (size_t i = 0; i < sources->count; i++)
        if (sources->each[i].size != 0)
            cJSON_AddItemToArray(array, cJSON_CreateString(endpoint_show(
                                            &sources->each[i], text)));
    return array;
}

void report_ready(const struct report *report)
{
    cJSON *object, *unknown;

    if (!report->json)
        return;
    object = report_event("ready");
    unknown = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "protocol", 1);
#ifdef _WIN32
    json_add_count(object, "pid", GetCurrentProcessId());
#else
    json_add_count(object, "pid", (uint64_t)getpid());
#endif
    cJSON_AddStringToObject(object, "engine", engine_name);
    json_add_count(object, "threads", report->shared->options->threads);
    json_add_count(object, "connect_window",
                   report->shared->options->connect_window);
    json_add_count(object, "retry_first_ms", THREAD_RETRY_MS);
    json_add_count(object, "retry_longest_ms",
                   THREAD_RETRY_MS << THREAD_RETRY_DOUBLINGS);
    cJSON_AddItemToObject(object, "local_addresses",
                          report_sources(&report->shared->sources));
    cJSON_AddItemToObject(object, "machine", usage_machine(unknown));
    cJSON_AddItemToObject(object, "unknown", unknown);
    json_lines_write(object);
}

void report_phase(struct report *report, const char *phase, int64_t at_ns)
{
    cJSON *object;

    report->phase = phase;
    if (!report->json)
        return;
    object = report_event("phase");
    cJSON_AddStringToObject(object, "phase", phase);
    json_add_count(object, "t_us", report_us(report, at_ns));
    json_lines_write(object);
}

static void report_metrics(const struct report *report, cJSON *object,
                           const struct snapshot *s)
{
    for (int i = 0; i < COUNTERS; i++)
        json_add_count(object, counter_name((enum counter)i),
                       s->totals.counter[i]);
    json_add_count(object, "user_us", s->usage.user_us);
    json_add_count(object, "kernel_us", s->usage.kernel_us);
    json_add_count(object, "working_set_bytes", s->usage.working_set_bytes);
    json_add_count(object, "threads", report->threads);
    json_add_count(object, "system_busy_us", s->usage.system_busy_us);
    json_add_count(object, "system_idle_us", s->usage.system_idle_us);
}

static uint64_t report_trips(const struct snapshot *s)
{
    return s->totals.counter[COUNTER_MESSAGES_ECHOED];
}

static void report_line(struct report *report, const struct snapshot *s)
{
    double seconds = (double)(s->at_ns - report->last.at_ns) / 1e9;
    double trips = (double)(report_trips(s) - report_trips(&report->last));
    char open[32], rate[32];

    fprintf(
        stderr, "\r%-10s %s open, %s round trips/s        ", report->phase,
        number_show_count(s->totals.counter[COUNTER_OPEN], open, sizeof open),
        number_show_count(seconds > 0 ? (uint64_t)(trips / seconds) : 0, rate,
                          sizeof rate));
    fflush(stderr);
}

void report_sample(struct report *report, const struct snapshot *s,
                   const char *mark)
{
    if (report->json) {
        cJSON *object = report_event("sample");

        json_add_count(object, "t_us", report_us(report, s->at_ns));
        cJSON_AddStringToObject(object, "phase", report->phase);
        if (mark != NULL)
            cJSON_AddStringToObject(object, "mark", mark);
        report_metrics(report, object, s);
        json_lines_write(object);
    } else if (report->progress) {
        report_line(report, s);
    }
    report->last = *s;
}

static cJSON *report_window(const struct report *report,
                            const struct results *r)
{
    cJSON *window;

    if (r->begin == NULL)
        return cJSON_CreateNull();
    window = cJSON_CreateObject();
    json_add_count(window, "begin_us", report_us(report, r->begin->at_ns));
    json_add_count(window, "end_us", report_us(report, r->end->at_ns));
    return window;
}

static void report_byte(cJSON *object, const char *name, int byte)
{
    if (byte >= 0)
        cJSON_AddNumberToObject(object, name, byte);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *report_wrong(const struct thread_wrong *wrong)
{
    cJSON *object;

    if (wrong == NULL)
        return cJSON_CreateNull();
    object = cJSON_CreateObject();
    json_add_count(object, "connection", wrong->connection);
    json_add_count(object, "offset", wrong->what.offset);
    report_byte(object, "expected", wrong->what.expected);
    report_byte(object, "received", wrong->what.received);
    cJSON_AddStringToObject(object, "kind", flow_kind_name(wrong->what.kind));
    return object;
}

static void report_outcomes(cJSON *object, const struct totals *totals)
{
    cJSON *part = cJSON_AddObjectToObject(object, "outcomes");

    for (int i = 0; i < OUTCOMES; i++)
        json_add_count(part, outcome_name((enum outcome)i),
                       totals->outcomes[i]);
    part = cJSON_AddObjectToObject(object, "ends");
    for (int i = 0; i < ENDS; i++)
        json_add_count(part, end_name((enum end)i), totals->ends[i]);
}

/* The longest that a healthy connection waited for an echo. */
static cJSON *report_worst(const struct results *r)
{
    cJSON *object;

    if (r->worst_ns == 0)
        return cJSON_CreateNull();
    object = cJSON_CreateObject();
    json_add_count(object, "us", (uint64_t)r->worst_ns / 1000);
    json_add_count(object, "connection", r->worst);
    return object;
}

static cJSON *report_hostile(const struct report *report,
                             const struct results *r)
{
    static const enum counter told[] = {COUNTER_ATTEMPTED, COUNTER_CONNECTED,
                                        COUNTER_SENT_BYTES,
                                        COUNTER_RECEIVED_BYTES};
    const struct mix *mix = &report->shared->mix;
    cJSON *kinds, *kind;

    if (mix->hostile == 0)
        return cJSON_CreateNull();
    kinds = cJSON_CreateObject();
    for (uint32_t p = 0; p < mix->hostile; p++) {
        kind =
            cJSON_AddObjectToObject(kinds, mix->part[mix->healthy + p]->name);
        for (size_t i = 0; i < sizeof told / sizeof *told; i++)
            json_add_count(kind, counter_name(told[i]),
                           r->hostile[p].counter[told[i]]);
        report_outcomes(kind, &r->hostile[p]);
    }
    return kinds;
}

static void report_json(const struct report *report, const struct results *r)
{
    cJSON *object = report_event("final");

    json_add_count(object, "t_us", report_us(report, r->final->at_ns));
    report_metrics(report, object, r->final);
    cJSON_AddItemToObject(object, "window", report_window(report, r));
    report_outcomes(object, &r->final->totals);
    cJSON_AddItemToObject(object, "hostile", report_hostile(report, r));
    cJSON_AddItemToObject(object, "worst_wait", report_worst(r));
    json_add_count(object, "mismatches", r->wrongs);
    cJSON_AddItemToObject(object, "first_mismatch", report_wrong(r->wrong));
    cJSON_AddItemToObject(object, "latency_us", times_json(r->times));
    cJSON_AddItemToObject(object, "turns", times_turns_json(r->times));
    cJSON_AddBoolToObject(object, "saturated", r->saturated);
    json_lines_write(object);
}

/* "3,998 connected, 2 refused" without those that did not occur. */
static void report_parts(const char *title, const uint64_t *each, int count,
                         const char *(*name)(int))
{
    const char *between = "";
    char number[32];

    printf("%-12s ", title);
    for (int i = 0; i < count; i++) {
        if (each[i] == 0)
            continue;
        printf("%s%s %s", between,
               number_show_count(each[i], number, sizeof number), name(i));
        between = ", ";
    }
    printf("%s\n", *between == '\0' ? "none" : "");
}

static const char *report_outcome(int i)
{
    return outcome_name((enum outcome)i);
}

static const char *report_end(int i)
{
    return end_name((enum end)i);
}

static double report_ms(const struct hdr_histogram *h, double percent)
{
    return (double)hdr_value_at_percentile(h, percent) / 1e6;
}

static double report_rounds(const struct hdr_histogram *h, double percent)
{
    return (double)hdr_value_at_percentile(h, percent) / TIMES_TURNS_UNIT;
}

static void report_speed(const struct results *r)
{
    const struct hdr_histogram *h = r->times->from_send;
    double seconds = (double)(r->end->at_ns - r->begin->at_ns) / 1e9;
    uint64_t trips = report_trips(r->end) - report_trips(r->begin);
    uint64_t bytes = r->end->totals.counter[COUNTER_RECEIVED_BYTES] -
                     r->begin->totals.counter[COUNTER_RECEIVED_BYTES];
    double cpu = (double)(r->end->usage.user_us + r->end->usage.kernel_us -
                          r->begin->usage.user_us - r->begin->usage.kernel_us);
    char number[32], size[32];

    printf("%-12s %s/s over %.2f s (%s/s each way)\n", "round trips",
           number_show_count((uint64_t)((double)trips / seconds), number,
                             sizeof number),
           seconds,
           number_show_bytes((double)bytes / seconds, size, sizeof size));
    if (h->total_count > 0)
        printf("%-12s p50 %.3f ms, p90 %.3f, p99 %.3f, p99.9 %.3f, max %.3f\n",
               "latency", report_ms(h, 50), report_ms(h, 90), report_ms(h, 99),
               report_ms(h, 99.9), (double)hdr_max(h) / 1e6);
    h = r->times->turns;
    if (h != NULL && h->total_count > 0)
        printf("%-12s p50 %.3f rounds of all connections, p99 %.3f, max %.3f\n",
               "turns", report_rounds(h, 50), report_rounds(h, 99),
               report_rounds(h, 100));
    printf("%-12s %.0f %% of a core%s\n", "load's CPU", cpu / seconds / 1e4,
           r->saturated ? ": saturated, so these figures are the load's, not "
                          "the server's; give it more --threads or cores"
                        : "");
}

static const char *report_shown(int byte, char *text, size_t size)
{
    if (byte < 0)
        return "nothing";
    snprintf(text, size, "0x%02x", (unsigned)byte & 0xff);
    return text;
}

static void report_people_hostile(const struct report *report,
                                  const struct results *r)
{
    const struct mix *mix = &report->shared->mix;

    for (uint32_t p = 0; p < mix->hostile; p++) {
        char title[32];
        const char *name = mix->part[mix->healthy + p]->name;

        report_parts(name, r->hostile[p].outcomes, OUTCOMES, report_outcome);
        snprintf(title, sizeof title, "  %s ends", name);
        report_parts(title, r->hostile[p].ends, ENDS, report_end);
    }
}

static void report_people(const struct report *report, const struct results *r)
{
    const struct totals *totals = &r->final->totals;
    char number[32], expected[8], received[8];

    if (report->progress)
        fprintf(stderr, "\r%70s\r", "");
    report_parts("attempts", totals->outcomes, OUTCOMES, report_outcome);
    report_parts("ends", totals->ends, ENDS, report_end);
    report_people_hostile(report, r);
    if (r->worst_ns > 0)
        printf("%-12s %.3f ms for an echo, connection %lu\n", "worst wait",
               (double)r->worst_ns / 1e6, (unsigned long)r->worst);
    if (r->begin != NULL && r->end->at_ns > r->begin->at_ns)
        report_speed(r);
    if (r->wrong == NULL) {
        printf("%-12s none in %s echoed bytes\n", "wrong bytes",
               number_show_count(totals->counter[COUNTER_RECEIVED_BYTES],
                                 number, sizeof number));
        return;
    }
    printf("%-12s on %s connections; the first: connection %lu, offset %llu, "
           "%s: expected %s, received %s\n",
           "wrong bytes", number_show_count(r->wrongs, number, sizeof number),
           (unsigned long)r->wrong->connection,
           (unsigned long long)r->wrong->what.offset,
           flow_kind_name(r->wrong->what.kind),
           report_shown(r->wrong->what.expected, expected, sizeof expected),
           report_shown(r->wrong->what.received, received, sizeof received));
}

void report_final(const struct report *report, const struct results *results)
{
    if (report->json)
        report_json(report, results);
    else
        report_people(report, results);
}
