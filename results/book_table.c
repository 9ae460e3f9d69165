/* The book's table beside ours, for people and as CSV. */
#include "results/book.h"

#include <math.h>
#include <stdlib.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"
#include "results/stats.h"
#include "results/table.h"

/* --- cells --------------------------------------------------------------- */

/* Why a row was skipped, to free. */
static char *book_skipped(const struct book *book, const struct book_row *row)
{
    const char *before = " connections were skipped: ";
    struct text reasons = {0};
    const cJSON *item;

    table_number(&reasons, row->tier, 0);
    cJSON_ArrayForEach (item, book->set->refused)
        if (skipped_is_of(item, row->model, row->tier)) {
            char *why = skipped_show(item);

            text_add(&reasons, "%s%s", before, why);
            before = "; ";
            free(why);
        }
    return text_take(&reasons);
}

static void book_cell(struct table *table, const struct book_row *row,
                      struct summary summary)
{
    if (row->group == NULL)
        table_cell(table, text_copy("-"));
    else
        table_figure(table, summary, 0,
                     round(summary.low) < round(summary.high));
}

/* Lowest to highest CPU. */
static void book_range_cell(struct table *table, const struct book_row *row)
{
    const struct summary none = {
        .why = "the window has no full second of samples with the CPU time"};
    double low, high;

    if (book_cpu_range(row, &low, &high))
        table_cell(table, text_make("%.0f..%.0f", low, high));
    else
        book_cell(table, row, none);
}

static void book_printed_cell(struct table *table, const struct book_row *row,
                              enum book_column column)
{
    struct book_value value = book_printed(row, column);
    struct book_value attempted = book_printed(row, BOOK_ATTEMPTED);
    struct text cell = {0};

    if (!value.known) {
        table_cell(table, text_copy("-"));
        return;
    }
    table_number(&cell, value.low, 0);
    if (column == BOOK_CPU) {
        text_add(&cell, "..");
        table_number(&cell, value.high, 0);
    }
    text_add(&cell, "%s", value.mark);
    if (column == BOOK_CONNECTED && attempted.low != row->tier) {
        text_add(&cell, " of ");
        table_number(&cell, attempted.low, 0);
        text_add(&cell, "%s", attempted.mark);
    }
    table_cell(table, text_take(&cell));
}

/* --- findings ------------------------------------------------------------ */

struct book_place {
    double place; /* the lower the better; stats_compare takes it */
    double value;
    const char *model, *mark;
};

/* Adds `before` and "iocp 19, apc 22", of the tier's rows with a figure, here
 * or in the book, or nothing if none has one. Runs that are not valid have no
 * place. */
static void book_ranking(struct text *out, const char *before,
                         const struct book *book, enum book_column column,
                         double tier, bool printed)
{
    struct book_place *places = calloc_or_die(book->count, sizeof *places);
    size_t count = 0;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        struct summary here = book_figure(row, column);
        struct book_value there = book_printed(row, column);
        double value = printed ? (there.low + there.high) / 2 : here.median;
        bool known = printed ? there.known
                             : here.count > 0 && group_valid(row->group) > 0;

        if (row->tier == tier && known)
            places[count++] =
                (struct book_place){column == BOOK_SEND ? -value : value, value,
                                    row->model, printed ? there.mark : ""};
    }
    qsort(places, count, sizeof *places, stats_compare);
    for (size_t i = 0; i < count; i++) {
        text_add(out, "%s%s ", i > 0 ? ", " : before, places[i].model);
        table_number(out, places[i].value, 0);
        text_add(out, "%s", places[i].mark);
    }
    free(places);
}

static void book_findings_order(const struct book *book, struct table *table,
                                enum book_column column, const char *what)
{
    struct text text = {0};
    size_t before;
    double tier = 0;

