/* The streams of several load generators as one: results/record.c builds a
 * record of it as of any other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/histogram.h"
#include "common/json_lines.h"
#include "results/fields.h"
#include "results/record.h"

enum { MERGE_MAX = 1024 };

/* --- apart --------------------------------------------------------------- */

static int merge_rank(const cJSON *line)
{
    double rank;

    return line_number(line, "rank", &rank) && rank >= 0 && rank < MERGE_MAX
               ? (int)rank
               : -1;
}

/* What the exchanges before the traffic and after the window tell of a load
 * generator's clock: each time the shortest. */
struct merge_clock {
    struct {
        double exchanges, took_us, t_us;
        double offset_us; /* how far it is behind the runner's */
    } at[2];
};

/* Of a load generator that did not answer, the line that travelled fastest
 * shows the offset. */
static struct merge_clock merge_clock(const cJSON *lines)
{
    struct merge_clock clock = {0};
    const cJSON *line;
    double asked, arrived, t;
    bool after = false;

    clock.at[0].offset_us = stream_offset_us(lines);
    cJSON_ArrayForEach (line, lines) {
        after = after || line_is(line, "phase", "measuring");
        if (!line_is(line, "event", "clock") ||
            !line_number(line, "asked_us", &asked) ||
            !line_number(line, "arrived_us", &arrived) ||
            !line_number(line, "t_us", &t))
            continue;
        if (clock.at[after].exchanges++ == 0 ||
            arrived - asked < clock.at[after].took_us) {
            clock.at[after].took_us = arrived - asked;
            clock.at[after].t_us = t;
            clock.at[after].offset_us = (asked + arrived) / 2 - t;
        }
    }
    return clock;
}

/* A clock that drifts does so evenly. */
static double merge_offset(const struct merge_clock *clock, double t_us)
{
    const double passed = clock->at[1].t_us - clock->at[0].t_us;
    const bool known =
        clock->at[0].exchanges > 0 && clock->at[1].exchanges > 0 && passed > 0;

    return clock->at[0].offset_us +
           (known ? (clock->at[1].offset_us - clock->at[0].offset_us) *
                        (t_us - clock->at[0].t_us) / passed
                  : 0);
}

static cJSON *merge_clock_line(const struct merge_clock *clock)
{
    cJSON *line = cJSON_CreateObject();
    const double exchanges = clock->at[0].exchanges + clock->at[1].exchanges;

    cJSON_AddStringToObject(line, "event", "clocks");
    cJSON_AddNumberToObject(line, "offset_us", clock->at[0].offset_us);
    json_add_known(line, "offset_after_us", clock->at[1].exchanges > 0,
                   clock->at[1].offset_us);
    json_add_known(line, "uncertainty_us", exchanges > 0,
                   fmax(clock->at[0].took_us, clock->at[1].took_us) / 2);
    cJSON_AddNumberToObject(line, "exchanges", exchanges);
    return line;
}

static void merge_shift(cJSON *object, const char *key,
                        const struct merge_clock *clock)
{
    double value;

    if (line_number(object, key, &value))
        cJSON_SetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key),
                             round(value + merge_offset(clock, value)));
}

cJSON *merge_split(const cJSON *lines, int count)
{
    cJSON *each, *line, *of;
    const cJSON *from;

    cJSON_ArrayForEach (from, lines)
        if (merge_rank(from) >= count)
            count = merge_rank(from) + 1;
    if (count < 2)
        return NULL;
    each = cJSON_CreateArray();
    for (int i = 0; i < count; i++)
        cJSON_AddItemToArray(each, cJSON_CreateArray());
    cJSON_ArrayForEach (from, lines) {
        if (merge_rank(from) < 0)
            continue;
        line = cJSON_Duplicate(from, true);
        cJSON_AddItemToArray(cJSON_GetArrayItem(each, merge_rank(from)), line);
        cJSON_DeleteItemFromObjectCaseSensitive(line, "rank");
    }
    cJSON_ArrayForEach (of, each) {
        const struct merge_clock clock = merge_clock(of);

        cJSON_ArrayForEach (line, of) {
            cJSON *window = cJSON_GetObjectItemCaseSensitive(line, "window");

            merge_shift(line, "t_us", &clock);
            merge_shift(window, "begin_us", &clock);
            merge_shift(window, "end_us", &clock);
        }
        cJSON_AddItemToArray(of, merge_clock_line(&clock));
    }
    return each;
}

