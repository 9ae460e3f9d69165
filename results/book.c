#include "results/book_parts.h"

#include <math.h>
#include <stdlib.h>

#include "results/record.h"
#include "results/refused.h"
#include "results/table_cells.h"

/* A column of the table: ours or the book's. */
enum book_kind {
    BOOK_MODEL,
    BOOK_TIER,
    BOOK_OURS,
    BOOK_TCP,
    BOOK_RANGE,
    BOOK_PRINTED
};
struct book_heading {
    const char *text;
    enum book_kind kind;
    enum book_column column;
};

static const struct book_heading book_headings[] = {
    {"model", BOOK_MODEL, BOOK_COLUMNS},
    {"attempted", BOOK_TIER, BOOK_COLUMNS},
    {"connected\nhere", BOOK_OURS, BOOK_CONNECTED},
    {"connected\nbook", BOOK_PRINTED, BOOK_CONNECTED},
    {"memory\nKiB here", BOOK_OURS, BOOK_MEMORY},
    {"memory\nKiB book", BOOK_PRINTED, BOOK_MEMORY},
    {"non-paged\npool\nKiB here", BOOK_OURS, BOOK_POOL},
    {"non-paged\npool\nKiB book", BOOK_PRINTED, BOOK_POOL},
    {"Linux TCP\nmemory\nKiB here", BOOK_TCP, BOOK_COLUMNS},
    {"CPU %\nlow..high\nhere", BOOK_RANGE, BOOK_CPU},
    {"CPU %\nmean\nhere", BOOK_OURS, BOOK_CPU},
    {"CPU %\nlow..high\nbook", BOOK_PRINTED, BOOK_CPU},
    {"threads\nhere", BOOK_OURS, BOOK_THREADS},
    {"threads\nbook", BOOK_PRINTED, BOOK_THREADS},
    {"send\nbytes/s\nhere", BOOK_OURS, BOOK_SEND},
    {"send\nbytes/s\nbook", BOOK_PRINTED, BOOK_SEND},
    {"receive\nbytes/s\nhere", BOOK_OURS, BOOK_RECEIVE},
    {"receive\nbytes/s\nbook", BOOK_PRINTED, BOOK_RECEIVE},
};

enum { BOOK_HEADINGS = sizeof book_headings / sizeof *book_headings };

struct book_table {
    const struct book *book;
    struct table_cells cells;
    const struct book_heading *heading[BOOK_HEADINGS];
};

static struct figure book_tcp(const struct record_group *group)
{
    return figure_of(group, "/pool/host_tcp_memory/end_bytes", 1.0 / 1024);
}

static bool book_has_tcp(const struct book *book)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->row[i].group != NULL &&
            book_tcp(book->row[i].group).count > 0)
            return true;
    return false;
}

static void book_columns(struct book_table *table)
{
    struct table_cells *cells = &table->cells;
    bool tcp = book_has_tcp(table->book);

    for (size_t i = 0; i < BOOK_HEADINGS; i++)
        if (book_headings[i].kind != BOOK_TCP || tcp)
            table->heading[cells->columns++] = &book_headings[i];
    cells->rows = table->book->count;
    table_cells_make(cells);
    for (size_t i = 0; i < cells->columns; i++) {
        cells->heading[i] = text_copy(table->heading[i]->text);
        cells->left[i] = table->heading[i]->kind == BOOK_MODEL;
    }
}

static void book_note(struct book_table *table, struct text *cell, char *note)
{
    if (note != NULL)
        text_add(cell, " [%lu]",
                 (unsigned long)table_note(&table->cells, note));
}

/* --- cells --------------------------------------------------------------- */

static void book_figure_cell(struct book_table *table, struct text *cell,
                             const struct figure *figure)
{
    struct text why = {0};

    if (figure->count > 0) {
        table_number(cell, figure->median, 0);
        table_repeats(&table->cells, figure->count);
        return;
    }
    text_add(cell, "n/a");
    text_add(&why, "n/a: %s",
             figure->why != NULL ? figure->why : "no run came so far");
    book_note(table, cell, text_take(&why));
}

/* Of repeats that differ. */
static char *book_interval(const struct book_row *row,
                           const struct book_heading *heading)
{
    struct text text = {0};
    struct figure figure;

    if (heading->kind != BOOK_OURS || row->group == NULL)
        return text_copy("");
    figure = book_figure(row, heading->column);
    if (figure.count > 1 && round(figure.low) < round(figure.high)) {
        table_number(&text, figure.low, 0);
        text_add(&text, "..");
        table_number(&text, figure.high, 0);
    }
    return text_take(&text);
}

static void book_range_cell(struct book_table *table, struct text *cell,
                            const struct record_group *group)
{
    struct text why = {0};
    double low, high;

    if (book_cpu_range(group, &low, &high)) {
        text_add(cell, "%.0f..%.0f", low, high);
        return;
    }
    text_add(cell, "n/a");
    text_add(&why, "n/a: %s", book_cpu_range_why(group));
    book_note(table, cell, text_take(&why));
}

