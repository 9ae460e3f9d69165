#include "results/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/figure.h"
#include "results/measures.h"
#include "results/record.h"
#include "results/table_cells.h"
#include "results/text.h"

enum { TABLE_COLUMNS_MAX = 24 };

/* Which measures this set has a column for. */
struct table_plan {
    bool setting;
    size_t count;
    const struct measure *measure[TABLE_COLUMNS_MAX];
};

static void *table_alloc(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL)
        die("calloc");
    return memory;
}

static bool table_knows(const struct record_set *set,
                        const struct measure *measure)
{
    for (size_t i = 0; i < set->group_count; i++)
        if (figure_of(&set->groups[i], measure->pointer, 1).count > 0)
            return true;
    return false;
}

static struct table_plan table_plan(const struct record_set *set)
{
    struct table_plan plan = {0};

    for (size_t i = 0; i < set->group_count; i++)
        plan.setting = plan.setting || set->groups[i].label[0] != '\0';
    for (const struct measure *m = measures; m->pointer != NULL; m++)
        if (m->heading != NULL && (!m->wine || table_knows(set, m)))
            plan.measure[plan.count++] = m;
    return plan;
}

size_t table_note(struct table_cells *cells, char *text)
{
    for (size_t i = 0; i < cells->note_count; i++)
        if (strcmp(cells->note[i], text) == 0) {
            free(text);
            return i + 1;
        }
    cells->note =
        realloc(cells->note, (cells->note_count + 1) * sizeof *cells->note);
    if (cells->note == NULL)
        die("realloc");
    cells->note[cells->note_count++] = text;
    return cells->note_count;
}

void table_line(struct table_cells *cells, char *text)
{
    cells->line =
        realloc(cells->line, (cells->line_count + 1) * sizeof *cells->line);
    if (cells->line == NULL)
        die("realloc");
    cells->line[cells->line_count++] = text;
}

void table_repeats(struct table_cells *cells, size_t runs)
{
    if (runs < 2)
        return;
    if (cells->most == 0 || runs < cells->fewest)
        cells->fewest = runs;
    if (runs > cells->most)
        cells->most = runs;
}

void table_number(struct text *text, double value, int decimals)
{
    double scale = pow(10, decimals), whole;
    double part = modf(round(fabs(value) * scale) / scale, &whole);
    char count[40];

    number_show_count(number_whole(whole), count, sizeof count);
    text_add(text, "%s%s", value < 0 && whole + part > 0 ? "-" : "", count);
    if (decimals > 0)
        text_add(text, ".%0*.0f", decimals, round(part * scale));
}

static void table_set(char **to, struct text *text)
{
    free(*to);
    *to = text_take(text);
}

void table_figure(struct table_cells *cells, size_t at, struct figure figure,
                  int decimals, bool spread)
{
    struct text cell = {0}, interval = {0};

    if (figure.count > 0)
        table_number(&cell, figure.median, decimals);
    else
        text_add(&cell, "n/a [%zu]",
                 table_note(cells,
                            text_make("n/a: %s", figure.why != NULL
                                                     ? figure.why
                                                     : "no run came so far")));
    table_set(&cells->cell[at], &cell);
    table_repeats(cells, figure.count);
    if (figure.count > 1 && spread) {
        table_number(&interval, figure.low, decimals);
        text_add(&interval, "..");
        table_number(&interval, figure.high, decimals);
        table_set(&cells->interval[at], &interval);
    }
}

char *table_model(struct table_cells *cells, const struct record_group *group)
{
    struct text cell = {0};
    char *remark;

    text_add(&cell, "%s", group->model);
    if (group_valid(group) < group->count)
        text_add(&cell, " !");
    for (size_t place = 0; table_remark(group, place, &remark); place++)
        if (remark != NULL)
            text_add(&cell, " [%zu]", table_note(cells, remark));
    return text_take(&cell);
}

static char *table_connected(const struct record_group *group)
{
    struct figure connected = figure_of(group, "/connections/connected", 1);
    struct text cell = {0};

    table_number(&cell, group->connections, 0);
    text_add(&cell, "/");
    if (connected.count > 0)
        table_number(&cell, connected.median, 0);
    else
        text_add(&cell, "n/a");
    return text_take(&cell);
}

static void table_row(struct table_cells *cells, size_t row,
                      const struct record_group *group,
                      const struct table_plan *plan)
{
    size_t at = row * cells->columns;

    cells->cell[at++] = table_model(cells, group);
    if (plan->setting)
        cells->cell[at++] = text_copy(group->label);
    cells->cell[at++] = table_connected(group);
    for (size_t i = 0; i < plan->count; i++) {
        const struct measure *m = plan->measure[i];

        table_figure(cells, at++, figure_of(group, m->pointer, m->scale),
                     m->decimals, m->spread);
    }
}

static void table_headings(struct table_cells *cells,
                           const struct table_plan *plan)
{
    size_t at = 0;

    cells->left[at] = true;
    cells->heading[at++] = text_copy("model");
    if (plan->setting) {
        cells->left[at] = true;
        cells->heading[at++] = text_copy("setting");
    }
    cells->heading[at++] = text_copy("attempted/\nconnected");
    for (size_t i = 0; i < plan->count; i++)
        cells->heading[at++] = text_copy(plan->measure[i]->heading);
}

void table_cells_make(struct table_cells *cells)
{
    size_t all = cells->columns * cells->rows;

    cells->heading = table_alloc(cells->columns, sizeof(char *));
    cells->left = table_alloc(cells->columns, sizeof(bool));
    cells->cell = table_alloc(all, sizeof(char *));
    cells->interval = table_alloc(all, sizeof(char *));
    for (size_t i = 0; i < all; i++)
        cells->interval[i] = text_copy("");
}

void table_cells_free(struct table_cells *cells)
{
    for (size_t i = 0; i < cells->columns; i++)
        free(cells->heading[i]);
    for (size_t i = 0; i < cells->columns * cells->rows; i++) {
        free(cells->cell[i]);
        free(cells->interval[i]);
    }
    for (size_t i = 0; i < cells->note_count; i++)
        free(cells->note[i]);
    for (size_t i = 0; i < cells->line_count; i++)
        free(cells->line[i]);
    free(cells->line);
    free(cells->heading);
    free(cells->left);
    free(cells->cell);
    free(cells->interval);
    free(cells->note);
    free(cells->machine);
    free(cells->wine);
}

char *table_make(const struct record_set *set, enum table_format format)
{
    struct table_cells cells = {0};
    struct table_plan plan;
    char *text;

    if (format == TABLE_CSV)
        return table_print_csv(set);
    plan = table_plan(set);
    cells.columns = plan.count + 2 + plan.setting;
    cells.rows = set->group_count;
    table_cells_make(&cells);
    cells.machine = records_machines(set);
    cells.wine = records_wine(set);
    table_headings(&cells, &plan);
    for (size_t i = 0; i < cells.rows; i++)
        table_row(&cells, i, &set->groups[i], &plan);
    text = format == TABLE_TEXT       ? table_print_text(&cells)
           : format == TABLE_MARKDOWN ? table_print_markdown(&cells)
                                      : table_print_html(&cells);
    table_cells_free(&cells);
    return text;
}