    for (size_t i = 0; i < book->count; i++)
        if (book->row[i].group != NULL && book->row[i].tier > tier)
            tier = book->row[i].tier;
    text_add(&text, "%s at ", what);
    table_number(&text, tier, 0);
    text_add(&text, " connections, %s",
             column == BOOK_SEND ? "highest" : "lowest");
    before = text.length;
    book_ranking(&text, " first: ", book, column, tier, false);
    if (text.length == before) {
        free(text.data);
        return;
    }
    book_ranking(&text,
                 column == BOOK_CPU ? "; in the book (middle of its range): "
                                    : "; in the book: ",
                 book, column, tier, true);
    text_add(&text, ".");
    table_line(table, text_take(&text));
}

/* How the book measured, and what its marks mean. */
static void book_conditions(const struct book *book, struct table *table)
{
    struct text text = {0};
    struct book_value v;
    const cJSON *fact;

    text_add(&text, "The book (%s)", record_text(book->reference, "/source"));
    cJSON_ArrayForEach (fact, record_at(book->reference, "/conditions")) {
        if (cJSON_IsArray(fact)) /* its clients */
            continue;
        book_status(book->reference, fact, &v);
        text_add(&text, "; %s: %s%s", fact->string, record_text(fact, "/value"),
                 v.mark);
    }
    text_add(&text, ".");
    table_line(table, text_take(&text));
    text_add(&text, "Marks of the book's figures:");
    cJSON_ArrayForEach (fact, record_at(book->reference, "/status_key")) {
        const char *mark = record_text(fact, "/mark");

        text_add(&text, " %s %s: %s.", mark[0] != '\0' ? mark : "(no mark)",
                 fact->string, record_text(fact, "/meaning"));
    }
    text_add(&text, " Notes on single figures are in "
                    "results/reference/book-table-6-3.json.");
    table_line(table, text_take(&text));
}

static void book_findings(const struct book *book, struct table *table)
{
    size_t rows = 0, whole = 0;
    double missing;

    for (size_t i = 0; i < book->count; i++) {
        const struct record_group *group = book->row[i].group;

        rows += group != NULL;
        whole += group != NULL && group_worst(group, &missing) == NULL;
    }
    table_line(table, text_make("%zu of %zu rows connected every attempt.",
                                whole, rows));
    book_findings_order(book, table, BOOK_SEND, "Bytes sent per second");
    book_findings_order(book, table, BOOK_CPU, "CPU in % of one processor");
    book_findings_order(book, table, BOOK_MEMORY, "Memory in KiB");
    if (book->scale != 1)
        table_line(table,
                   text_copy("A quick run: the tiers here are a tenth of the "
                             "book's; compare shares and orders, not "
                             "figures."));
    table_line(table,
               text_make("Here: %s. CPU is of the server and Wine's server, in "
                         "percent of one processor; low..high of the seconds "
                         "of the window. Memory is the working set, the pool "
                         "the whole system's, both at the end of the window; "
                         "threads are the maximum. Bytes by the server's own "
                         "counters.",
                         book->set->groups[0].asked));
    book_conditions(book, table);
}

/* --- the table ----------------------------------------------------------- */

/* Whether the table has the column: Wine's only where a row has it. */
static bool book_has(const struct book *book, enum book_column column)
{
    return column != BOOK_HOST_TCP ||
           records_have(book->set, figure_book(column)->pointer);
}

static void book_head(struct table *table, enum book_column column)
{
    const struct figure_book *m = &figure_book(column)->book;
    char *here = text_make("%shere", m->heading);
    char *printed = text_make("%sbook", m->heading);

    table_column(table, here, false);
    if (column == BOOK_CPU)
        table_column(table, "CPU %\nmean\nhere", false);
    if (m->key != NULL)
        table_column(table, printed, false);
    free(here);
    free(printed);
}

static void book_cells(struct table *table, const struct book *book,
                       const struct book_row *row, enum book_column column)
{
    if (column == BOOK_CPU)
        book_range_cell(table, row);
    if (column == BOOK_CONNECTED && row->group == NULL)
        table_cell(table,
                   text_make("skipped [%zu]",
                             table_note(table, book_skipped(book, row))));
    else
        book_cell(table, row, book_figure(row, column));
    if (figure_book(column)->book.key != NULL)
        book_printed_cell(table, row, column);
}

