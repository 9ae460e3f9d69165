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

const char *record_text(const cJSON *record, const char *pointer)
{
    const char *text = cJSON_GetStringValue(record_at(record, pointer));

    return text != NULL ? text : "";
}

bool record_is_valid(const cJSON *record)
{
    return cJSON_IsTrue(record_at(record, "/valid"));
}

bool record_valid(const cJSON *record, char **reasons)
{
    struct text text = {0};
    const cJSON *reason;

    *reasons = NULL;
    if (record_is_valid(record))
        return true;
    cJSON_ArrayForEach (reason, record_at(record, "/reasons"))
        if (cJSON_IsString(reason))
            text_add(&text, "%s%s", text.length != 0 ? "; " : "",
                     reason->valuestring);
    *reasons = text_take(&text);
    return false;
}

bool line_is(const cJSON *line, const char *key, const char *text)
{
    const char *found =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, key));

    return found != NULL && strcmp(found, text) == 0;
}

bool line_number(const cJSON *line, const char *key, double *value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, key);

    if (!cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
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

struct series series_of(const cJSON *record, const char *who)
{
    const cJSON *one =
        cJSON_GetObjectItemCaseSensitive(record_at(record, "/samples"), who);

    return (struct series){cJSON_GetObjectItemCaseSensitive(one, "columns"),
                           cJSON_GetObjectItemCaseSensitive(one, "rows")};
}

int series_column(const struct series *series, const char *name)
{
    const cJSON *column;
    int at = 0;

    cJSON_ArrayForEach (column, series->columns) {
        if (cJSON_IsString(column) && strcmp(column->valuestring, name) == 0)
            return at;
        at++;
    }
    return -1;
}

static const cJSON *series_item(const cJSON *row, int column)
{
    return column >= 0 ? cJSON_GetArrayItem(row, column) : NULL;
}

bool series_number(const cJSON *row, int column, double *value)
{
    const cJSON *item = series_item(row, column);

    if (!cJSON_IsNumber(item))
        return false;
    *value = item->valuedouble;
    return true;
}

bool series_says(const cJSON *row, int column, const char *text)
{
    const char *said = cJSON_GetStringValue(series_item(row, column));

    return said != NULL && strcmp(said, text) == 0;
}
