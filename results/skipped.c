#include "results/skipped.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/errors.h"
#include "common/file.h"
#include "common/number.h"
#include "results/fields.h"
#include "results/json.h"
#include "common/text.h"

static const char refused_file[] = "refused.json";
static const char refused_schema[] = "iomodels/refused";

cJSON *skipped_make(void)
{
    cJSON *list = cJSON_CreateArray();

    if (list == NULL)
        die("cJSON_CreateArray");
    return list;
}

void skipped_add(cJSON *refused, const struct skipped *refusal)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddNumberToObject(item, "connections", refusal->connections);
    cJSON_AddItemToObject(item, "model",
                          refusal->model != NULL
                              ? cJSON_CreateString(refusal->model)
                              : cJSON_CreateNull());
    cJSON_AddStringToObject(item, "limit", refusal->limit);
    cJSON_AddStringToObject(item, "name", refusal->name);
    cJSON_AddNumberToObject(item, "value", refusal->value);
    cJSON_AddNumberToObject(item, "need", refusal->need);
    cJSON_AddStringToObject(item, "unit", refusal->unit);
    cJSON_AddStringToObject(item, "how_to_fix", refusal->how_to_fix);
    if (!cJSON_AddItemToArray(refused, item))
        die("cJSON_AddItemToArray");
}

size_t skipped_count(const cJSON *refused)
{
    return refused != NULL ? (size_t)cJSON_GetArraySize(refused) : 0;
}

static bool refused_number(const cJSON *item, const char *key, double *value)
{
    return record_number(cJSON_GetObjectItemCaseSensitive(item, key), "",
                         value) &&
           *value >= 0;
}

static bool refused_text(const cJSON *item, const char *key, const char **text)
{
    *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, key));
    return *text != NULL;
}

bool skipped_get(const cJSON *refused, size_t n, struct skipped *r)
{
    const cJSON *item = cJSON_GetArrayItem(refused, (int)n);
    const cJSON *model = cJSON_GetObjectItemCaseSensitive(item, "model");

    r->model = cJSON_GetStringValue(model);
    return (cJSON_IsNull(model) || r->model != NULL) &&
           refused_number(item, "connections", &r->connections) &&
           refused_text(item, "limit", &r->limit) &&
           refused_text(item, "name", &r->name) &&
           refused_number(item, "value", &r->value) &&
           refused_number(item, "need", &r->need) &&
           refused_text(item, "unit", &r->unit) &&
           refused_text(item, "how_to_fix", &r->how_to_fix);
}

bool skipped_is_of(const struct skipped *refusal, const char *model,
                   double connections)
{
    return refusal->connections == connections &&
           (refusal->model == NULL || strcmp(refusal->model, model) == 0);
}

bool skipped_covers(const cJSON *refused, const char *model, double connections)
{
    struct skipped r;

    for (size_t i = 0; i < skipped_count(refused); i++)
        if (skipped_get(refused, i, &r) &&
            skipped_is_of(&r, model, connections))
            return true;
    return false;
}

/* Bytes as people read them; everything else is counted. */
static void refused_amount(struct text *out, double value, const char *unit)
{
    char text[48];

    if (strcmp(unit, "bytes") == 0)
        text_add(out, "%s", number_show_bytes(value, text, sizeof text));
    else
        text_add(out, "%s",
                 number_show_count(number_whole(value), text, sizeof text));
}

char *skipped_show(const struct skipped *refusal)
{
    struct text out = {0};

    text_add(&out, "%s: ", refusal->name);
    refused_amount(&out, refusal->need, refusal->unit);
    text_add(&out, " needed, ");
    refused_amount(&out, refusal->value, refusal->unit);
    text_add(&out, " available; %s", refusal->how_to_fix);
    return text_take(&out);
}

uint32_t skipped_write(const char *folder, const char *plan,
                       const cJSON *refused)
{
    char now[CLOCK_ISO_SIZE];
    cJSON *whole = cJSON_CreateObject();
    char *path = file_join(folder, refused_file), *text;
    uint32_t error;

    clock_iso(now);
    cJSON_AddStringToObject(whole, "schema", refused_schema);
    cJSON_AddNumberToObject(whole, "schema_version", 1);
    cJSON_AddStringToObject(whole, "plan", plan);
    cJSON_AddStringToObject(whole, "made_at", now);
    cJSON_AddItemToObject(whole, "refused", cJSON_Duplicate(refused, true));
    text = cJSON_Print(whole);
    if (text == NULL)
        die("cJSON_Print");
    error = file_write_over(path, text, strlen(text));
    cJSON_free(text);
    cJSON_Delete(whole);
    free(path);
    return error;
}

void skipped_delete(const char *folder)
{
    char *path = file_join(folder, refused_file);

    file_delete(path);
    free(path);
}

bool skipped_read(const char *folder, cJSON **refused)
{
    char *path = file_join(folder, refused_file), what[JSON_WHAT_SIZE];
    struct skipped refusal;
    cJSON *file = NULL;
    bool good = false;

    *refused = NULL;
    if (!file_is_file(path)) {
        free(path);
        return true;
    }
    if (json_file(path, &file, what)) {
        *refused = cJSON_DetachItemFromObjectCaseSensitive(file, "refused");
        good = cJSON_IsArray(*refused);
        for (size_t i = 0; good && i < skipped_count(*refused); i++)
            good = skipped_get(*refused, i, &refusal);
        if (!good)
            complain("%s is not a list of skipped runs; delete it: the "
                     "records do not need it",
                     path);
    }
    if (!good) {
        cJSON_Delete(*refused);
        *refused = NULL;
    }
    cJSON_Delete(file);
    free(path);
    return good;
}
