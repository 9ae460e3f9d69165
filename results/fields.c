#include "results/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

const cJSON *record_at(const cJSON *record, const char *pointer)
{
    const cJSON *at = record;

    while (at != NULL && *pointer == '/') {
        size_t length = strcspn(pointer + 1, "/");
        char *key = text_make("%.*s", (int)length, pointer + 1);

        at = cJSON_IsArray(at)
                 ? cJSON_GetArrayItem(at, (int)strtol(key, NULL, 10))
                 : cJSON_GetObjectItemCaseSensitive(at, key);
        free(key);
        pointer += 1 + length;
    }
    return cJSON_IsNull(at) ? NULL : at;
}

const cJSON *record_object(const cJSON *record, const char *pointer)
{
    const cJSON *item = record_at(record, pointer);

    return cJSON_IsObject(item) ? item : NULL;
}

bool record_number(const cJSON *record, const char *pointer, double *value)
{
    const cJSON *item = record_at(record, pointer);

    if (!cJSON_IsNumber(item) ||
        !(fabs(item->valuedouble) <= RECORD_NUMBER_MAX))
        return false;
    *value = item->valuedouble;
    return true;
}

double record_number_or(const cJSON *record, const char *pointer,
                        double otherwise)
{
    record_number(record, pointer, &otherwise);
    return otherwise;
}

const char *record_text(const cJSON *record, const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));

    return text != NULL ? text : "";
}

bool record_is_valid(const cJSON *record)
{
    return cJSON_IsTrue(record_at(record, "/valid"));
}

bool record_is_disturbed(const cJSON *record)
{
    return record_is_valid(record) &&
           cJSON_GetArraySize(record_at(record, "/cautions")) > 0;
}

char *record_list(const cJSON *record, const char *pointer)
{
    struct text text = {0};
    const cJSON *item;

    cJSON_ArrayForEach (item, record_at(record, pointer))
        if (cJSON_IsString(item))
            text_add(&text, "%s%s", text.length != 0 ? "; " : "",
                     item->valuestring);
    return text_take(&text);
}

bool record_valid(const cJSON *record, char **reasons)
{
    bool valid = record_is_valid(record);

    *reasons = valid ? NULL : record_list(record, "/reasons");
    return valid;
}

static bool fields_is(const cJSON *item, const char *text)
{
    return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

static bool fields_number(const cJSON *item, double *value)
{
    if (!cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
}

bool line_is(const cJSON *line, const char *key, const char *text)
{
    return fields_is(cJSON_GetObjectItemCaseSensitive(line, key), text);
}

bool line_number(const cJSON *line, const char *key, double *value)
{
    return fields_number(cJSON_GetObjectItemCaseSensitive(line, key), value);
}

bool line_growth(const cJSON *from, const cJSON *to, const char *metric,
                 double *value)
{
    double before, after;

    if (!line_number(from, metric, &before) || !line_number(to, metric, &after))
        return false;
    *value = after - before;
    return true;
}

/* --- samples ------------------------------------------------------------- */

const cJSON *sample_item(const cJSON *samples, const cJSON *row,
                         const char *column)
{
    const cJSON *name, *item = row->child;

    cJSON_ArrayForEach (name, record_at(samples, "/columns")) {
        if (item == NULL ||
            (cJSON_IsString(name) && strcmp(name->valuestring, column) == 0))
            return item;
        item = item->next;
    }
    return NULL;
}

bool sample_number(const cJSON *samples, const cJSON *row, const char *column,
                   double *value)
{
    return fields_number(sample_item(samples, row, column), value);
}

bool sample_says(const cJSON *samples, const cJSON *row, const char *column,
                 const char *text)
{
    return fields_is(sample_item(samples, row, column), text);
}
