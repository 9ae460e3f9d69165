/* The table as people see it: grouped by tier, sorted, and in text no wider
 * than a terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "results/fields.h"
#include "results/figures.h"
#include "results/findings.h"
#include "results/stats.h"
#include "results/table.h"

/* VIEW_LEFT columns stand before the figures. */
enum { VIEW_COLUMNS = 80, VIEW_GAP = 2, VIEW_INTERVAL = 1, VIEW_LEFT = 2 };

/* From left to right; where room ends, the last in `place` is left out. */
static const struct view_column {
    const char *name, *heading; /* of the figure */
    int place;
    double scale;
    int decimals;
    bool more; /* is better */
} view_columns[] = {
    {"round_trips_per_s", "round\ntrips/s", 1, 1, 0, true},
    {"round_trips_per_s", "+-\n%", 2, 1, 1, false}, /* VIEW_INTERVAL */
    {"cpu_us_per_round_trip_total", "CPU us/\ntrip", 3, 1, 1, false},
    {"memory_bytes", "memory\nMiB", 5, 1.0 / (1024 * 1024), 1, false},
    {"nonpaged_pool_change_bytes", "pool\nKiB", 6, 1.0 / 1024, 0, false},
    {"threads", "threads", 7, 1, 0, false},
    {"latency_p50_us", "p50\nms", 8, 0.001, 2, false},
    {"latency_p99_us", "p99\nms", 4, 0.001, 2, false},
};
enum { VIEW_COUNT = sizeof view_columns / sizeof *view_columns };

/* --- sorting ------------------------------------------------------------- */

static bool view_more_is_better(const char *column)
{
    for (size_t c = 0; c < VIEW_COUNT; c++)
        if (view_columns[c].more && strcmp(view_columns[c].name, column) == 0)
            return true;
    return strcmp(column, "connected") == 0 ||
           strstr(column, "_bytes_per_s") != NULL;
}

bool table_can_sort(const char *column)
{
    const struct figure *figure = figure_named(column);

    return strcmp(column, "model") == 0 ||
           (figure != NULL &&
            (figure->heading != NULL || figure_named("connected") == figure ||
             strcmp(column, view_columns[2].name) == 0));
}

struct view_sorted {
    struct record_group group;
    double value; /* the better the lower; unknown ones are last */
    size_t index;
};

