#include "clients/report.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/json_lines.h"
#include "common/machine.h"
#include "common/number.h"
#include "common/terminal.h"

/* Samples come a little early or late. */
#define REPORT_SECOND 0.9

static void report_time(const struct load *load, cJSON *object,
                        const char *name, int64_t ns)
{
    json_add_count(object, name, (uint64_t)((ns - load->epoch_ns) / 1000));
}

static cJSON *report_named(const char *name)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "event", name);
    return object;
}

void report_clock(int64_t epoch_ns, uint64_t rank)
{
    cJSON *object = report_named("clock");

    json_add_count(object, "rank", rank);
    json_add_count(object, "t_us", (uint64_t)(clock_ns() - epoch_ns) / 1000);
    json_lines_write(object);
}

static cJSON *report_event(const struct load *load, const char *name)
{
    cJSON *object = report_named(name);

    if (load->shared.options->generators > 1)
        json_add_count(object, "rank", load->shared.options->rank);
    return object;
}

void report_ready(const struct load *load)
{
    const struct option_values *options = load->shared.options;
    const struct sources *sources = &load->shared.sources;
    cJSON *object, *unknown, *addresses;
    char text[ENDPOINT_TEXT];

    if (!load->shared.options->json_stream)
        return;
    object = report_event(load, "ready");
    unknown = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "protocol", 1);
    if (options->generators > 1) {
        cJSON_AddStringToObject(object, "version", IOMODELS_VERSION);
        json_add_count(object, "epoch_us", (uint64_t)load->epoch_ns / 1000);
    }
    json_add_count(object, "pid", load->pid);
    cJSON_AddStringToObject(object, "engine", engine_name);
    json_add_count(object, "threads", options->threads);
    cJSON_AddStringToObject(object, "timer",
                            engine_timer(load->threads[0]->engine));
    json_add_count(object, "timer_wait_us", (uint64_t)load->timer_ns / 1000);
    json_add_count(object, "connect_window", options->connect_window);
    json_add_count(object, "retry_first_ms", THREAD_RETRY_MS);
    json_add_count(object, "retry_longest_ms",
                   THREAD_RETRY_MS << THREAD_RETRY_DOUBLINGS);
    addresses = cJSON_AddArrayToObject(object, "local_addresses");
    for (size_t i = 0; i < sources->count; i++)
        if (sources->each[i].size != 0)
            cJSON_AddItemToArray(addresses, cJSON_CreateString(endpoint_show(
                                                &sources->each[i], text)));
    cJSON_AddItemToObject(object, "machine", machine_json(unknown));
    cJSON_AddItemToObject(object, "unknown", unknown);
    json_lines_write(object);
}

void report_phase(struct load *load, const char *phase, int64_t at_ns)
{
    cJSON *object;

    load->phase = phase;
    if (!load->shared.options->json_stream)
        return;
    object = report_event(load, "phase");
    cJSON_AddStringToObject(object, "phase", phase);
    report_time(load, object, "t_us", at_ns);
    json_lines_write(object);
}

static void report_counts(cJSON *object, const struct totals *totals,
                          enum counter first, enum counter last)
{
    for (int i = (int)first; i <= (int)last; i++)
        json_add_count(object, counter_names[i], totals->of[i]);
}

static void report_metrics(const struct load *load, cJSON *object,
                           const struct snapshot *s)
{
    const struct usage *usage = &s->usage;

    report_counts(object, &s->totals, COUNTER_ATTEMPTED,
                  COUNTER_MESSAGES_ECHOED);
    json_add_count(object, "user_us", usage->user_us);
    json_add_count(object, "kernel_us", usage->kernel_us);
    json_add_count(object, "working_set_bytes", usage->working_set_bytes);
    /* Plus the main thread and the thread that reads standard input. */
    json_add_count(object, "threads", load->thread_count * engine_threads + 2);
    json_add_count(object, "held_up_us", s->held_up_us);
    json_add_count(object, "system_busy_us", usage->system_busy_us);
    json_add_count(object, "system_idle_us", usage->system_idle_us);
    if (usage->usable_busy_us > 0)
        json_add_count(object, "usable_busy_us", usage->usable_busy_us);
    if (usage->scheduler) {
        json_add_count(object, "run_delay_us", usage->run_delay_us);
        json_add_count(object, "steal_us", usage->steal_us);
    }
}

static double report_seconds(const struct snapshot *from,
                             const struct snapshot *to)
{
    return (double)(to->at_ns - from->at_ns) / 1e9;
}

/* Of a counter, a second. */
static double report_rate(const struct snapshot *from,
                          const struct snapshot *to, enum counter counter)
{
    double seconds = report_seconds(from, to);

    return seconds > 0
               ? (double)(to->totals.of[counter] - from->totals.of[counter]) /
                     seconds
               : 0;
}

