/* The book's table beside ours, for people and as CSV. */
#include "results/book.h"

#include <math.h>
#include <stdlib.h>

#include "results/skipped.h"
#include "results/table.h"
#include "common/text.h"

/* --- cells --------------------------------------------------------------- */

static char *book_model_cell(struct table *table, const struct book_row *row)
{
    char *model, *cell;

    if (row->group == NULL)
        return text_copy(row->model);
    model = table_model(table, row->group);
    if (row->group->label[0] == '\0')
        return model;
    cell = text_make("%s (%s)", model, row->group->label);
    free(model);
    return cell;
}

/* The next reason why a row was skipped, to free, searched from *i on; false
 * after the last. */
static bool book_skipped(const struct book *book, const struct book_row *row,
                         size_t *i, char **why)
{
    const cJSON *all = book->set->refused;
    struct skipped skipped;

    while (*i < skipped_count(all))
        if (skipped_get(all, (*i)++, &skipped) &&
            skipped_is_of(&skipped, row->model, row->tier)) {
            *why = skipped_show(&skipped);
            return true;
        }
    return false;
}

static char *book_skipped_cell(struct table *table, const struct book *book,
                               const struct book_row *row)
{
    struct text cell = {0}, note = {0};
    size_t i = 0;
    char *why;

    text_add(&cell, "skipped");
    while (book_skipped(book, row, &i, &why)) {
        table_number(&note, row->tier, 0);
        text_add(&note, " connections were skipped: %s", why);
        free(why);
        text_add(&cell, " [%zu]", table_note(table, text_take(&note)));
    }
    return text_take(&cell);
}

/* Lowest to highest CPU. */
static void book_range(struct table *table, const struct book_row *row)
{
    struct summary summary = book_figure(row, BOOK_CPU);
    double low, high;

    if (book_cpu_range(row->group, &low, &high)) {
        table_cell(table, text_make("%.0f..%.0f", low, high));
        return;
    }
    if (summary.count > 0)
        summary.why = "the window has no full second of samples with the CPU "
                      "time";
    summary.count = 0;
    table_figure(table, summary, 0, false);
}

static char *book_printed_cell(const struct book_row *row,
                               enum book_column column)
{
    const struct book_value *value;
    struct text cell = {0};

    if (row->printed == NULL || !row->printed->value[column].known)
        return text_copy("-");
    value = &row->printed->value[column];
    table_number(&cell, value->low, 0);
    if (column == BOOK_CPU) {
        text_add(&cell, "..");
        table_number(&cell, value->high, 0);
    }
    text_add(&cell, "%s", book_mark(value->status));
    if (column == BOOK_CONNECTED && row->printed->attempted != row->tier) {
        text_add(&cell, " of ");
        table_number(&cell, row->printed->attempted, 0);
        text_add(&cell, "%s", book_mark(row->printed->attempted_status));
    }
    return text_take(&cell);
}

/* --- the table ----------------------------------------------------------- */

static struct summary book_tcp(const struct record_group *group)
{
    return summary_of(group, "/pool/host_tcp_memory/end_bytes", 1.0 / 1024);
}

static void book_ours(struct table *table, const struct book_row *row,
                      struct summary summary)
{
    if (row->group == NULL)
        table_cell(table, text_copy("-"));
    else
        table_figure(table, summary, 0,
                     round(summary.low) < round(summary.high));
}

static void book_fill_row(struct table *table, const struct book *book,
                          const struct book_row *row, bool tcp)
{
    bool skipped = row->group == NULL;
    struct summary none = {0};

    table_cell(table, book_model_cell(table, row));
    table_value(table, true, row->tier, 0);
    for (int k = 0; k < BOOK_COLUMNS; k++) {
        enum book_column column = (enum book_column)k;

        if (column == BOOK_CPU && !skipped)
            book_range(table, row);
        else if (column == BOOK_CPU)
            table_cell(table, text_copy("-"));
        if (column == BOOK_CONNECTED && skipped)
            table_cell(table, book_skipped_cell(table, book, row));
        else
            book_ours(table, row, skipped ? none : book_figure(row, column));
        table_cell(table, book_printed_cell(row, column));
        if (column == BOOK_POOL && tcp)
            book_ours(table, row, skipped ? none : book_tcp(row->group));
    }
}