static int view_order(const void *a, const void *b)
{
    const struct view_sorted *x = a, *y = b;
    int order = text_order(x->group.setting, y->group.setting);

    if (order == 0)
        order = stats_compare(&x->group.connections, &y->group.connections);
    if (order == 0)
        order = stats_compare(&x->value, &y->value);
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

/* The groups by tier, and in each by the column; to free. */
static struct record_group *view_sort(const struct record_set *set,
                                      const char *column)
{
    const struct figure *by = column != NULL ? figure_named(column) : NULL;
    struct view_sorted *sorted =
        calloc_or_die(set->group_count + 1, sizeof *sorted);
    struct record_group *groups =
        calloc_or_die(set->group_count + 1, sizeof *groups);

    for (size_t i = 0; i < set->group_count; i++) {
        struct summary value = {0};

        if (by != NULL)
            value = summary_of(&set->groups[i], by->pointer, 1);
        sorted[i] = (struct view_sorted){set->groups[i], 0, i};
        if (by != NULL)
            sorted[i].value = value.count == 0              ? (double)INFINITY
                              : view_more_is_better(column) ? -value.median
                                                            : value.median;
    }
    qsort(sorted, set->group_count, sizeof *sorted, view_order);
    for (size_t i = 0; i < set->group_count; i++)
        groups[i] = sorted[i].group;
    free(sorted);
    return groups;
}

/* --- the narrow table ---------------------------------------------------- */

/* What the cell shows: a median, or half of its interval in percent of it. */
static bool view_value(const struct record_group *group, size_t column,
                       double *value)
{
    const struct view_column *c = &view_columns[column];
    struct summary summary =
        summary_of(group, figure_named(c->name)->pointer, c->scale);

    *value = summary.median;
    if (column == VIEW_INTERVAL)
        *value = 50 * (summary.high - summary.low) / summary.median;
    return summary.count > (column == VIEW_INTERVAL);
}

/* Whether no other model of the tier has a better one, of valid runs. */
static bool view_best(const struct record_set *set, size_t row, size_t column)
{
    const struct record_group *group = &set->groups[row];
    double mine, value;
    size_t others = 0;

    if (column == VIEW_INTERVAL || group_valid(group) == 0 ||
        !view_value(group, column, &mine))
        return false;
    for (size_t i = 0; i < set->group_count; i++) {
        const struct record_group *other = &set->groups[i];

        if (i == row || !group_same_tier(other, group) ||
            group_valid(other) == 0 || !view_value(other, column, &value))
            continue;
        if (view_columns[column].more ? value > mine : value < mine)
            return false;
        others++;
    }
    return others > 0;
}

static char *view_cell(const struct record_group *group, size_t column)
{
    struct text text = {0};
    double value;

    if (!view_value(group, column, &value))
        return text_copy(TABLE_UNKNOWN);
    table_number(&text, value, view_columns[column].decimals);
    return text_take(&text);
}

static void view_row(struct table *table, const struct record_group *group,
                     bool first, bool tier)
{
    const size_t begin = table->cells;

    table_cell(table, text_make("%s%s%s", group->model,
                                group_valid(group) < group->count ? " !" : "",
                                group_disturbed(group) > 0 ? " ~" : ""));
    if (tier && (!first || group->label[0] != '\0'))
        table->cell[begin].above = text_copy(group->label);
    table_cell(table, table_connected(group));
    for (size_t c = 0; c < VIEW_COUNT; c++)
        table_cell(table, view_cell(group, c));
    table->medians = table->medians || group->count > 1;
}

/* Marks the best cells of a column. False: it says nothing, as its cells are
 * all alike or not known. */
static bool view_mark(struct table *table, const struct record_set *set,
                      size_t column)
{
    struct table_cell *first =
        &table->cell[table->columns + VIEW_LEFT + column];
    bool differ = false;

    for (size_t row = 0; row < set->group_count; row++) {
        const char *text = first[row * table->columns].text;

        differ = differ || strcmp(text, first->text) != 0;
    }
    for (size_t row = 0; row < set->group_count && differ; row++) {
        char *plain = first[row * table->columns].text;

        if (view_best(set, row, column)) {
            first[row * table->columns].text = text_make("*%s", plain);
            free(plain);
        }
    }
    return table_knows(table, VIEW_LEFT + column) &&
           (set->group_count < 2 || differ || column == 0);
}

/* Leaves out what says nothing, and what has no room. */
static void view_fit(struct table *table, const struct record_set *set)
{
    bool shown[VIEW_COUNT];
    size_t room, width;

    for (size_t c = 0; c < VIEW_COUNT; c++)
        shown[c] = view_mark(table, set, c);
    table_widths(table);
    room = table->cell[0].width + VIEW_GAP + table->cell[1].width;
    for (int place = 1; place <= VIEW_COUNT; place++)
        for (size_t c = 0; c < VIEW_COUNT; c++) {
            if (view_columns[c].place != place || !shown[c])
                continue;
            width = VIEW_GAP + table->cell[VIEW_LEFT + c].width;
            shown[c] = room + width <= VIEW_COLUMNS;
            room += shown[c] ? width : 0;
        }
    for (size_t c = VIEW_COUNT; c-- > 0;)
        if (!shown[c])
            table_drop(table, VIEW_LEFT + c);
}

static void view_notes(struct table *table, const struct record_set *set)
{
    bool bad = false, disturbed = false, starred = false, wine = false;

    for (size_t row = 0; row < set->group_count; row++) {
        const struct record_group *group = &set->groups[row];

        bad = bad || group_valid(group) < group->count;
        disturbed = disturbed || group_disturbed(group) > 0;
    }
    for (size_t i = 0; i < table->cells; i++) {
        starred = starred || table->cell[i].text[0] == '*';
        wine =
            wine || strcmp(table->cell[i].text, view_columns[2].heading) == 0;
    }
    wine = wine && records_have(set, "/cpu/per_round_trip_us/wineserver");
    table_line(table,
               text_make("%s%s%s%s--wide shows all columns.",
                         starred ? "* best of its number of connections. " : "",
                         bad ? "! not all runs are valid. " : "",
                         disturbed ? "~ disturbed. " : "",
                         wine ? "CPU includes wineserver's. " : ""));
    table_measured(table, set);
    for (size_t row = 0; row < set->group_count; row++)
        for (int kind = 0; kind < REMARKS; kind++) {
            char *remark =
                table_remark(&set->groups[row], (enum table_remark_kind)kind);

            if (remark != NULL)
                table_line(table, remark);
        }
}

static char *view_narrow(const struct record_set *set)
{
    struct table table = {.width = VIEW_COLUMNS};

    table_column(&table, "model", true);
    table_column(&table, "attempted/\nconnected", false);
    for (size_t c = 0; c < VIEW_COUNT; c++)
        table_column(&table, view_columns[c].heading, false);
    for (size_t row = 0; row < set->group_count; row++) {
        const struct record_group *group = &set->groups[row];

        view_row(&table, group, row == 0,
                 row == 0 || !group_same_tier(group, group - 1));
    }
    view_fit(&table, set);
    view_notes(&table, set);
    return table_write(&table, TABLE_TEXT);
}

/* --- a table and its findings -------------------------------------------- */

char *table_show(const struct record_set *set, const struct table_view *view)
{
    struct record_set sorted = *set;
    const bool narrow = view->format == TABLE_TEXT && !view->wide;
    struct text all = {0};
    char *table, *said = NULL;

    if (narrow || view->sort != NULL)
        sorted.groups = view_sort(set, view->sort);
    if (view->format == TABLE_JSON)
        table = table_json(&sorted);
    else
        table =
            narrow ? view_narrow(&sorted) : table_make(&sorted, view->format);
    if (sorted.groups != set->groups)
        free(sorted.groups);
    if (view->format == TABLE_CSV || view->format == TABLE_JSON)
        return table;

    cJSON *findings = findings_make(set);
    if (view->format == TABLE_TEXT) {
        said = findings_text(findings);
        text_add(&all, "%s%s%s", table, said[0] != '\0' ? "\n" : "", said);
    } else {
        said = findings_list(findings, view->format == TABLE_HTML);
        text_add(&all, "%s%s%s", said, said[0] != '\0' ? "\n" : "", table);
    }
    cJSON_Delete(findings);
    free(said);
    free(table);
    return text_take(&all);
}
