/* Where a cell of the book's table comes from. What the plain table has too is
 * left to explain.h. */
#include "results/book_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/explain.h"
#include "results/record.h"

struct book_explain {
    const struct book *book;
    const struct book_row *row;
    const char *column;
    struct text out;
};

/* Ours: columns that are the plain table's by another name or unit. */
static const struct {
    const char *column, *of;
} book_explain_same[] = {
    {"memory_kib", "memory_bytes"},
    {"memory_kib_low", "memory_bytes_low"},
    {"memory_kib_high", "memory_bytes_high"},
    {"nonpaged_pool_kib", "nonpaged_pool_bytes"},
    {"nonpaged_pool_kib_low", "nonpaged_pool_bytes_low"},
    {"nonpaged_pool_kib_high", "nonpaged_pool_bytes_high"},
};

static const char *book_explain_file(const cJSON *record)
{
    const char *file = record_file(record);

    return file != NULL ? file : "(a record in memory)";
}

/* --- the CPU ----------------------------------------------------------------
 */

static void book_explain_step(void *context, const struct book_cpu_step *step)
{
    text_add(context,
             "    t_s %.6f to %.6f: (%.15g - %.15g) us / %.6f s = %.15g %%\n",
             step->from_s, step->to_s, step->to_us, step->from_us,
             step->to_s - step->from_s, step->percent);
}

static void book_explain_range(struct book_explain *e)
{
    const struct record_group *group = e->row->group;
    bool valid = group_valid(group) > 0;
    double low, high;

    text_add(&e->out,
             "formula: user + kernel time of the server and of Wine's server, "
             "by the server's samples from the mark begin to the mark end, "
             "over each second (samples.server); the lowest and the highest "
             "of all\n");
    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (cJSON_IsTrue(record_at(record, "/valid")) != valid)
            continue;
        text_add(&e->out, "\n%s\n", book_explain_file(record));
        book_cpu_steps(record, book_explain_step, &e->out);
    }
    if (book_cpu_range(group, &low, &high))
        text_add(&e->out, "\nlowest %.15g, highest %.15g\n", low, high);
    else
        text_add(&e->out, "\nn/a: %s\n", book_cpu_range_why(group));
}

static void book_explain_sum(struct text *out, const cJSON *record, bool valid)
{
    static const char *const pointers[] = {"/cpu/server/cores_percent",
                                           "/cpu/wineserver/cores_percent"};
    const char *why;
    double value;

    text_add(out, "\n%s%s\n", book_explain_file(record),
             cJSON_IsTrue(record_at(record, "/valid")) == valid ? ""
                                                                : ": left out");
    for (size_t k = 0; k < sizeof pointers / sizeof *pointers; k++)
        if (record_number(record, pointers[k], &value))
            text_add(out, "    %s: %.15g\n", pointers[k], value);
        else
            text_add(out, "    %s: null\n", pointers[k]);
    if (book_cpu_of(record, &value, &why))
        text_add(out, "    sum: %.15g\n", value);
    else
        text_add(out, "    sum: null, %s\n", why);
}

static void book_explain_mean(struct book_explain *e)
{
    const struct record_group *group = e->row->group;
    bool valid = group_valid(group) > 0;
    struct figure mean = book_figure(e->row, BOOK_CPU);

    text_add(&e->out, "formula: of each record the server's percent of one "
                      "processor over the window and, under Wine, that of "
                      "Wine's server, added (cpu_percent and "
                      "wineserver_cpu_percent of the plain table); the median "
                      "of these sums\n");
    for (size_t i = 0; i < group->count; i++)
        book_explain_sum(&e->out, group->records[i], valid);
    if (mean.count == 0)
        return;
    text_add(&e->out, "\nmedian of the sums: %.15g\n", mean.median);
    if (mean.count < 2)
        return;
    figure_spread(&e->out, mean.count, mean.count);
    text_add(&e->out, ": %.15g..%.15g\n", mean.low, mean.high);
}

/* --- the book's --------------------------------------------------------------
 */

static bool book_explain_is(const char *column, enum book_column which)
{
    const char *name = book_csv_name(which);

    if (strncmp(column, "book_", 5) != 0)
        return false;
    column += 5;
    if (which == BOOK_CPU)
        return strcmp(column, "cpu_lowest_percent") == 0 ||
               strcmp(column, "cpu_highest_percent") == 0 ||
               strcmp(column, "cpu_status") == 0;
    return strncmp(column, name, strlen(name)) == 0 &&
           (column[strlen(name)] == '\0' ||
            strcmp(column + strlen(name), "_status") == 0);
}

