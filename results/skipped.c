#include "results/skipped.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/json_lines.h"
#include "common/number.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/record_file.h"

static const char skipped_file[] = "refused.json";

void skipped_add(cJSON *list, const struct skipped *one)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "connections", one->connections);
    cJSON_AddItemToObject(item, "model",
                          one->model != NULL ? cJSON_CreateString(one->model)
                                             : cJSON_CreateNull());
    cJSON_AddStringToObject(item, "limit", one->limit);
    cJSON_AddStringToObject(item, "name", one->name);
    cJSON_AddNumberToObject(item, "value", one->value);
    cJSON_AddNumberToObject(item, "need", one->need);
    cJSON_AddStringToObject(item, "unit", one->unit);
    cJSON_AddStringToObject(item, "how_to_fix", one->how_to_fix);
    cJSON_AddItemToArray(list, item);
}

bool skipped_is_of(const cJSON *item, const char *model, double connections)
{
    const char *only = record_text(item, "/model");
    double tier;

    return record_number(item, "/connections", &tier) && tier == connections &&
           (only[0] == '\0' || strcmp(only, model) == 0);
}

bool skipped_covers(const cJSON *list, const char *model, double connections)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, list)
        if (skipped_is_of(item, model, connections))
            return true;
    return false;
}

void skipped_amount(struct text *text, const cJSON *item, const char *pointer)
{
    double value = record_number_or(item, pointer, 0);
    char shown[48];

    text_add(text, "%s",
             strcmp(record_text(item, "/unit"), "bytes") == 0
                 ? number_show_bytes(value, shown, sizeof shown)
                 : number_show_count(number_whole(value), shown, sizeof shown));
}

char *skipped_show(const cJSON *item)
{
    struct text text = {0};

    text_add(&text, "%s: ", record_text(item, "/name"));
    skipped_amount(&text, item, "/need");
    text_add(&text, " needed, ");
    skipped_amount(&text, item, "/value");
    text_add(&text, " available; %s", record_text(item, "/how_to_fix"));
    return text_take(&text);
}

uint32_t skipped_write(const char *folder, const char *plan, const cJSON *list)
{
    char now[CLOCK_ISO_SIZE];
    cJSON *whole = cJSON_CreateObject();
    char *path = file_join(folder, skipped_file), *text;
    uint32_t error;

    clock_iso(now);
    cJSON_AddStringToObject(whole, "schema", "iomodels/refused");
    cJSON_AddNumberToObject(whole, "schema_version", 1);
    cJSON_AddStringToObject(whole, "plan", plan);
    cJSON_AddStringToObject(whole, "made_at", now);
    cJSON_AddItemToObject(whole, "refused", cJSON_Duplicate(list, true));
    text = json_print(whole);
    error = file_write_over(path, text, strlen(text));
    free(text);
    cJSON_Delete(whole);
    free(path);
    return error;
}

void skipped_delete(const char *folder)
{
    char *path = file_join(folder, skipped_file);

    file_delete(path);
    free(path);
}

bool skipped_read(const char *folder, cJSON **list)
{
    static const char remedy[] = "delete it: the records do not need it";
    char *path = file_join(folder, skipped_file);
    bool is_there = file_is_file(path), good = true;
    cJSON *file = is_there ? json_file(path, remedy) : NULL;
    const cJSON *item;
    double n;

    *list = cJSON_DetachItemFromObjectCaseSensitive(file, "refused");
    cJSON_ArrayForEach (item, *list)
        good = good && record_number(item, "/connections", &n) &&
               record_number(item, "/value", &n) &&
               record_number(item, "/need", &n);
    if (file != NULL && !(good && cJSON_IsArray(*list))) {
        complain("%s is not a list of skipped runs; %s", path, remedy);
        cJSON_Delete(*list);
        *list = NULL;
    }
    cJSON_Delete(file);
    free(path);
    return !is_there || *list != NULL;
}