/* --- together ------------------------------------------------------------ */

/* A line of each load generator. */
struct merge {
    size_t count;
    const cJSON **line;
};

/* Their first lines of this event whose `key` has the value; `key` NULL: any.
 * False: not all have one. */
static bool merge_find(struct merge *m, const cJSON *each, const char *event,
                       const char *key, const char *value)
{
    const cJSON *lines, *line;
    bool all = true;

    m->count = 0;
    cJSON_ArrayForEach (lines, each) {
        m->line[m->count] = NULL;
        cJSON_ArrayForEach (line, lines)
            if (m->line[m->count] == NULL && line_is(line, "event", event) &&
                (key == NULL || line_is(line, key, value)))
                m->line[m->count] = line;
        all = all && m->line[m->count] != NULL;
        m->count++;
    }
    return all;
}

static double merge_mean(const struct merge *m, const char *pointer)
{
    double sum = 0;

    for (size_t i = 0; i < m->count; i++)
        sum += record_number_or(m->line[i], pointer, 0);
    return round(sum / (double)m->count);
}

static double merge_most(const struct merge *m, const char *pointer)
{
    double most = 0;

    for (size_t i = 0; i < m->count; i++)
        most = fmax(most, record_number_or(m->line[i], pointer, 0));
    return most;
}

static void merge_add(cJSON *sum, const cJSON *more)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, more) {
        cJSON *mine = cJSON_GetObjectItemCaseSensitive(sum, item->string);

        if (mine == NULL)
            cJSON_AddItemToObject(sum, item->string,
                                  cJSON_Duplicate(item, true));
        else if (cJSON_IsNumber(mine) && cJSON_IsNumber(item))
            cJSON_SetNumberValue(mine, mine->valuedouble + item->valuedouble);
        else if (cJSON_IsObject(mine) && cJSON_IsObject(item))
            merge_add(mine, item);
    }
}

static void merge_set(cJSON *line, const char *key, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(line, key);
    cJSON_AddItemToObject(line, key, value);
}

/* The sum of the lines that are there, at that time. */
static cJSON *merge_sum(const struct merge *m, double t_us)
{
    cJSON *sum = NULL;

    for (size_t i = 0; i < m->count; i++)
        if (sum == NULL && m->line[i] != NULL)
            sum = cJSON_Duplicate(m->line[i], true);
        else if (m->line[i] != NULL)
            merge_add(sum, m->line[i]);
    cJSON_DeleteItemFromObjectCaseSensitive(sum, "arrived_us");
    merge_set(sum, "t_us", cJSON_CreateNumber(t_us));
    return sum;
}

static cJSON *merge_histogram(const struct merge *m, const char *pointer)
{
    struct hdr_histogram *all = NULL;
    const char *unit = "";
    cJSON *json;

    for (size_t i = 0; i < m->count; i++) {
        const cJSON *one = record_object(m->line[i], pointer);

        if (one != NULL && all == NULL)
            all = histogram_make();
        if (one != NULL) {
            unit = record_text(one, "/unit");
            histogram_add_json(all, one);
        }
    }
    json = histogram_json(all, unit);
    if (all != NULL)
        hdr_close(all);
    return json;
}

/* Of the one whose number at the pointer is the highest; null: of none. */
static cJSON *merge_worst(const struct merge *m, const char *object,
                          const char *pointer)
{
    const cJSON *worst = NULL;
    double most = -1;

    for (size_t i = 0; i < m->count; i++)
        if (record_object(m->line[i], object) != NULL &&
            record_number_or(m->line[i], pointer, 0) > most) {
            worst = record_object(m->line[i], object);
            most = record_number_or(m->line[i], pointer, 0);
        }
    return worst != NULL ? cJSON_Duplicate(worst, true) : cJSON_CreateNull();
}

