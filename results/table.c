#include "results/table.h"

#include <stdlib.h>

#include "results/measures.h"
#include "results/fields.h"
#include "results/remarks.h"

static const char table_connections[] = "/connections/connected";

/* Whether the set has a column for it: Wine's only where a record has it. */
static bool table_has(const struct record_set *set, const struct measure *m)
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
    struct figure connected = figure_of(group, table_connections, 1);
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
    for (const struct measure *m = measures; m->pointer != NULL; m++)
        if (table_has(set, m))
            table_column(table, m->heading, false);
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *group = &set->groups[i];

        table_cell(table, table_model(table, group));
        if (settings)
            table_cell(table, text_copy(group->label));
        table_cell(table, table_connected(group));
        for (const struct measure *m = measures; m->pointer != NULL; m++)
            if (table_has(set, m))
                table_figure(table, figure_of(group, m->pointer, m->scale),
                             m->decimals, m->spread);
    }
}

/* --- CSV ----------------------------------------------------------------- */

void table_csv_column(struct table *table, const char *name)
{
    static const char *const ends[] = {"", "_low", "_high"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *heading = text_make("%s%s", name, ends[i]);

        table_column(table, heading, false);
        free(heading);
    }
}

void table_csv_number(struct table *table, bool known, double value)
{
    table_cell(table, known ? text_make("%.15g", value) : text_copy(""));
}

void table_csv_figure(struct table *table, struct figure figure)
{
    table_csv_number(table, figure.count > 0, figure.median);
    table_csv_number(table, figure.count > 0, figure.low);
    table_csv_number(table, figure.count > 0, figure.high);
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
    table_csv_figure(table, figure_of(group, table_connections, 1));
    for (const struct measure *m = measures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            table_csv_figure(table, figure_of(group, m->pointer, 1));
    table_cell(table, table_csv_notes(group));
    table_cell(table, text_copy(machine));
}

/* All columns, so that files of different machines have the same. */
static void table_fill_csv(struct table *table, const struct record_set *set)
{
    static const char *const names[] = {"model", "setting", "runs",
                                        "valid_runs", "attempted"};
    char *machine = records_machines(set);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        table_column(table, names[i], false);
    table_csv_column(table, "connected");
    for (const struct measure *m = measures; m->pointer != NULL; m++)
        if (m->heading != NULL)
            table_csv_column(table, m->name);
    table_column(table, "notes", false);
    table_column(table, "machine", false);
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
