/* A record file, from its text to all that is made of records: tables, the
 * book's table, explanations, a check. And a record built from what a server
 * and a load generator said, whoever they were: then the input is {"asked": {},
 * "server": [], "load": [], "reasons": []}. What the programs said is copied,
 * so it need not fit the schema; it must be JSON. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "results/book.h"
#include "results/check.h"
#include "results/record_set.h"
#include "results/fields.h"
#include "results/record.h"
#include "results/record_file.h"
#include "results/table.h"

static void fuzz_tables(const struct record_set *set)
{
    static const enum table_format formats[] = {TABLE_TEXT, TABLE_MARKDOWN,
                                                TABLE_CSV, TABLE_HTML};

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char *text = table_make(set, formats[i]);

        fuzz_require(text != NULL && text[0] != '\0', "a table");
        for (const char *at = text; *at != '\0'; at++)
            fuzz_require(strchr("\r\n", *at) || (unsigned char)*at >= ' ',
                         "no control character");
        free(text);
        text = book_make(set, formats[i], true);
        free(text);
    }
    free(records_machines(set));
    free(records_wine(set));
}

static void fuzz_check(const struct record_set *set)
{
    struct check_options options = {0.05, 1, UINT32_MAX, CHECK_TEXT};
    const struct record_set *const sets[] = {set, set};
    const char *const names[] = {"a", "b"};

    for (; options.format <= CHECK_JSON; options.format++) {
        bool worse;

        free(check_make(sets, names, &options, &worse));
        fuzz_require(!worse, "a set is not worse than itself");
    }
}

static void fuzz_explanations(const struct record_set *set)
{
    free(explain_cell(set, "iocp:100:round_trips_per_s"));
    free(explain_cell(set, "iocp:100:cpu_percent"));
    free(explain_cell(set, "iocp:100:threads"));
    free(explain_cell(set, "iocp:100:p99_us"));
}

static void fuzz_read(const cJSON *record)
{
    char *reasons = NULL;

    if (record_fault(record) != NULL)
        return;
    record_valid(record, &reasons);
    free(reasons);
    cJSON **records = malloc(sizeof *records);
    fuzz_require(records != NULL, "malloc");
    records[0] = cJSON_Duplicate(record, true);
    struct record_set *set = records_group(records, 1);
    fuzz_tables(set);
    fuzz_check(set);
    fuzz_explanations(set);
    records_free(set);
}

static bool fuzz_are(const cJSON *list, cJSON_bool (*kind)(const cJSON *))
{
    const cJSON *each;

    cJSON_ArrayForEach (each, list) {
        if (!kind(each))
            return false;
    }
    return list == NULL || cJSON_IsArray(list);
}

static void fuzz_build(const cJSON *input)
{
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
    if (!cJSON_IsObject(parts.asked) ||
        !fuzz_are(parts.server_lines, cJSON_IsObject) ||
        !fuzz_are(parts.load_lines, cJSON_IsObject) ||
        !fuzz_are(parts.reasons, cJSON_IsString))
        return;
    cJSON *record = record_build(&parts);
    char *text = cJSON_PrintUnformatted(record);
    cJSON *again = cJSON_Parse(text);
    fuzz_require(again != NULL, "a record is JSON");
    fuzz_read(again);
    cJSON_free(text);
    cJSON_Delete(again);
    cJSON_Delete(record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    size_t parsed;
    cJSON *input = json_read(text, size, &parsed);

    free(text);
    fuzz_require(parsed <= size + 1, "it says where");
    if (cJSON_GetObjectItemCaseSensitive(input, "schema") != NULL)
        fuzz_read(input);
    else if (input != NULL)
        fuzz_build(input);
    cJSON_Delete(input);
    return 0;
}