static cJSON *merge_window(const struct merge *m)
{
    cJSON *window;

    for (size_t i = 0; i < m->count; i++)
        if (record_object(m->line[i], "/window") == NULL)
            return cJSON_CreateNull();
    window = cJSON_CreateObject();
    cJSON_AddNumberToObject(window, "begin_us",
                            merge_mean(m, "/window/begin_us"));
    cJSON_AddNumberToObject(window, "end_us", merge_mean(m, "/window/end_us"));
    return window;
}

static cJSON *merge_final(const struct merge *m)
{
    static const char *const latencies[] = {
        "/latency_us/from_send",  "/latency_us/from_intended",
        "/latency_us/first_echo", "/latency_us/connect",
        "/latency_us/lateness",
    };
    cJSON *final = merge_sum(m, merge_most(m, "/t_us"));
    cJSON *latency = cJSON_CreateObject();
    bool saturated = false;

    for (size_t i = 0; i < sizeof latencies / sizeof *latencies; i++)
        cJSON_AddItemToObject(latency, strrchr(latencies[i], '/') + 1,
                              merge_histogram(m, latencies[i]));
    for (size_t i = 0; i < m->count; i++)
        saturated =
            saturated || cJSON_IsTrue(record_at(m->line[i], "/saturated"));
    merge_set(final, "latency_us", latency);
    merge_set(final, "turns", merge_histogram(m, "/turns"));
    merge_set(final, "window", merge_window(m));
    merge_set(final, "saturated", cJSON_CreateBool(saturated));
    merge_set(final, "worst_wait",
              merge_worst(m, "/worst_wait", "/worst_wait/us"));
    merge_set(final, "first_mismatch",
              merge_worst(m, "/first_mismatch", "/mismatches"));
    return final;
}

static void merge_phases(cJSON *merged, struct merge *m, const cJSON *each)
{
    static const char *const phases[] = {"connecting", "connected", "warmup",
                                         "measuring",  "draining",  "done"};

    for (size_t p = 0; p < sizeof phases / sizeof *phases; p++) {
        cJSON *line;
        double first = HUGE_VAL;

        if (!merge_find(m, each, "phase", "phase", phases[p]))
            continue;
        for (size_t i = 0; i < m->count; i++)
            first = fmin(first, record_number_or(m->line[i], "/t_us", 0));
        line = cJSON_Duplicate(m->line[0], true);
        cJSON_DeleteItemFromObjectCaseSensitive(line, "arrived_us");
        /* All are in a phase once the last one is; but they connect as soon as
         * the first one does. */
        merge_set(line, "t_us",
                  cJSON_CreateNumber(p == 0 ? first : merge_most(m, "/t_us")));
        cJSON_AddItemToArray(merged, line);
    }
}

/* The next line with metrics; NULL: there is none. */
static const cJSON *merge_next(const cJSON *line)
{
    while (line != NULL && !line_is(line, "event", "sample") &&
           !line_is(line, "event", "final"))
        line = line->next;
    return line;
}

/* At each sample of the first load generator, what each reported last; at a
 * mark, what they reported at that mark. */
static void merge_samples(cJSON *merged, struct merge *m, const cJSON *each)
{
    struct merge mark = {0, calloc_or_die(m->count, sizeof *mark.line)};
    const cJSON *lines, *line, *next;
    size_t i = 0;

    cJSON_ArrayForEach (lines, each)
        m->line[i++] = merge_next(lines->child);
    cJSON_ArrayForEach (line, each->child) {
        const char *name = record_text(line, "/mark");
        const double t_us = record_number_or(line, "/t_us", 0);

        if (!line_is(line, "event", "sample"))
            continue;
        if (name[0] != '\0' &&
            merge_find(&mark, each, "sample", "mark", name)) {
            cJSON_AddItemToArray(merged,
                                 merge_sum(&mark, merge_mean(&mark, "/t_us")));
            continue;
        }
        m->line[0] = line;
        for (i = 1; i < m->count; i++)
            while (m->line[i] != NULL &&
                   (next = merge_next(m->line[i]->next)) != NULL &&
                   record_number_or(next, "/t_us", 0) <= t_us)
                m->line[i] = next;
        cJSON_AddItemToArray(merged, merge_sum(m, t_us));
        cJSON_DeleteItemFromObjectCaseSensitive(merged->child->prev, "mark");
    }
    free((void *)mark.line);
}

