#include "results/record.h"

#include <math.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/record_file.h"

enum { RECORD_US = 1000000, RECORD_LOADS = 1024 };

/* --- the streams --------------------------------------------------------- */

double stream_offset_us(const cJSON *lines)
{
    const cJSON *line;
    double best = HUGE_VAL, arrived, t;

    cJSON_ArrayForEach (line, lines)
        if (line_number(line, "arrived_us", &arrived) &&
            line_number(line, "t_us", &t))
            best = fmin(best, arrived - t);
    return best < HUGE_VAL ? best : 0;
}

static struct stream record_stream(const char *who, const char *ready,
                                   const cJSON *lines)
{
    struct stream stream = {.who = who, .lines = lines};
    const cJSON *line;

    cJSON_ArrayForEach (line, lines) {
        bool sample = line_is(line, "event", "sample");

        if (stream.ready == NULL && line_is(line, "event", ready))
            stream.ready = line;
        if (line_is(line, "event", "final"))
            stream.final = line;
        if (sample || stream.final == line)
            stream.last = line;
        if (sample && line_is(line, "mark", "empty"))
            stream.empty = line;
        if (sample && line_is(line, "mark", "begin"))
            stream.begin = line;
        if (sample && line_is(line, "mark", "end"))
            stream.end = line;
    }
    stream.unknown = cJSON_GetObjectItemCaseSensitive(stream.ready, "unknown");
    stream.offset_us = stream_offset_us(lines);
    return stream;
}

bool stream_window(const struct stream *stream, double *seconds)
{
    const cJSON *window =
        cJSON_GetObjectItemCaseSensitive(stream->final, "window");
    double begin, end, growth;

    if (line_number(window, "begin_us", &begin) &&
        line_number(window, "end_us", &end) && end > begin)
        growth = end - begin;
    else if (!line_growth(stream->begin, stream->end, "t_us", &growth) ||
             growth <= 0)
        return false;
    *seconds = growth / RECORD_US;
    return true;
}

double stream_round(double value)
{
    return round(value * RECORD_US) / RECORD_US;
}

/* The columns stand in the order in which they first have a value. */
static cJSON *record_columns(const struct stream *stream)
{
    cJSON *columns = cJSON_CreateArray(), *seen = cJSON_CreateObject();
    const cJSON *line, *item;

    cJSON_AddNullToObject(seen, "event");
    cJSON_AddNullToObject(seen, "arrived_us");
    cJSON_AddNullToObject(seen, "t_us");
    cJSON_AddItemToArray(columns, cJSON_CreateString("t_s"));
    cJSON_ArrayForEach (line, stream->lines)
        if (line_is(line, "event", "sample"))
            cJSON_ArrayForEach (item, line)
                if ((cJSON_IsNumber(item) || cJSON_IsString(item)) &&
                    !cJSON_GetObjectItemCaseSensitive(seen, item->string)) {
                    cJSON_AddNullToObject(seen, item->string);
                    cJSON_AddItemToArray(columns,
                                         cJSON_CreateString(item->string));
                }
    cJSON_Delete(seen);
    return columns;
}

static cJSON *record_samples(const struct stream *stream)
{
    cJSON *samples = cJSON_CreateObject(), *columns = record_columns(stream);
    cJSON *rows = cJSON_CreateArray();
    const cJSON *line, *item;

    cJSON_AddItemToObject(samples, "columns", columns);
    cJSON_AddItemToObject(samples, "rows", rows);
    cJSON_ArrayForEach (line, stream->lines) {
        cJSON *row;
        double t = 0;

        if (!line_is(line, "event", "sample"))
            continue;
        row = cJSON_CreateArray();
        cJSON_AddItemToArray(rows, row);
        line_number(line, "t_us", &t);
        cJSON_AddItemToArray(row, cJSON_CreateNumber(stream_round(
                                      (t + stream->offset_us) / RECORD_US)));
        for (item = columns->child->next; item != NULL; item = item->next) {
            const cJSON *value =
                cJSON_GetObjectItemCaseSensitive(line, item->valuestring);

            cJSON_AddItemToArray(row, value != NULL
                                          ? cJSON_Duplicate(value, true)
                                          : cJSON_CreateNull());
        }
    }
    return samples;
}

/* --- the record ---------------------------------------------------------- */

static void record_head(const struct record_run *run,
                        const struct record_parts *parts)
{
    cJSON *record = run->record, *suite;

    cJSON_AddStringToObject(record, "schema", "iomodels/run");
    cJSON_AddNumberToObject(record, "schema_version", RECORD_VERSION);
    cJSON_AddStringToObject(record, "id", parts->id);
    cJSON_AddStringToObject(record, "started_at", parts->started_at);
    suite = cJSON_AddObjectToObject(record, "suite");
    cJSON_AddStringToObject(suite, "version", parts->version);
    cJSON_AddStringToObject(suite, "command", parts->command);
    cJSON_AddItemToObject(suite, "plan",
                          parts->plan != NULL ? cJSON_CreateString(parts->plan)
                                              : cJSON_CreateNull());
    cJSON_AddBoolToObject(record, "valid", false);
    cJSON_AddItemToObject(record, "reasons", run->reasons);
    cJSON_AddItemToObject(record, "asked", cJSON_Duplicate(parts->asked, true));
}

