#include "clients/report.h"

#include <stdio.h>

#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/options.h"

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
    json_add_count(object, "pid", report->pid);
    cJSON_AddStringToObject(object, "engine", engine_name);
    json_add_count(object, "threads", report->shared->options->threads);
    json_add_count(object, "connect_window",
                   report->shared->options->connect_window);
    json_add_count(object, "retry_first_ms", THREAD_RETRY_MS);
    json_add_count(object, "retry_longest_ms",
                   THREAD_RETRY_MS << THREAD_RETRY_DOUBLINGS);
    cJSON_AddItemToObject(object, "local_addresses",
                          report_sources(&report->shared->sources));
    cJSON_AddItemToObject(object, "machine", machine_json(unknown));
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

static void report_counts(cJSON *object, const char *const *names,
                          const uint64_t *each, int count)
{
    for (int i = 0; i < count; i++)
        json_add_count(object, names[i], each[i]);
}

static void report_metrics(const struct report *report, cJSON *object,
                           const struct snapshot *s)
{
    const struct usage *usage = &s->usage;

    report_counts(object, counter_names, s->totals.counter, COUNTERS);
    json_add_count(object, "user_us", usage->user_us);
    json_add_count(object, "kernel_us", usage->kernel_us);
    json_add_count(object, "working_set_bytes", usage->working_set_bytes);
    json_add_count(object, "threads", report->threads);
    json_add_count(object, "system_busy_us", usage->system_busy_us);
    json_add_count(object, "system_idle_us", usage->system_idle_us);
    if (usage->scheduler) {
        json_add_count(object, "run_delay_us", usage->run_delay_us);
        json_add_count(object, "steal_us", usage->steal_us);
    }
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

/* null where the run never had a window, no byte was wrong, and so on. */
static cJSON *report_object(cJSON *final, const char *name, bool known)
{
    if (known)
        return cJSON_AddObjectToObject(final, name);
    cJSON_AddNullToObject(final, name);
    return NULL;
}

static void report_wrong(cJSON *final, const struct thread_wrong *wrong)
{
    cJSON *object = report_object(final, "first_mismatch", wrong != NULL);

    if (object == NULL)
        return;
    json_add_count(object, "connection", wrong->connection);
    json_add_count(object, "offset", wrong->what.offset);
    json_add_known(object, "expected", wrong->what.expected >= 0,
                   wrong->what.expected);
    json_add_known(object, "received", wrong->what.received >= 0,
                   wrong->what.received);
    cJSON_AddStringToObject(object, "kind", flow_kind_name(wrong->what.kind));
}

static void report_outcomes(cJSON *object, const struct totals *totals)
{
    report_counts(cJSON_AddObjectToObject(object, "outcomes"), outcome_names,
                  totals->outcomes, OUTCOMES);
    report_counts(cJSON_AddObjectToObject(object, "ends"), end_names,
                  totals->ends, ENDS);
}

static void report_hostile(const struct report *report, cJSON *final,
                           const struct results *r)
{
    static const enum counter shown[] = {COUNTER_ATTEMPTED, COUNTER_CONNECTED,
                                         COUNTER_SENT_BYTES,
                                         COUNTER_RECEIVED_BYTES};
    const struct mix *mix = &report->shared->mix;
    cJSON *kinds = report_object(final, "hostile", mix->hostile > 0);

    for (uint32_t p = 0; p < mix->hostile; p++) {
        const struct totals *totals = &r->hostile[p];
        cJSON *kind =
            cJSON_AddObjectToObject(kinds, mix->part[mix->healthy + p]->name);

        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            json_add_count(kind, counter_names[shown[i]],
                           totals->counter[shown[i]]);
        report_outcomes(kind, totals);
    }
}

static void report_json(const struct report *report, const struct results *r)
{
    cJSON *final = report_event("final"), *object;

    json_add_count(final, "t_us", report_us(report, r->final->at_ns));
    report_metrics(report, final, r->final);
    object = report_object(final, "window", r->begin != NULL);
    if (object != NULL) {
        json_add_count(object, "begin_us", report_us(report, r->begin->at_ns));
        json_add_count(object, "end_us", report_us(report, r->end->at_ns));
    }
    report_outcomes(final, &r->final->totals);
    report_hostile(report, final, r);
    object = report_object(final, "worst_wait", r->worst_ns != 0);
    if (object != NULL) {
        json_add_count(object, "us", (uint64_t)r->worst_ns / 1000);
        json_add_count(object, "connection", r->worst);
    }
    json_add_count(final, "mismatches", r->wrongs);
    report_wrong(final, r->wrong);
    times_json(r->times, final);
    cJSON_AddBoolToObject(final, "saturated", r->saturated);
    json_lines_write(final);
}

/* "3,998 connected, 2 refused" without the kinds that did not occur. */
static void report_parts(const char *title, const uint64_t *each, int count,
                         const char *const *names)
{
    const char *between = "";
    char number[32];

    printf("%-12s ", title);
    for (int i = 0; i < count; i++) {
        if (each[i] == 0)
            continue;
        printf("%s%s %s", between,
               number_show_count(each[i], number, sizeof number), names[i]);
        between = ", ";
    }
    printf("%s\n", *between == '\0' ? "none" : "");
}

static double report_at(const struct hdr_histogram *h, double percent,
                        double unit)
{
    return (double)hdr_value_at_percentile(h, percent) / unit;
}

static void report_speed(const struct results *r)
{
    const struct hdr_histogram *h = r->times->of[TIMED_FROM_SEND];
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
               "latency", report_at(h, 50, 1e6), report_at(h, 90, 1e6),
               report_at(h, 99, 1e6), report_at(h, 99.9, 1e6),
               report_at(h, 100, 1e6));
    h = r->times->of[TIMED_TURNS];
    if (h != NULL && h->total_count > 0)
        printf("%-12s p50 %.3f rounds of all connections, p99 %.3f, max %.3f\n",
               "turns", report_at(h, 50, TIMED_TURNS_UNIT),
               report_at(h, 99, TIMED_TURNS_UNIT),
               report_at(h, 100, TIMED_TURNS_UNIT));
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

void report_final(const struct report *report, const struct results *r)
{
    const struct totals *totals = &r->final->totals;
    const struct mix *mix = &report->shared->mix;
    char number[32], expected[8], received[8];

    if (report->json) {
        report_json(report, r);
        return;
    }
    if (report->progress)
        fprintf(stderr, "\r%70s\r", "");
    report_parts("attempts", totals->outcomes, OUTCOMES, outcome_names);
    report_parts("ends", totals->ends, ENDS, end_names);
    for (uint32_t p = 0; p < mix->hostile; p++) {
        const char *name = mix->part[mix->healthy + p]->name;
        char title[32];

        report_parts(name, r->hostile[p].outcomes, OUTCOMES, outcome_names);
        snprintf(title, sizeof title, "  %s ends", name);
        report_parts(title, r->hostile[p].ends, ENDS, end_names);
    }
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