/* How far each came, where not all came to their end. */
static void merge_last(cJSON *merged, struct merge *m, const cJSON *each)
{
    const cJSON *lines, *line;
    bool any = false;

    m->count = 0;
    cJSON_ArrayForEach (lines, each) {
        m->line[m->count] = NULL;
        for (line = merge_next(lines->child); line != NULL;
             line = merge_next(line->next))
            m->line[m->count] = line;
        any = any || m->line[m->count] != NULL;
        m->count++;
    }
    if (any) {
        cJSON *sum = merge_sum(m, merge_most(m, "/t_us"));

        merge_set(sum, "event", cJSON_CreateString("sample"));
        cJSON_DeleteItemFromObjectCaseSensitive(sum, "mark");
        cJSON_AddItemToArray(merged, sum);
    }
}

cJSON *merge_lines(const cJSON *each)
{
    const size_t count = (size_t)cJSON_GetArraySize(each);
    struct merge m = {count, calloc_or_die(count, sizeof *m.line)};
    cJSON *merged = cJSON_CreateArray();
    const cJSON *lines, *line;

    merge_find(&m, each, "ready", NULL, NULL);
    for (size_t i = 0; i < count; i++)
        if (m.line[i] != NULL) {
            cJSON_AddItemToArray(merged, cJSON_Duplicate(m.line[i], true));
            break;
        }
    cJSON_ArrayForEach (lines, each)
        cJSON_ArrayForEach (line, lines)
            if (line_is(line, "event", "error"))
                cJSON_AddItemToArray(merged, cJSON_Duplicate(line, true));
    merge_phases(merged, &m, each);
    merge_samples(merged, &m, each);
    if (merge_find(&m, each, "final", NULL, NULL))
        cJSON_AddItemToArray(merged, merge_final(&m));
    else
        merge_last(merged, &m, each);
    free((void *)m.line);
    return merged;
}

void merge_windows(const struct record_run *run)
{
    static const char *const clock[] = {"offset_us", "offset_after_us",
                                        "uncertainty_us", "exchanges"};
    double begin, end, first = HUGE_VAL, last = -HUGE_VAL, until = HUGE_VAL;
    double longest = 0;
    size_t windows = 0;
    cJSON *phases;

    for (size_t i = 0; i < run->generator_count; i++) {
        const struct record_run *one = &run->generators[i];
        const cJSON *lines = one->load.lines;
        cJSON *object = cJSON_AddObjectToObject(one->record, "clock");

        for (size_t c = 0; c < sizeof clock / sizeof *clock; c++)
            cJSON_AddItemToObject(
                object, clock[c],
                cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(
                                    lines->child->prev, clock[c]),
                                true));
        if (!record_number(one->load.final, "/window/begin_us", &begin) ||
            !record_number(one->load.final, "/window/end_us", &end))
            continue;
        phases = cJSON_GetObjectItemCaseSensitive(one->record, "phases");
        cJSON_AddNumberToObject(phases, "begin_s", begin / 1e6);
        first = fmin(first, begin);
        last = fmax(last, begin);
        until = fmin(until, end);
        longest = fmax(longest, end - begin);
        windows++;
    }
    if (windows < run->generator_count || longest <= 0)
        return;
    phases = cJSON_GetObjectItemCaseSensitive(run->record, "phases");
    cJSON_AddNumberToObject(phases, "start_skew_s", (last - first) / 1e6);
    cJSON_AddNumberToObject(
        phases, "overlap_percent",
        stream_round(100 * fmax(until - last, 0) / longest));
}
