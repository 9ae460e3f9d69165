#include "results/table.h"

#include <stdlib.h>
#include <string.h>

#include "results/figures.h"
#include "results/fields.h"

/* --- notes to a row ------------------------------------------------------ */

void table_where(struct text *text, const struct record_group *group)
{
    text_add(text, "%s at ", group->model);
    table_number(text, group->connections, 0);
    if (group->label[0] != '\0')
        text_add(text, " (%s)", group->label);
}

static void table_remark_begin(struct text *text,
                               const struct record_group *group)
{
    table_where(text, group);
    text_add(text, ": ");
}

/* "refused 12, timed_out 3"; returns how many in all. */
double table_counts(struct text *text, const cJSON *counts, const char *but)
{
    const cJSON *count;
    double total = 0;

    cJSON_ArrayForEach (count, counts) {
        if (count->valuedouble <= 0 || strcmp(count->string, but) == 0)
            continue;
        text_add(text, "%s%s %.0f", total > 0 ? ", " : "", count->string,
                 count->valuedouble);
        total += count->valuedouble;
    }
    return total;
}

static bool table_remark_invalid(const struct record_group *group, char **text)
{
    size_t valid = group_valid(group);
    struct text line = {0}, seen = {0};

    if (valid == group->count)
        return false;
    table_remark_begin(&line, group);
    if (group->count == 1)
        text_add(&line, "not valid, the figures are what was reached");
    else if (valid == 0)
        text_add(&line,
                 "none of %lu runs is valid, the figures are what was "
                 "reached",
                 (unsigned long)group->count);
    else
        text_add(&line, "%lu of %lu runs not valid and left out",
                 (unsigned long)(group->count - valid),
                 (unsigned long)group->count);
    for (size_t i = 0; i < group->count; i++) {
        char *reasons;

        if (record_valid(group->records[i], &reasons))
            continue;
        if (seen.data == NULL || strstr(seen.data, reasons) == NULL)
            text_add(&seen, "; %s", reasons);
        free(reasons);
    }
    text_add(&line, "%s", seen.data != NULL ? seen.data : "");
    free(seen.data);
    *text = text_take(&line);
    return true;
}

/* What kept connections out, or ended them early, of the worst run. */
static bool table_remark_missing(const struct record_group *group, char **text)
{
    double most;
    const cJSON *worst = group_worst(group, &most);
    struct text line = {0}, list = {0};

    if (worst == NULL)
        return false;
    table_remark_begin(&line, group);
    text_add(&line, "%.0f attempts did not connect", most);
    if (table_counts(&list, record_object(worst, "/connections/outcomes"),
                     "connected") > 0)
        text_add(&line, " (%s)", list.data);
    list.length = 0;
    if (table_counts(&list, record_object(worst, "/traffic/server/refusals"),
                     "") > 0)
        text_add(&line, "; the server refused: %s", list.data);
    free(list.data);
    *text = text_take(&line);
    return true;
}

static bool table_remark_lost(const struct record_group *group, char **text)
{
    struct text line = {0}, list = {0};
    bool lost = false;

    for (size_t i = 0; i < group->count && !lost; i++)
        lost = table_counts(
                   &list, record_object(group->records[i], "/connections/ends"),
                   "completed") > 0;
    if (lost) {
        table_remark_begin(&line, group);
        text_add(&line, "connections ended early (%s)", list.data);
        *text = text_take(&line);
    }
    free(list.data);
    return lost;
}

static bool table_remark_outliers(const struct record_group *group, char **text)
{
    struct summary summary =
        summary_of(group, "/throughput/round_trips_per_s", 1);
    struct text line = {0};

    if (summary.outliers == 0)
        return false;
    table_remark_begin(&line, group);
    text_add(&line, "%lu of %lu runs %s in round trips/s and kept",
             (unsigned long)summary.outliers, (unsigned long)summary.count,
             summary.outliers == 1 ? "is an outlier" : "are outliers");
    *text = text_take(&line);
    return true;
}

bool table_remark(const struct record_group *group, size_t kind, char **text)
{
    static bool (*const table_kinds[])(const struct record_group *, char **) = {
        table_remark_invalid, table_remark_missing, table_remark_lost,
        table_remark_outliers};

    if (kind >= sizeof table_kinds / sizeof *table_kinds)
        return false;
    *text = NULL;
    table_kinds[kind](group, text);
    return true;
}