static void book_explain_value(struct book_explain *e,
                               const struct book_value *value)
{
    char *says;

    if (!value->known) {
        text_add(&e->out, "the reference has no such figure\n");
        return;
    }
    text_add(&e->out, "the book, row %s at %.0f: %.15g", e->row->printed->title,
             e->row->printed->attempted, value->low);
    if (value->high > value->low)
        text_add(&e->out, " to %.15g", value->high);
    says = book_mark_says(&e->book->reference, value->status);
    text_add(&e->out, "\nstatus:%s%s\n",
             value->status == BOOK_CORROBORATED ? "" : " ", says);
    free(says);
    if (e->row->printed->note == NULL)
        return;
    says = book_note_says(e->row->printed);
    text_add(&e->out, "note: %s\n", says);
    free(says);
}

static void book_explain_source(struct book_explain *e)
{
    const char *source = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(e->book->reference.json, "source"));

    text_add(&e->out,
             "source: %s\ndata: results/reference/"
             "book-table-6-3.json, built in\n",
             source != NULL ? source : "?");
    for (size_t i = 0; e->row->group != NULL && i < e->row->group->count; i++)
        text_add(&e->out, "beside: %s\n",
                 book_explain_file(e->row->group->records[i]));
}

/* False: not one of the book's columns. */
static bool book_explain_printed(struct book_explain *e)
{
    int which = 0;

    while (which < BOOK_COLUMNS &&
           !book_explain_is(e->column, (enum book_column)which))
        which++;
    if (which == BOOK_COLUMNS && strcmp(e->column, "book_attempted") != 0 &&
        strcmp(e->column, "book_attempted_status") != 0)
        return false;
    if (e->row->printed == NULL)
        text_add(&e->out, "the book has no such row\n");
    else if (which == BOOK_COLUMNS)
        text_add(&e->out, "the book, row %s: %.0f attempted\nstatus: %s\n",
                 e->row->printed->title, e->row->printed->attempted,
                 book_status_name(e->row->printed->attempted_status));
    else
        book_explain_value(e, &e->row->printed->value[which]);
    book_explain_source(e);
    return true;
}

/* --- what is asked
 * ------------------------------------------------------------
 */

static bool book_explain_cpu(struct book_explain *e)
{
    if (e->row->group == NULL)
        return false;
    if (strcmp(e->column, "cpu_lowest_percent") == 0 ||
        strcmp(e->column, "cpu_highest_percent") == 0)
        book_explain_range(e);
    else if (strncmp(e->column, "cpu_mean_percent", 16) == 0)
        book_explain_mean(e);
    else
        return false;
    return true;
}

/* The row of "MODEL:TIER:" in `what`, the tier as it is typed anywhere; NULL
 * when there is none. */
static const struct book_row *
book_explain_row(const struct book *book, const char *what, const char **column)
{
    const char *colon = strchr(what, ':');
    const char *last = colon != NULL ? strchr(colon + 1, ':') : NULL;
    struct text text = {0};
    uint64_t tier;
    bool number;

    if (last == NULL)
        return NULL;
    *column = last + 1;
    text_add_bytes(&text, colon + 1, (size_t)(last - colon - 1));
    number = number_count(text.data, &tier);
    free(text.data);
    for (size_t i = 0; i < book->count && number; i++) {
        const struct book_row *row = &book->row[i];
        size_t length = strlen(row->model);

        if (length == (size_t)(colon - what) &&
            memcmp(row->model, what, length) == 0 && row->tier == (double)tier)
            return row;
    }
    return NULL;
}

/* The plain table's name for it. */
static char *book_explain_other(const char *what)
{
    const char *column = strrchr(what, ':');
    struct text other = {0};

    for (size_t i = 0; column != NULL &&
                       i < sizeof book_explain_same / sizeof *book_explain_same;
         i++)
        if (strcmp(column + 1, book_explain_same[i].column) == 0) {
            text_add_bytes(&other, what, (size_t)(column + 1 - what));
            text_add(&other, "%s", book_explain_same[i].of);
            return text_take(&other);
        }
    return text_copy(what);
}

char *book_explain(const struct record_set *set, const char *what)
{
    struct book_explain e = {0};
    struct book book;
    bool done;
    char *other, *text = NULL;

    book_open(&book, set);
    e.book = &book;
    e.row = book_explain_row(&book, what, &e.column);
    text_add(&e.out, "%s\n", what);
    done = e.row != NULL && (book_explain_printed(&e) || book_explain_cpu(&e));
    book_close(&book);
    if (done)
        return text_take(&e.out);
    free(e.out.data);
    other = book_explain_other(what);
    text = explain_cell(set, other);
    free(other);
    return text;
}