static void book_fill(struct table *table, const struct book *book)
{
    table->caption = "Each model at each number of connections, here and in "
                     "the book";
    table_measured(table, book->set);
    table_column(table, "model", true);
    table_column(table, "attempted", false);
    for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++)
        if (book_has(book, (enum book_column)k))
            book_head(table, (enum book_column)k);
    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        table_cell(table, row->group != NULL ? table_model(table, row->group)
                                             : text_copy(row->model));
        table_value(table, true, row->tier, 0);
        for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++)
            if (book_has(book, (enum book_column)k))
                book_cells(table, book, row, (enum book_column)k);
    }
    book_findings(book, table);
}

/* --- CSV ----------------------------------------------------------------- */

static const char book_csv_columns[] =
    "model,setting,runs,valid_runs,attempted,refused,book_model,"
    "book_attempted,book_attempted_status,"
    "connected,connected_low,connected_high,book_connected,"
    "book_connected_status,memory_kib,memory_kib_low,memory_kib_high,"
    "book_memory_kib,book_memory_kib_status,nonpaged_pool_kib,"
    "nonpaged_pool_kib_low,nonpaged_pool_kib_high,book_nonpaged_pool_kib,"
    "book_nonpaged_pool_kib_status,cpu_lowest_percent,cpu_highest_percent,"
    "cpu_mean_percent,cpu_mean_percent_low,cpu_mean_percent_high,"
    "book_cpu_lowest_percent,book_cpu_highest_percent,book_cpu_status,"
    "threads,threads_low,threads_high,book_threads,book_threads_status,"
    "send_bytes_per_s,send_bytes_per_s_low,send_bytes_per_s_high,"
    "book_send_bytes_per_s,book_send_bytes_per_s_status,"
    "receive_bytes_per_s,receive_bytes_per_s_low,receive_bytes_per_s_high,"
    "book_receive_bytes_per_s,book_receive_bytes_per_s_status,"
    "stopped_by,machine";

static void book_csv_printed(struct table *table, const struct book_row *row,
                             enum book_column column)
{
    struct book_value value = book_printed(row, column);

    table_csv_number(table, value.known, value.low);
    if (column == BOOK_CPU)
        table_csv_number(table, value.known, value.high);
    table_cell(table, text_copy(value.known ? value.status : ""));
}

static void book_csv_row(struct table *table, const struct book *book,
                         const struct book_row *row, const char *machine)
{
    const struct record_group *group = row->group;
    double low = 0, high = 0;
    bool known = book_cpu_range(row, &low, &high);
    char *why = group != NULL ? table_remark(group, REMARK_MISSING)
                              : book_skipped(book, row);

    table_cell(table, text_copy(row->model));
    table_cell(table, text_copy(group != NULL ? group->setting : ""));
    table_cell(table, text_make("%zu", group != NULL ? group->count : 0));
    table_cell(table, text_make("%zu", group != NULL ? group_valid(group) : 0));
    table_csv_number(table, true, row->tier);
    table_cell(table, text_copy(group != NULL ? "no" : "yes"));
    table_cell(table, text_copy(record_text(row->printed, "/model")));
    book_csv_printed(table, row, BOOK_ATTEMPTED);
    for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++) {
        enum book_column column = (enum book_column)k;

        if (column == BOOK_HOST_TCP)
            continue;
        if (column == BOOK_CPU) {
            table_csv_number(table, known, low);
            table_csv_number(table, known, high);
        }
        table_csv_figure(table, book_figure(row, column));
        book_csv_printed(table, row, column);
    }
    table_cell(table, why != NULL ? why : text_copy(""));
    table_cell(table, text_copy(machine));
}

char *book_make(const struct record_set *set, enum table_format format)
{
    struct table table = {0};
    struct book book;
    char *machine;

    book_open(&book, set);
    if (format == TABLE_CSV) {
        machine = records_machines(set);
        table_columns(&table, book_csv_columns);
        for (size_t i = 0; i < book.count; i++)
            book_csv_row(&table, &book, &book.row[i], machine);
        free(machine);
    } else {
        book_fill(&table, &book);
    }
    book_close(&book);
    return table_write(&table, format);
}
