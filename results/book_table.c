/* The book's table beside ours, for people and as CSV. */
#include "results/book.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"
#include "results/table.h"

/* --- cells --------------------------------------------------------------- */

/* Why a row was skipped, to free. */
static char *book_skipped(const struct book *book, const struct book_row *row)
{
    const char *before = " connections were skipped: ";
    struct text reasons = {0};
    const cJSON *item;

    text_add(&reasons, "%s", NUMBER_SHOWN(row->tier));
    cJSON_ArrayForEach (item, book->set->refused)
        if (skipped_is_of(item, row->model, row->tier)) {
            char *why = skipped_show(item);

            text_add(&reasons, "%s%s", before, why);
            before = "; ";
            free(why);
        }
    return text_take(&reasons);
}

static void book_cell(struct table *table, const struct record_group *group,
                      struct summary summary)
{
    if (group == NULL)
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
        book_cell(table, row->limited, none);
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
    if (column == BOOK_CPU)
        table_interval(&cell, value.low, value.high, 0);
    else
        table_number(&cell, value.low, 0);
    text_add(&cell, "%s", value.mark);
    if (column == BOOK_CONNECTED && attempted.low != row->tier) {
        text_add(&cell, " of %s%s", NUMBER_SHOWN(attempted.low),
                 attempted.mark);
    }
    table_cell(table, text_take(&cell));
}

/* --- how it was measured -------------------------------------------------- */

/* Which settings our figures are of. */
static void book_settings(const struct book *book, struct table *table)
{
    static const char of[] =
        "CPU is of the server and Wine's server, in percent of one processor; "
        "low..high of the seconds of the window. Memory is the working set, "
        "the pool the whole system's, both at the end of the window; threads "
        "are the maximum. Bytes by the server's own counters.";
    const struct record_group *limited = NULL, *flat = NULL;

    for (size_t i = 0; i < book->count; i++) {
        limited = limited != NULL ? limited : book->row[i].limited;
        flat = flat != NULL ? flat : book->row[i].flat;
    }
    if (limited != NULL)
        table_line(table, text_make("Here%s: %s. %s",
                                    flat != NULL ? " at the limited rate" : "",
                                    limited->asked, of));
    if (flat == NULL)
        return;
    table_line(table,
               text_make("Here flat out: %s. Each connection sends again when "
                         "its echo is back. The book's throughput stands "
                         "beside this; its CPU and memory beside the limited "
                         "rate.",
                         flat->asked));
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

/* --- the table ----------------------------------------------------------- */

/* Whether the table has the column: Wine's only where a row has it. */
static bool book_has(const struct book *book, enum book_column column)
{
    return column != BOOK_HOST_TCP ||
           records_have(book->set, figure_book(column)->pointer);
}

/* The throughput has a column more where it was measured flat out, too. */
static bool book_has_flat(const struct book *book, enum book_column column)
{
    return book->flat && (column == BOOK_SEND || column == BOOK_RECEIVE);
}

static void book_head(struct table *table, const struct book *book,
                      enum book_column column)
{
    const struct figure_book *m = &figure_book(column)->book;
    const bool both = book_has_flat(book, column);
    const bool rated = book->flat && (both || column == BOOK_CPU);
    const char *const ends[] = {rated ? "limited" : "here",
                                both ? "flat out" : NULL,
                                m->key != NULL ? "book" : NULL};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *heading =
            ends[i] != NULL ? text_make("%s%s", m->heading, ends[i]) : NULL;

        if (heading != NULL)
            table_column(table, heading, false);
        if (i == 0 && column == BOOK_CPU)
            table_column(table,
                         rated ? "CPU %\nmean\nlimited" : "CPU %\nmean\nhere",
                         false);
        free(heading);
    }
}

/* How many of the attempts connected is known of either kind of runs. */
static void book_connected(struct table *table, const struct book *book,
                           const struct book_row *row)
{
    const struct record_group *group =
        row->limited != NULL ? row->limited : row->flat;

    if (group == NULL)
        table_cell(table,
                   text_make("skipped [%zu]",
                             table_note(table, book_skipped(book, row))));
    else
        book_cell(table, group, book_figure(group, BOOK_CONNECTED));
}

