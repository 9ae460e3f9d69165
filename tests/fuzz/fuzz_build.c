/* A record built from what a server and a load said, whoever they were: the
 * input is {"asked": {}, "server": [], "load": [], "reasons": []}. What the
 * programs said is copied, so it need not fit the schema; it must be JSON. */
#include "fuzz.h"

#include <stdlib.h>

#include "results/fields.h"
#include "results/record.h"

static bool fuzz_are(const cJSON *list, cJSON_bool (*kind)(const cJSON *))
{
    const cJSON *each;

    cJSON_ArrayForEach (each, list) {
        if (!kind(each))
            return false;
    }
    return list == NULL || cJSON_IsArray(list);
}

static void fuzz_build(const struct record_parts *parts)
{
    cJSON *record = record_build(parts);
    char *text = cJSON_PrintUnformatted(record), *reasons = NULL;
    cJSON *again = cJSON_Parse(text);

    fuzz_require(again != NULL, "a record is JSON");
    record_valid(again, &reasons);
    free(reasons);
    cJSON_free(text);
    cJSON_Delete(again);
    cJSON_Delete(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *input = cJSON_ParseWithLength((const char *)data, size);
    const struct record_parts parts = {
        .id = "fuzz",
        .started_at = "2026-11-22T00:00:00.000Z",
        .version = "0.1.0",
        .command = "run",
        .asked = cJSON_GetObjectItemCaseSensitive(input, "asked"),
        .server_lines = cJSON_GetObjectItemCaseSensitive(input, "server"),
        .load_lines = cJSON_GetObjectItemCaseSensitive(input, "load"),
        .reasons = cJSON_GetObjectItemCaseSensitive(input, "reasons"),
    };

    /* The runner sees to this much. */
    if (cJSON_IsObject(parts.asked) &&
        fuzz_are(parts.server_lines, cJSON_IsObject) &&
        fuzz_are(parts.load_lines, cJSON_IsObject) &&
        fuzz_are(parts.reasons, cJSON_IsString))
        fuzz_build(&parts);
    cJSON_Delete(input);
    return 0;
}