/* The figures of the last second, once it is over. */
static bool report_second(struct load *load, const struct snapshot *s)
{
    struct panel *panel = &load->panel;
    struct recent_sums recent = {0};

    if (load->last.at_ns != 0 && report_seconds(&load->last, s) < REPORT_SECOND)
        return false;
    for (uint32_t i = 0; i < load->thread_count; i++)
        recent_sum(&recent, &load->threads[i]->recent);
    panel->p50_us = recent_us(&load->recent, &recent, 50);
    panel->p99_us = recent_us(&load->recent, &recent, 99);
    if (load->last.at_ns != 0) {
        panel->trips_per_s =
            report_rate(&load->last, s, COUNTER_MESSAGES_ECHOED);
        panel->bytes_per_s =
            report_rate(&load->last, s, COUNTER_RECEIVED_BYTES);
    }
    load->recent = recent;
    load->last = *s;
    return true;
}

static void report_live(struct load *load, const struct snapshot *s)
{
    struct panel *panel = &load->panel;

    panel->title = load->shared.options->target;
    panel->phase = load->phase;
    panel->load = true;
    panel->open = (double)s->totals.of[COUNTER_OPEN];
    panel->left_s = PANEL_UNKNOWN;
    if (load->until_ns > s->at_ns)
        panel->left_s = (double)(load->until_ns - s->at_ns) / 1e9;
    panel_show(panel);
}

void report_sample(struct load *load, const struct snapshot *s,
                   const char *mark)
{
    const struct panel *panel = &load->panel;
    const bool second = report_second(load, s);

    if (load->shared.options->json_stream) {
        cJSON *object = report_event(load, "sample");

        report_time(load, object, "t_us", s->at_ns);
        cJSON_AddStringToObject(object, "phase", load->phase);
        if (mark != NULL)
            cJSON_AddStringToObject(object, "mark", mark);
        report_metrics(load, object, s);
        if (second) {
            json_add_known(object, "p50_us", panel->p50_us >= 0, panel->p50_us);
            json_add_known(object, "p99_us", panel->p99_us >= 0, panel->p99_us);
        }
        json_lines_write(object);
    } else {
        report_live(load, s);
    }
}

/* null where the run never had a window, no byte was wrong, and so on; cJSON
 * drops members that are added to the NULL that this returns then. */
static cJSON *report_object(cJSON *final, const char *name, bool known)
{
    if (known)
        return cJSON_AddObjectToObject(final, name);
    cJSON_AddNullToObject(final, name);
    return NULL;
}

static void report_outcomes(cJSON *object, const struct totals *totals)
{
    report_counts(cJSON_AddObjectToObject(object, "outcomes"), totals,
                  OUTCOME_CONNECTED, OUTCOME_OTHER);
    report_counts(cJSON_AddObjectToObject(object, "ends"), totals,
                  END_COMPLETED, END_OTHER);
}

static void report_hostile(const struct load *load, cJSON *final)
{
    const struct mix *mix = &load->shared.mix;
    cJSON *kinds = report_object(final, "hostile", mix->hostile > 0);

    for (uint32_t p = 0; p < mix->hostile; p++) {
        cJSON *kind =
            cJSON_AddObjectToObject(kinds, mix->part[mix->healthy + p]->name);
        const struct totals *totals = &load->hostile[p];

        report_counts(kind, totals, COUNTER_ATTEMPTED, COUNTER_ATTEMPTED);
        report_counts(kind, totals, COUNTER_CONNECTED, COUNTER_CONNECTED);
        report_counts(kind, totals, COUNTER_SENT_BYTES, COUNTER_RECEIVED_BYTES);
        report_outcomes(kind, totals);
    }
}

static void report_json(const struct load *load)
{
    const struct flow_wrong *wrong = &load->wrong.what;
    cJSON *final = report_event(load, "final"), *object;

    report_time(load, final, "t_us", load->final.at_ns);
    report_metrics(load, final, &load->final);
    object = report_object(final, "window", load->measured);
    report_time(load, object, "begin_us", load->begin.at_ns);
    report_time(load, object, "end_us", load->end.at_ns);
    report_outcomes(final, &load->final.totals);
    report_hostile(load, final);
    object = report_object(final, "worst_wait", load->worst.ns != 0);
    json_add_count(object, "us", (uint64_t)load->worst.ns / 1000);
    json_add_count(object, "connection", load->worst.connection);
    json_add_count(final, "mismatches", load->wrong.count);
    object = report_object(final, "first_mismatch", load->wrong.count > 0);
    json_add_count(object, "connection", load->wrong.connection);
    json_add_count(object, "offset", wrong->offset);
    if (object != NULL) {
        json_add_known(object, "expected", wrong->expected >= 0,
                       wrong->expected);
        json_add_known(object, "received", wrong->received >= 0,
                       wrong->received);
        cJSON_AddStringToObject(object, "kind", wrong->kind);
    }
    times_json(&load->threads[0]->times, final);
    cJSON_AddBoolToObject(final, "saturated", load->saturated);
    json_lines_write(final);
}

/* "3,998 connected, 2 refused" without the kinds that did not occur. */
static void report_parts(const char *title, const struct totals *totals,
                         enum counter first, enum counter last)
{
    const char *between = "";
    char number[32];

    printf("%-12s ", title);
    for (int i = (int)first; i <= (int)last; i++) {
        if (totals->of[i] == 0)
            continue;
        printf("%s%s %s", between,
               number_show_count(totals->of[i], number, sizeof number),
               counter_names[i]);
        between = ", ";
    }
    printf("%s\n", *between == '\0' ? "none" : "");
}