static void book_cells(struct table *table, const struct book *book,
                       const struct book_row *row, enum book_column column)
{
    if (column == BOOK_CPU)
        book_range_cell(table, row);
    if (column == BOOK_CONNECTED)
        book_connected(table, book, row);
    else
        book_cell(table, row->limited, book_figure(row->limited, column));
    if (book_has_flat(book, column))
        book_cell(table, row->flat, book_figure(row->flat, column));
    if (figure_book(column)->book.key != NULL)
        book_printed_cell(table, row, column);
}

/* The model, marked if runs are not valid, its notes, and how its server in the
 * book was another. */
static char *book_model(struct table *table, const struct book_row *row)
{
    const char *differs = record_text(row->printed, "/ours_differs");
    const struct record_group *group =
        row->limited != NULL ? row->limited : row->flat;
    struct text cell = {0};
    char *own;

    if (group == NULL)
        return text_copy(row->model);
    own = table_model(table, group);
    text_add(&cell, "%s", own);
    free(own);
    if (row->flat != NULL && group != row->flat) {
        own = table_model(table, row->flat);
        text_add(&cell, "%s", own + strlen(row->model));
        free(own);
    }
    if (differs[0] != '\0')
        text_add(&cell, " [%zu]", table_note(table, text_copy(differs)));
    return text_take(&cell);
}

static void book_fill(struct table *table, const struct book *book,
                      bool findings)
{
    cJSON *found = findings ? book_findings(book) : NULL;
    const cJSON *each;

    table->caption = "Each model at each number of connections, here and in "
                     "the book";
    table_measured(table, book->set);
    table_column(table, "model", true);
    table_column(table, "attempted", false);
    for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++)
        if (book_has(book, (enum book_column)k))
            book_head(table, book, (enum book_column)k);
    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        table_cell(table, book_model(table, row));
        table_value(table, true, row->tier, 0);
        for (int k = BOOK_CONNECTED; k < BOOK_COLUMNS; k++)
            if (book_has(book, (enum book_column)k))
                book_cells(table, book, row, (enum book_column)k);
    }
    cJSON_ArrayForEach (each, found)
        table_line(table, text_copy(each->valuestring));
    cJSON_Delete(found);
    book_settings(book, table);
    book_conditions(book, table);
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
    "stopped_by,machine,flat_out_setting,flat_out_runs,flat_out_valid_runs,"
    "flat_out_connected,flat_out_connected_low,flat_out_connected_high,"
    "flat_out_send_bytes_per_s,flat_out_send_bytes_per_s_low,"
    "flat_out_send_bytes_per_s_high,flat_out_receive_bytes_per_s,"
    "flat_out_receive_bytes_per_s_low,flat_out_receive_bytes_per_s_high";

static void book_csv_flat(struct table *table, const struct record_group *flat)
{
    static const enum book_column columns[] = {BOOK_CONNECTED, BOOK_SEND,
                                               BOOK_RECEIVE};

    table_cell(table, text_copy(flat != NULL ? flat->setting : ""));
    table_csv_number(table, true, flat != NULL ? (double)flat->count : 0);
    table_csv_number(table, true, flat != NULL ? (double)group_valid(flat) : 0);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        table_csv_figure(table, book_figure(flat, columns[i]));
}

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
    const struct record_group *group = row->limited;
    const struct record_group *any = group != NULL ? group : row->flat;
    double low = 0, high = 0;
    bool known = book_cpu_range(row, &low, &high);
    char *why = any != NULL ? table_remark(any, REMARK_MISSING)
                            : book_skipped(book, row);

    table_cell(table, text_copy(row->model));
    table_cell(table, text_copy(group != NULL ? group->setting : ""));
    table_cell(table, text_make("%zu", group != NULL ? group->count : 0));
    table_cell(table, text_make("%zu", group != NULL ? group_valid(group) : 0));
    table_csv_number(table, true, row->tier);
    table_cell(table, text_copy(any != NULL ? "no" : "yes"));
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
        table_csv_figure(table, book_figure(group, column));
        book_csv_printed(table, row, column);
    }
    table_cell(table, why != NULL ? why : text_copy(""));
    table_cell(table, text_copy(machine));
    book_csv_flat(table, row->flat);
}

char *book_make(const struct record_set *set, enum table_format format,
                bool findings)
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
        book_fill(&table, &book, findings);
    }
    book_close(&book);
    return table_write(&table, format);
}
