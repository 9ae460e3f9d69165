#include "results/record.h"

#include <stdlib.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/record_file.h"
#include "results/stream.h"

static void record_head(cJSON *record, const struct record_parts *parts,
                        cJSON *reasons)
{
    cJSON *suite;

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
    cJSON_AddItemToObject(record, "reasons", reasons);
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
                                "the program never was ready");
        free(pointer);
        return;
    }
    machine = cJSON_AddObjectToObject(machines, stream->who);
    cJSON_ArrayForEach (item, facts) {
        const char *why = stream_text(stream->unknown, item->string);
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

cJSON *record_build(const struct record_parts *parts)
{
    struct stream server =
        stream_of("server", "listening", parts->server_lines);
    struct stream load = stream_of("load", "ready", parts->load_lines);
    cJSON *record = cJSON_CreateObject(), *unknown = cJSON_CreateObject();
    cJSON *reasons = cJSON_IsArray(parts->reasons)
                         ? cJSON_Duplicate(parts->reasons, true)
                         : cJSON_CreateArray();
    cJSON *machines, *samples;

    if (record == NULL || unknown == NULL || reasons == NULL)
        die("cJSON_CreateObject");
    record_head(record, parts, reasons);
    derive(record, unknown, &server, &load);
    machines = cJSON_AddObjectToObject(record, "machine");
    record_machine(machines, unknown, &server);
    record_machine(machines, unknown, &load);
    cJSON_AddItemToObject(record, "unknown", unknown);
    samples = cJSON_AddObjectToObject(record, "samples");
    cJSON_AddItemToObject(samples, "server", stream_samples(&server));
    cJSON_AddItemToObject(samples, "load", stream_samples(&load));
    verdict(record, reasons, &server, &load);
    disturbance(record, unknown, reasons, &server, &load);
    if (cJSON_GetArraySize(reasons) == 0)
        cJSON_ReplaceItemInObjectCaseSensitive(record, "valid",
                                               cJSON_CreateTrue());
    return record;
}