static void book_model_cell(struct book_table *table, struct text *cell,
                            const struct book_row *row)
{
    char *remark;

    text_add(cell, "%s", row->model);
    if (row->group == NULL)
        return;
    if (row->group->label[0] != '\0')
        text_add(cell, " (%s)", row->group->label);
    if (group_valid(row->group) < row->group->count)
        text_add(cell, " !");
    /* Who is missing, and why, stands beside the count. */
    for (size_t kind = 0; table_remark(row->group, kind, &remark); kind++)
        if (kind == REMARK_MISSING)
            free(remark);
        else
            book_note(table, cell, remark);
}

static void book_refused_cell(struct book_table *table, struct text *cell,
                              const struct book_row *row)
{
    const cJSON *refused = table->book->set->refused;
    struct refusal refusal;

    text_add(cell, "refused");
    for (size_t i = 0; i < refused_count(refused); i++) {
        struct text note = {0};
        char *why;

        if (!refused_get(refused, i, &refusal) ||
            !refusal_is_of(&refusal, row->model, row->tier))
            continue;
        why = refused_show(&refusal);
        table_number(&note, row->tier, 0);
        text_add(&note,
                 " connections were refused before anything started: "
                 "%s",
                 why);
        free(why);
        book_note(table, cell, text_take(&note));
    }
}

static void book_ours_cell(struct book_table *table, struct text *cell,
                           const struct book_row *row,
                           const struct book_heading *heading)
{
    struct figure figure;

    if (row->group == NULL) {
        if (heading->column == BOOK_CONNECTED)
            book_refused_cell(table, cell, row);
        else
            text_add(cell, "-");
        return;
    }
    if (heading->kind == BOOK_RANGE) {
        book_range_cell(table, cell, row->group);
        return;
    }
    figure = heading->kind == BOOK_TCP ? book_tcp(row->group)
                                       : book_figure(row, heading->column);
    book_figure_cell(table, cell, &figure);
    if (heading->column == BOOK_CONNECTED)
        book_note(table, cell, book_stop_says(row));
}

static void book_attempted(struct text *text,
                           const struct book_printed *printed)
{
    table_number(text, printed->attempted, 0);
    text_add(text, "%s", book_mark(printed->attempted_status));
}

static void book_printed_cell(struct book_table *table, struct text *cell,
                              const struct book_row *row,
                              enum book_column column)
{
    const struct book_value *value;

    if (row->printed == NULL || !row->printed->value[column].known) {
        text_add(cell, "-");
        return;
    }
    value = &row->printed->value[column];
    table_number(cell, value->low, 0);
    if (column == BOOK_CPU) {
        text_add(cell, "..");
        table_number(cell, value->high, 0);
    }
    text_add(cell, "%s", book_mark(value->status));
    if (column == BOOK_CONNECTED && row->printed->attempted != row->tier) {
        text_add(cell, " of ");
        book_attempted(cell, row->printed);
    }
    if (column == BOOK_CONNECTED && row->printed->note != NULL) {
        struct text note = {0};
        char *says = book_note_says(row->printed);

        text_add(&note, "the book's row of %s at ", row->printed->title);
        book_attempted(&note, row->printed);
        text_add(&note, ": %s", says);
        free(says);
        book_note(table, cell, text_take(&note));
    }
}

static char *book_cell(struct book_table *table, const struct book_row *row,
                       const struct book_heading *heading)
{
    struct text cell = {0};

    switch (heading->kind) {
    case BOOK_MODEL:
        book_model_cell(table, &cell, row);
        break;
    case BOOK_TIER:
        table_number(&cell, row->tier, 0);
        break;
    case BOOK_OURS:
    case BOOK_TCP:
    case BOOK_RANGE:
        book_ours_cell(table, &cell, row, heading);
        break;
    case BOOK_PRINTED:
        book_printed_cell(table, &cell, row, heading->column);
        break;
    }
    return text_take(&cell);
}

static void book_fill(struct book_table *table)
{
    const struct book *book = table->book;
    struct table_cells *cells = &table->cells;

    cells->caption = "Each model at each number of connections, here and in "
                     "the book";
    cells->machine = records_machines(book->set);
    cells->wine = records_wine(book->set);
    book_columns(table);
    for (size_t r = 0; r < cells->rows; r++)
        for (size_t c = 0; c < cells->columns; c++) {
            size_t at = r * cells->columns + c;

            cells->cell[at] =
                book_cell(table, &book->row[r], table->heading[c]);
            cells->interval[at] =
                book_interval(&book->row[r], table->heading[c]);
        }
    cells->line_count = book_say(book, &cells->line);
}

char *book_make(const struct record_set *set, enum table_format format)
{
    struct book_table table = {0};
    struct book book;
    char *text;

    book_open(&book, set);
    table.book = &book;
    if (format == TABLE_CSV) {
        text = book_csv(&book);
    } else {
        book_fill(&table);
        text = format == TABLE_TEXT       ? table_print_text(&table.cells)
               : format == TABLE_MARKDOWN ? table_print_markdown(&table.cells)
                                          : table_print_html(&table.cells);
        table_cells_free(&table.cells);
    }
    book_close(&book);
    return text;
}