/* --- columns ------------------------------------------------------------- */

static const char table_connections[] = "/connections/connected";

/* Whether the set has a column for it: Wine's only where a record has it. */
static bool table_has(const struct record_set *set, const struct figure *m)
{
    double value;

    if (m->heading == NULL)
        return false;
    for (size_t i = 0; i < set->count && m->wine; i++)
        if (record_number(set->records[i], m->pointer, &value))
            return true;
    return !m->wine;
}

static bool table_has_settings(const struct record_set *set)
{
    for (size_t i = 0; i < set->group_count; i++)
        if (set->groups[i].label[0] != '\0')
            return true;
    return false;
}

/* --- for people ---------------------------------------------------------- */

char *table_model(struct table *table, const struct record_group *group)
{
    struct text cell = {0};
    char *remark;

    text_add(&cell, "%s", group->model);
    if (group_valid(group) < group->count)
        text_add(&cell, " !");
    for (size_t kind = 0; table_remark(group, kind, &remark); kind++)
        if (remark != NULL)
            text_add(&cell, " [%zu]", table_note(table, remark));
    return text_take(&cell);
}

static char *table_connected(const struct record_group *group)
{
    struct summary connected = summary_of(group, table_connections, 1);
    struct text cell = {0};

    table_number(&cell, group->connections, 0);
    text_add(&cell, "/");
    if (connected.count > 0)
        table_number(&cell, connected.median, 0);
    else
        text_add(&cell, "n/a");
    return text_take(&cell);
}

static void table_fill(struct table *table, const struct record_set *set)
{
    bool settings = table_has_settings(set);

    table->machine = records_machines(set);
    table->wine = records_wine(set);
    table_column(table, "model", true);
    if (settings)
        table_column(table, "setting", true);
    table_column(table, "attempted/\nconnected", false);
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (table_has(set, m))
            table_column(table, m->heading, false);
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        table_cell(table, table_model(table, group));
        if (settings)
            table_cell(table, text_copy(group->label));
        table_cell(table, table_connected(group));
        for (const struct figure *m = figures; m->pointer != NULL; m++)
            if (table_has(set, m))
                table_figure(table, summary_of(group, m->pointer, m->scale),
                             m->decimals, m->spread);
    }
}

/* --- CSV ----------------------------------------------------------------- */

static void table_csv_column(struct table *table, const char *name)
{
    char *headings = text_make("%s,%s_low,%s_high", name, name, name);

    table_columns(table, headings);
    free(headings);
}

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

static char *table_csv_notes(const struct record_group *group)
{
    struct text notes = {0};
    char *remark;

    for (size_t kind = 0; table_remark(group, kind, &remark); kind++) {
        if (remark != NULL)
            text_add(&notes, "%s%s", notes.length != 0 ? " | " : "", remark);
        free(remark);
    }
    return text_take(&notes);
}

static void table_csv_row(struct table *table, const struct record_group *group,
                          const char *machine)
{
    table_cell(table, text_copy(group->model));
    table_cell(table, text_copy(group->setting));
    table_csv_number(table, true, (double)group->count);
    table_csv_number(table, true, (double)group_valid(group));
    table_csv_number(table, true, group->connections);
    table_csv_figure(table, summary_of(group, table_connections, 1));
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            table_csv_figure(table, summary_of(group, m->pointer, 1));
    table_cell(table, table_csv_notes(group));
    table_cell(table, text_copy(machine));
}

/* All columns, so that files of different machines have the same. */
static void table_fill_csv(struct table *table, const struct record_set *set)
{
    char *machine = records_machines(set);

    table_columns(table, "model,setting,runs,valid_runs,attempted");
    table_csv_column(table, "connected");
    for (const struct figure *m = figures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            table_csv_column(table, m->name);
    table_columns(table, "notes,machine");
    for (size_t i = 0; i < set->group_count; i++)
        table_csv_row(table, &set->groups[i], machine);
    free(machine);
}

char *table_make(const struct record_set *set, enum table_format format)
{
    struct table table = {0};

    if (format == TABLE_CSV)
        table_fill_csv(&table, set);
    else
        table_fill(&table, set);
    return table_write(&table, format);
}
