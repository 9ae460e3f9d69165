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

cJSON *skipped_make(void)
{
    return cJSON_CreateArray();
}

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

size_t skipped_count(const cJSON *list)
{
    return list != NULL ? (size_t)cJSON_GetArraySize(list) : 0;
}

bool skipped_get(const cJSON *list, size_t n, struct skipped *r)
{
    const cJSON *item = cJSON_GetArrayItem(list, (int)n);

    *r = (struct skipped){.model =
                              cJSON_GetStringValue(record_at(item, "/model")),
                          .limit = record_text(item, "/limit"),
                          .name = record_text(item, "/name"),
                          .unit = record_text(item, "/unit"),
                          .how_to_fix = record_text(item, "/how_to_fix")};
    return record_number(item, "/connections", &r->connections) &&
           record_number(item, "/value", &r->value) &&
           record_number(item, "/need", &r->need) && r->connections >= 0 &&
           r->value >= 0 && r->need >= 0;
}

bool skipped_is_of(const struct skipped *one, const char *model,
                   double connections)
{
    return one->connections == connections &&
           (one->model == NULL || strcmp(one->model, model) == 0);
}

bool skipped_covers(const cJSON *list, const char *model, double connections)
{
    struct skipped r;

    for (size_t i = 0; i < skipped_count(list); i++)
        if (skipped_get(list, i, &r) && skipped_is_of(&r, model, connections))
            return true;
    return false;
}

static char *skipped_amount(double value, const char *unit, char text[48])
{
    return strcmp(unit, "bytes") == 0
               ? number_show_bytes(value, text, 48)
               : number_show_count(number_whole(value), text, 48);
}

char *skipped_show(const struct skipped *one)
{
    char need[48], value[48];

    return text_make("%s: %s needed, %s available; %s", one->name,
                     skipped_amount(one->need, one->unit, need),
                     skipped_amount(one->value, one->unit, value),
                     one->how_to_fix);
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
    cJSON_free(text);
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
    struct skipped one;
    cJSON *file = NULL;
    bool good = true;

    *list = NULL;
    if (file_is_file(path)) {
        file = json_file(path, remedy);
        *list = cJSON_DetachItemFromObjectCaseSensitive(file, "refused");
        good = cJSON_IsArray(*list);
        for (size_t i = 0; good && i < skipped_count(*list); i++)
            good = skipped_get(*list, i, &one);
        if (file != NULL && !good)
            complain("%s is not a list of skipped runs; %s", path, remedy);
    }
    if (!good) {
        cJSON_Delete(*list);
        *list = NULL;
    }
    cJSON_Delete(file);
    free(path);
    return good;
}
