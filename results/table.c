#include "results/table.h"

#include <stdlib.h>
#include <string.h>

#include "common/json_lines.h"
#include "results/figures.h"
#include "results/fields.h"
#include "results/findings.h"

/* --- notes to a row ------------------------------------------------------ */

/* Adds `before` and "refused 12, timed_out 3", without `but` and zeros; false
 * and nothing if all are. */
static bool table_counts(struct text *text, const char *before,
                         const cJSON *counts, const char *but)
{
    const cJSON *count;
    bool any = false;

    cJSON_ArrayForEach (count, counts) {
        if (count->valuedouble <= 0 || strcmp(count->string, but) == 0)
            continue;
        text_add(text, "%s%s %.0f", any ? ", " : before, count->string,
                 count->valuedouble);
        any = true;
    }
    return any;
}

/* Whether a text stands there already, but for its numbers: a reason for 5 % of
 * one window is not repeated for 6 % of another. */
static bool table_says(const char *line, const char *text)
{
    static const char number[] = "0123456789.";

    for (; *line != '\0'; line++) {
        const char *a = line, *b = text;

        do {
            a += strspn(a, number);
            b += strspn(b, number);
        } while (*b != '\0' && *a++ == *b++);
        if (*b == '\0')
            return true;
    }
    return false;
}

/* Adds the texts of a list of a record that the line does not have, the first
 * after `before`; returns what stands before the next. */
static const char *table_reasons(struct text *line, const cJSON *record,
                                 const char *pointer, const char *before)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, record_at(record, pointer))
        if (cJSON_IsString(item) &&
            !table_says(line->data, item->valuestring)) {
            text_add(line, "%s%s", before, item->valuestring);
            before = "; ";
        }
    return before;
}

static bool table_invalid(const struct record_group *group, struct text *line)
{
    size_t valid = group_valid(group);

    if (valid == group->count)
        return false;
    if (group->count == 1)
        text_add(line, "not valid, the figures are what was reached");
    else if (valid == 0)
        text_add(line,
                 "none of %zu runs is valid, the figures are what was reached",
                 group->count);
    else
        text_add(line, "%zu of %zu runs not valid and left out",
                 group->count - valid, group->count);
    for (size_t i = 0; i < group->count; i++)
        if (!record_is_valid(group->records[i]))
            table_reasons(line, group->records[i], "/reasons", "; ");
    return true;
}

static bool table_disturbed(const struct record_group *group, struct text *line)
{
    size_t disturbed = group_disturbed(group);
    const char *before = ": ";

    if (group->count > 1)
        text_add(line, "%zu of %zu runs ", disturbed, group->count);
    text_add(line, "disturbed");
    for (size_t i = 0; i < group->count; i++)
        if (record_is_disturbed(group->records[i]))
            before =
                table_reasons(line, group->records[i], "/cautions", before);
    return disturbed > 0;
}

/* What kept connections out of the worst run. */
static bool table_missing(const struct record_group *group, struct text *line)
{
    double most;
    const cJSON *worst = group_worst(group, &most);

    if (worst == NULL)
        return false;
    text_add(line, "%.0f attempts did not connect", most);
    if (table_counts(line, " (", record_object(worst, "/connections/outcomes"),
                     "connected"))
        text_add(line, ")");
    table_counts(line, "; the server refused: ",
                 record_object(worst, "/traffic/server/refusals"), "");
    return true;
}

static bool table_lost(const struct record_group *group, struct text *line)
{
    for (size_t i = 0; i < group->count; i++)
        if (table_counts(line, "connections ended early (",
                         record_object(group->records[i], "/connections/ends"),
                         "completed")) {
            text_add(line, ")");
            return true;
        }
    return false;
}

static bool table_outliers(const struct record_group *group, struct text *line)
{
    struct summary trips =
        summary_of(group, "/throughput/round_trips_per_s", 1);

    if (trips.outliers > 0)
        text_add(line, "%zu of %zu runs %s in round trips/s and kept",
                 trips.outliers, trips.count,
                 trips.outliers == 1 ? "is an outlier" : "are outliers");
    return trips.outliers > 0;
}

void table_where(struct text *text, const struct record_group *group)
{
    text_add(text, "%s at %s", group->model, NUMBER_SHOWN(group->connections));
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
}

