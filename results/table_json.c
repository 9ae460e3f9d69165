/* The table for programs: the columns of the CSV, and the findings. */
#include <stdlib.h>

#include "common/json_lines.h"
#include "results/fields.h"
#include "results/figures.h"
#include "results/findings.h"
#include "results/table.h"

static void table_json_figure(cJSON *row, const char *name,
                              struct summary summary)
{
    cJSON *figure;

    if (summary.count == 0) {
        cJSON_AddNullToObject(row, name);
        return;
    }
    figure = cJSON_AddObjectToObject(row, name);
    cJSON_AddNumberToObject(figure, "median", summary.median);
    cJSON_AddNumberToObject(figure, "low", summary.low);
    cJSON_AddNumberToObject(figure, "high", summary.high);
}

char *table_json(const struct record_set *set)
{
    cJSON *whole = cJSON_CreateObject(), *rows;
    char *machine = records_machines(set), *text;

    cJSON_AddStringToObject(whole, "schema", "iomodels/table");
    cJSON_AddNumberToObject(whole, "schema_version", 1);
    cJSON_AddStringToObject(whole, "machine", machine);
    free(machine);
    rows = cJSON_AddArrayToObject(whole, "rows");
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];
        cJSON *row = cJSON_CreateObject();

        cJSON_AddItemToArray(rows, row);
        cJSON_AddStringToObject(row, "model", group->model);
        cJSON_AddStringToObject(row, "setting", group->setting);
        cJSON_AddNumberToObject(row, "runs", (double)group->count);
        cJSON_AddNumberToObject(row, "valid_runs", (double)group_valid(group));
        cJSON_AddNumberToObject(row, "attempted", group->connections);
        table_json_figure(row, "connected",
                          summary_of(group, "/connections/connected", 1));
        for (const struct figure *m = figures; m->pointer != NULL; m++)
            if (m->heading != NULL)
                table_json_figure(row, m->name,
                                  summary_of(group, m->pointer, 1));
    }
    cJSON_AddItemToObject(whole, "findings", findings_make(set));
    text = json_print(whole);
    cJSON_Delete(whole);
    return text;
}