static double report_at(const struct hdr_histogram *h, double percent,
                        double unit)
{
    return (double)hdr_value_at_percentile(h, percent) / unit;
}

static void report_speed(const struct load *load)
{
    const struct hdr_histogram *h = load->threads[0]->times.of[TIMED_FROM_SEND];
    const struct snapshot *begin = &load->begin, *end = &load->end;
    double seconds = report_seconds(begin, end);
    double cpu = (double)(end->usage.user_us + end->usage.kernel_us -
                          begin->usage.user_us - begin->usage.kernel_us);
    char number[32], size[32];

    printf("%-12s %s/s over %.2f s (%s/s each way)\n", "round trips",
           number_show_count(
               (uint64_t)report_rate(begin, end, COUNTER_MESSAGES_ECHOED),
               number, sizeof number),
           seconds,
           number_show_bytes(report_rate(begin, end, COUNTER_RECEIVED_BYTES),
                             size, sizeof size));
    if (h->total_count > 0)
        printf("%-12s p50 %.3f ms, p90 %.3f, p99 %.3f, p99.9 %.3f, max %.3f\n",
               "latency", report_at(h, 50, 1e6), report_at(h, 90, 1e6),
               report_at(h, 99, 1e6), report_at(h, 99.9, 1e6),
               report_at(h, 100, 1e6));
    h = load->threads[0]->times.of[TIMED_TURNS];
    if (h != NULL && h->total_count > 0)
        printf("%-12s p50 %.3f rounds of all connections, p99 %.3f, max %.3f\n",
               "turns", report_at(h, 50, TIMED_TURNS_UNIT),
               report_at(h, 99, TIMED_TURNS_UNIT),
               report_at(h, 100, TIMED_TURNS_UNIT));
    h = load->threads[0]->times.of[TIMED_LATENESS];
    if (h != NULL && h->total_count > 0)
        printf("%-12s p50 %.3f ms, p99 %.3f, max %.3f: by the load generator "
               "itself\n",
               "late sends", report_at(h, 50, 1e6), report_at(h, 99, 1e6),
               report_at(h, 100, 1e6));
    printf("%-12s %.0f %% of a core%s\n", "load's CPU", cpu / seconds / 1e4,
           load->saturated ? ": load generator saturated, the figures describe "
                             "the client; give it more --threads or processors"
                           : "");
}

static const char *report_shown(int byte, char *text, size_t size)
{
    if (byte < 0)
        return "nothing";
    snprintf(text, size, "0x%02x", (unsigned)byte & 0xff);
    return text;
}

void report_final(const struct load *load)
{
    const struct totals *totals = &load->final.totals;
    const struct thread_wrong *wrong = &load->wrong;
    const struct mix *mix = &load->shared.mix;
    char number[32], expected[8], received[8];

    if (load->shared.options->json_stream) {
        report_json(load);
        return;
    }
    terminal_clear();
    report_parts("attempts", totals, OUTCOME_CONNECTED, OUTCOME_OTHER);
    report_parts("ends", totals, END_COMPLETED, END_OTHER);
    for (uint32_t p = 0; p < mix->hostile; p++) {
        const char *name = mix->part[mix->healthy + p]->name;
        char title[32];

        report_parts(name, &load->hostile[p], OUTCOME_CONNECTED, OUTCOME_OTHER);
        snprintf(title, sizeof title, "  %s ends", name);
        report_parts(title, &load->hostile[p], END_COMPLETED, END_OTHER);
    }
    if (load->worst.ns > 0)
        printf("%-12s %.3f ms for an echo, connection %lu\n", "worst wait",
               (double)load->worst.ns / 1e6,
               (unsigned long)load->worst.connection);
    if (load->measured)
        report_speed(load);
    if (load->wrong.count == 0)
        printf("%-12s none in %s echoed bytes\n", "wrong bytes",
               number_show_count(totals->of[COUNTER_RECEIVED_BYTES], number,
                                 sizeof number));
    else
        printf("%-12s on %s connections; the first: connection %lu, offset "
               "%llu, %s: expected %s, received %s\n",
               "wrong bytes",
               number_show_count(load->wrong.count, number, sizeof number),
               (unsigned long)wrong->connection,
               (unsigned long long)wrong->what.offset, wrong->what.kind,
               report_shown(wrong->what.expected, expected, sizeof expected),
               report_shown(wrong->what.received, received, sizeof received));
}

void report_unserved(const struct load *load)
{
    const uint64_t *of = load->final.totals.of;
    const char *target = load->shared.options->target;

    endpoint_answers(&load->shared.target);
    if (of[OUTCOME_REFUSED] + of[OUTCOME_TIMED_OUT] > 0 &&
        !endpoint_is_loopback(&load->shared.target))
        complain("no connection to %s was served; check that an echo server "
                 "runs there, and that " MACHINE_FIREWALL_RULE,
                 target, strrchr(target, ':') + 1);
    else
        complain("no connection to %s was served; check that an echo server "
                 "runs there",
                 target);
}