static void book_heading(struct table *table, enum book_column column,
                         const char *whose)
{
    char *heading = text_make("%s%s", book_columns[column].heading, whose);

    table_column(table, heading, false);
    free(heading);
}

static void book_head(struct table *table, bool tcp)
{
    table_column(table, "model", true);
    table_column(table, "attempted", false);
    for (int k = 0; k < BOOK_COLUMNS; k++) {
        book_heading(table, (enum book_column)k, "here");
        if (k == BOOK_CPU)
            table_column(table, "CPU %\nmean\nhere", false);
        book_heading(table, (enum book_column)k, "book");
        if (k == BOOK_POOL && tcp)
            table_column(table, "Linux TCP\nmemory\nKiB here", false);
    }
}

static char *book_print(const struct book *book, enum table_format format)
{
    struct table table = {
        .caption = "Each model at each number of connections, here and in the "
                   "book",
        .machine = records_machines(book->set),
        .wine = records_wine(book->set)};
    bool tcp = false;

    for (size_t i = 0; i < book->count && !tcp; i++)
        tcp = book->row[i].group != NULL &&
              book_tcp(book->row[i].group).count > 0;
    book_head(&table, tcp);
    for (size_t i = 0; i < book->count; i++)
        book_fill_row(&table, book, &book->row[i], tcp);
    book_findings(book, &table);
    return table_write(&table, format);
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

static void book_csv_cells(struct table *table, const struct book_row *row,
                           enum book_column column)
{
    static const struct book_value none = {.known = false};
    const struct book_value *value =
        row->printed != NULL ? &row->printed->value[column] : &none;
    struct summary summary = {0};
    double low = 0, high = 0;
    bool known = column == BOOK_CPU && row->group != NULL &&
                 book_cpu_range(row->group, &low, &high);

    if (row->group != NULL)
        summary = book_figure(row, column);
    if (column == BOOK_CPU) {
        table_csv_number(table, known, low);
        table_csv_number(table, known, high);
    }
    table_csv_figure(table, summary);
    table_csv_number(table, value->known, value->low);
    if (column == BOOK_CPU)
        table_csv_number(table, value->known, value->high);
    table_cell(table,
               text_copy(value->known ? book_status_name(value->status) : ""));
}

/* Why attempts did not connect, or none was made; "" when all connected. */
static char *book_csv_reason(const struct book *book,
                             const struct book_row *row)
{
    struct text reasons = {0};
    struct book_stop stop;
    char *why;

    if (row->group != NULL) {
        stop = book_stop(row->group);
        return stop.record != NULL ? book_stop_cause(&stop) : text_copy("");
    }
    for (size_t i = 0; book_skipped(book, row, &i, &why);) {
        text_add(&reasons, "%s%s", reasons.length > 0 ? " | " : "", why);
        free(why);
    }
    return text_take(&reasons);
}

static char *book_csv(const struct book *book)
{
    struct table table = {0};
    char *machine = records_machines(book->set);

    table_columns(&table, book_csv_columns);
    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        const struct record_group *group = row->group;
        const struct book_printed *printed = row->printed;

        table_cell(&table, text_copy(row->model));
        table_cell(&table, text_copy(group != NULL ? group->setting : ""));
        table_cell(&table, text_make("%zu", group != NULL ? group->count : 0));
        table_cell(&table,
                   text_make("%zu", group != NULL ? group_valid(group) : 0));
        table_csv_number(&table, true, row->tier);
        table_cell(&table, text_copy(group != NULL ? "no" : "yes"));
        table_cell(&table, text_copy(printed != NULL ? printed->title : ""));
        table_csv_number(&table, printed != NULL,
                         printed != NULL ? printed->attempted : 0);
        table_cell(&table,
                   text_copy(printed != NULL
                                 ? book_status_name(printed->attempted_status)
                                 : ""));
        for (int k = 0; k < BOOK_COLUMNS; k++)
            book_csv_cells(&table, row, (enum book_column)k);
        table_cell(&table, book_csv_reason(book, row));
        table_cell(&table, text_copy(machine));
    }
    free(machine);
    return table_write(&table, TABLE_CSV);
}

char *book_make(const struct record_set *set, enum table_format format)
{
    struct book book;
    char *text;

    book_open(&book, set);
    text = format == TABLE_CSV ? book_csv(&book) : book_print(&book, format);
    book_close(&book);
    return text;
}