char *table_remark(const struct record_group *group,
                   enum table_remark_kind kind)
{
    static bool (*const kinds[REMARKS])(const struct record_group *,
                                        struct text *) = {
        table_invalid, table_disturbed, table_missing, table_lost,
        table_outliers};
    struct text line = {0};

    table_where(&line, group);
    text_add(&line, ": ");
    if (kinds[kind](group, &line))
        return text_take(&line);
    free(line.data);
    return NULL;
}

/* --- for people ---------------------------------------------------------- */

/* Whether the set has a column for it. */
static bool table_has(const struct record_set *set, const struct figure *m)
{
    return m->heading != NULL &&
           (!m->if_reported || records_have(set, m->pointer));
}

char *table_model(struct table *table, const struct record_group *group)
{
    bool valid = group_valid(group) == group->count;
    struct text cell = {0};

    text_add(&cell, "%s%s", group->model, valid ? "" : " !");
    for (int kind = 0; kind < REMARKS; kind++) {
        char *remark = table_remark(group, (enum table_remark_kind)kind);

        if (remark != NULL)
            text_add(&cell, " [%zu]", table_note(table, remark));
    }
    return text_take(&cell);
}

char *table_connected(const struct record_group *group)
{
    const struct summary connected =
        summary_of(group, "/connections/connected", 1);

    return text_make("%s/%s", NUMBER_SHOWN(group->connections),
                     connected.count > 0 ? NUMBER_SHOWN(connected.median)
                                         : TABLE_UNKNOWN);
}

static void table_row(struct table *table, const struct record_set *set,
                      const struct record_group *group)
{
    table_cell(table, table_model(table, group));
    if (set->settings)
        table_cell(table, text_copy(group->label));
    table_cell(table, table_connected(group));
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (table_has(set, m))
            table_figure(table, summary_of(group, m->pointer, m->scale),
                         m->decimals, m->spread);
}

static void table_rows(struct table *table, const struct record_set *set)
{
    table_measured(table, set);
    table_column(table, "model", true);
    if (set->settings)
        table_column(table, "setting", true);
    table_column(table, "attempted/\nconnected", false);
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (table_has(set, m))
            table_column(table, m->heading, false);
    for (size_t i = 0; i < set->group_count; i++)
        table_row(table, set, &set->groups[i]);
}

/* --- CSV ----------------------------------------------------------------- */

void table_csv_number(struct table *table, bool known, double value)
{
    table_cell(table, known ? text_make("%.15g", value) : text_copy(""));
}

void table_csv_figure(struct table *table, struct summary summary)
{
    table_csv_number(table, summary.count > 0, summary.median);
    table_csv_number(table, summary.count > 0, summary.low);
    table_csv_number(table, summary.count > 0, summary.high);
}

static void table_csv_row(struct table *table, const struct record_group *group)
{
    struct text notes = {0};

    table_cell(table, text_copy(group->model));
    table_cell(table, text_copy(group->setting));
    table_csv_number(table, true, (double)group->count);
    table_csv_number(table, true, (double)group_valid(group));
    table_csv_number(table, true, group->connections);
    table_csv_figure(table, summary_of(group, "/connections/connected", 1));
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            table_csv_figure(table, summary_of(group, m->pointer, 1));
    for (int kind = 0; kind < REMARKS; kind++) {
        char *remark = table_remark(group, (enum table_remark_kind)kind);

        if (remark != NULL)
            text_add(&notes, "%s%s", notes.length != 0 ? " | " : "", remark);
        free(remark);
    }
    table_cell(table, text_take(&notes));
}

/* All columns, so that files of different machines have the same. */
static void table_csv_rows(struct table *table, const struct record_set *set)
{
    char *machine = records_machines(set);
    struct text columns = {0};

    text_add(&columns, "model,setting,runs,valid_runs,attempted,"
                       "connected,connected_low,connected_high");
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            text_add(&columns, ",%s,%s_low,%s_high", m->name, m->name, m->name);
    text_add(&columns, ",notes,machine");
    table_columns(table, columns.data);
    for (size_t i = 0; i < set->group_count; i++) {
        table_csv_row(table, &set->groups[i]);
        table_cell(table, text_copy(machine));
    }
    free(columns.data);
    free(machine);
}

char *table_make(const struct record_set *set, enum table_format format)
{
    struct table table = {0};

    if (format == TABLE_CSV)
        table_csv_rows(&table, set);
    else
        table_rows(&table, set);
    return table_write(&table, format);
}

/* --- for programs: the columns of the CSV, and the findings -------------- */

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
