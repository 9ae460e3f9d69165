#include "results/series.h"

#include <string.h>

#include "results/fields.h"

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
