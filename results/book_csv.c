#include "results/book_parts.h"

#include <stdlib.h>

#include "results/record.h"
#include "results/refused.h"
#include "results/table_cells.h"

static const char *const book_csv_names[BOOK_COLUMNS] = {
    [BOOK_CONNECTED] = "connected",
    [BOOK_MEMORY] = "memory_kib",
    [BOOK_POOL] = "nonpaged_pool_kib",
    [BOOK_CPU] = "cpu_mean_percent",
    [BOOK_THREADS] = "threads",
    [BOOK_SEND] = "send_bytes_per_s",
    [BOOK_RECEIVE] = "receive_bytes_per_s",
};

const char *book_csv_name(enum book_column column)
{
    return book_csv_names[column];
}

static void book_csv_head(struct text *out)
{
    text_add(out, "model,setting,runs,valid_runs,attempted,refused,"
                  "book_model,book_attempted,book_attempted_status");
    for (int i = 0; i < BOOK_COLUMNS; i++) {
        const char *name = book_csv_names[i];

        if (i == BOOK_CPU)
            text_add(out, ",cpu_lowest_percent,cpu_highest_percent");
        text_add(out, ",%s,%s_low,%s_high", name, name, name);
        if (i == BOOK_CPU)
            text_add(out, ",book_cpu_lowest_percent,book_cpu_highest_percent");
        else
            text_add(out, ",book_%s", name);
        text_add(out, ",book_%s_status", i == BOOK_CPU ? "cpu" : name);
    }
    text_add(out, ",stopped_by,machine\r\n");
}

static void book_csv_range(struct text *out, const struct record_group *group)
{
    double low, high;

    if (group != NULL && book_cpu_range(group, &low, &high))
        text_add(out, ",%.15g,%.15g", low, high);
    else
        text_add(out, ",,");
}

static void book_csv_ours(struct text *out, const struct book_row *row,
                          enum book_column column)
{
    struct figure figure = {0};

    if (row->group != NULL)
        figure = book_figure(row, column);
    if (figure.count > 0)
        text_add(out, ",%.15g,%.15g,%.15g", figure.median, figure.low,
                 figure.high);
    else
        text_add(out, ",,,");
}

static void book_csv_printed(struct text *out, const struct book_row *row,
                             enum book_column column)
{
    const struct book_value *value =
        row->printed != NULL ? &row->printed->value[column] : NULL;

    if (value == NULL || !value->known) {
        text_add(out, column == BOOK_CPU ? ",,," : ",,");
        return;
    }
    text_add(out, ",%.15g", value->low);
    if (column == BOOK_CPU)
        text_add(out, ",%.15g", value->high);
    text_add(out, ",");
    csv_text(out, book_status_name(value->status));
}

static char *book_csv_refusals(const struct book *book,
                               const struct book_row *row)
{
    struct text text = {0};
    struct refusal refusal;

    for (size_t i = 0; i < refused_count(book->set->refused); i++) {
        char *why;

        if (!refused_get(book->set->refused, i, &refusal) ||
            !refusal_is_of(&refusal, row->model, row->tier))
            continue;
        why = refused_show(&refusal);
        text_add(&text, "%s%s", text.length > 0 ? " | " : "", why);
        free(why);
    }
    return text_take(&text);
}

static void book_csv_row(struct text *out, const struct book *book,
                         const struct book_row *row, const char *machine)
{
    const struct record_group *group = row->group;
    char *why =
        group != NULL ? book_stop_says(row) : book_csv_refusals(book, row);

    csv_text(out, row->model);
    text_add(out, ",");
    csv_text(out, group != NULL ? group->setting : "");
    text_add(out, ",%lu,%lu,%.15g,%s,",
             (unsigned long)(group != NULL ? group->count : 0),
             (unsigned long)(group != NULL ? group_valid(group) : 0), row->tier,
             group != NULL ? "no" : "yes");
    if (row->printed != NULL) {
        csv_text(out, row->printed->title);
        text_add(out, ",%.15g,", row->printed->attempted);
        csv_text(out, book_status_name(row->printed->attempted_status));
    } else {
        text_add(out, ",,");
    }
    for (int i = 0; i < BOOK_COLUMNS; i++) {
        if (i == BOOK_CPU)
            book_csv_range(out, group);
        book_csv_ours(out, row, (enum book_column)i);
        book_csv_printed(out, row, (enum book_column)i);
    }
    text_add(out, ",");
    csv_text(out, why != NULL ? why : "");
    text_add(out, ",");
    csv_text(out, machine);
    text_add(out, "\r\n");
    free(why);
}

char *book_csv(const struct book *book)
{
    struct text out = {0};
    char *machine = records_machines(book->set);

    book_csv_head(&out);
    for (size_t i = 0; i < book->count; i++)
        book_csv_row(&out, book, &book->row[i], machine);
    free(machine);
    return text_take(&out);
}