/* The machine's own facts, and what the process reported of itself. */
static void record_machine(cJSON *machines, cJSON *unknown,
                           const struct stream *stream)
{
    static const char *const skipped[] = {"event", "unknown", "machine",
                                          "arrived_us"};
    const cJSON *facts = record_object(stream->ready, "/machine"), *item;
    char *pointer = text_make("/machine/%s", stream->who);
    cJSON *machine, *process;

    if (stream->ready == NULL) {
        cJSON_AddNullToObject(machines, stream->who);
        cJSON_AddStringToObject(unknown, pointer,
                                "the program was never ready");
        free(pointer);
        return;
    }
    machine = cJSON_AddObjectToObject(machines, stream->who);
    cJSON_ArrayForEach (item, facts) {
        const char *why = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(stream->unknown, item->string));
        char *fact = text_make("%s/%s", pointer, item->string);

        cJSON_AddItemToObject(machine, item->string,
                              cJSON_Duplicate(item, true));
        if (cJSON_IsNull(item) && why != NULL)
            cJSON_AddStringToObject(unknown, fact, why);
        free(fact);
    }
    free(pointer);
    process = cJSON_Duplicate(stream->ready, true);
    for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++)
        cJSON_DeleteItemFromObjectCaseSensitive(process, skipped[i]);
    cJSON_AddItemToObject(machine, "process", process);
}

/* What each of several load generators did, in the record's own keys. */
static cJSON *record_generators(struct record_run *run, const cJSON *each)
{
    cJSON *list = each != NULL ? cJSON_CreateArray() : NULL, *part;
    const cJSON *lines;

    if (each == NULL)
        return NULL;
    run->generators = calloc_or_die((size_t)cJSON_GetArraySize(each),
                                    sizeof *run->generators);
    cJSON_ArrayForEach (lines, each) {
        struct record_run *one = &run->generators[run->generator_count];

        *one = *run;
        one->generators = NULL;
        one->generator_count = 0;
        one->record = cJSON_CreateObject();
        one->unknown = cJSON_CreateObject();
        one->load = record_stream("load", "ready", lines);
        one->load.offset_us = 0; /* their times are the runner's already */
        cJSON_AddItemToArray(list, one->record);
        cJSON_AddNumberToObject(one->record, "rank",
                                (double)run->generator_count++);
        cJSON_AddBoolToObject(
            one->record, "saturated",
            cJSON_IsTrue(record_at(one->load.final, "/saturated")));
        derive(one, false);
        part = cJSON_AddObjectToObject(one->record, "machine");
        record_machine(part, one->unknown, &one->load);
        cJSON_AddItemToObject(one->record, "unknown", one->unknown);
        part = cJSON_AddObjectToObject(one->record, "samples");
        cJSON_AddItemToObject(part, "load", record_samples(&one->load));
    }
    return list;
}

cJSON *record_build(const struct record_parts *parts)
{
    const double loads = record_number_or(parts->asked, "/generators", 0);
    cJSON *each =
        merge_split(parts->load_lines, (int)fmin(loads, RECORD_LOADS));
    cJSON *merged = each != NULL ? merge_lines(each) : NULL;
    struct record_run run = {
        .record = cJSON_CreateObject(),
        .unknown = cJSON_CreateObject(),
        .reasons = cJSON_IsArray(parts->reasons)
                       ? cJSON_Duplicate(parts->reasons, true)
                       : cJSON_CreateArray(),
        .server = record_stream("server", "listening", parts->server_lines),
        .load = record_stream("load", "ready",
                              merged != NULL ? merged : parts->load_lines)};
    cJSON *part, *generators = record_generators(&run, each);

    record_head(&run, parts);
    derive(&run, true);
    part = cJSON_AddObjectToObject(run.record, "machine");
    record_machine(part, run.unknown, &run.server);
    record_machine(part, run.unknown, &run.load);
    cJSON_AddItemToObject(run.record, "unknown", run.unknown);
    part = cJSON_AddObjectToObject(run.record, "samples");
    cJSON_AddItemToObject(part, "server", record_samples(&run.server));
    cJSON_AddItemToObject(part, "load", record_samples(&run.load));
    if (generators != NULL) {
        cJSON_AddItemToObject(run.record, "generators", generators);
        merge_windows(&run);
    }
    verdict(&run);
    disturbance(&run);
    if (cJSON_GetArraySize(run.reasons) == 0)
        cJSON_ReplaceItemInObjectCaseSensitive(run.record, "valid",
                                               cJSON_CreateTrue());
    free(run.generators);
    cJSON_Delete(merged);
    cJSON_Delete(each);
    return run.record;
}
