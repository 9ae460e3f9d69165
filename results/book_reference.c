#include "results/book.h"

#include <string.h>

#include "book_reference.h"
#include "results/fields.h"

static const struct {
    const char *name, *mark;
} book_reference_statuses[BOOK_STATUSES] = {
    [BOOK_CORROBORATED] = {"corroborated", ""},
    [BOOK_RECALLED] = {"recalled", "\xE2\x80\xA0"}, /* † */
    [BOOK_ARITHMETIC] = {"recalled, agrees with arithmetic",
                         "\xE2\x80\xA1"},                 /* ‡ */
    [BOOK_DOUBTFUL] = {"recalled, doubtful", "\xC2\xA7"}, /* § */
    [BOOK_CONFLICT] = {"conflict", "\xC2\xB6"},           /* ¶ */
    [BOOK_UNSTATED] = {"status not stated", "\xC2\xBF"},  /* ¿ */
};

const char *book_mark(enum book_status status)
{
    return book_reference_statuses[status].mark;
}

const char *book_status_name(enum book_status status)
{
    return book_reference_statuses[status].name;
}

enum book_status book_status_of(const cJSON *fact)
{
    const char *name = cJSON_GetStringValue(record_at(fact, "/status"));

    for (int i = 0; name != NULL && i < BOOK_STATUSES; i++)
        if (strcmp(book_reference_statuses[i].name, name) == 0)
            return (enum book_status)i;
    return BOOK_UNSTATED;
}

static struct book_value book_reference_value(const cJSON *row,
                                              enum book_column column)
{
    const cJSON *value =
        cJSON_GetObjectItemCaseSensitive(row, book_columns[column].reference);
    struct book_value v = {.status = book_status_of(value)};

    v.known = record_number(value, "/value", &v.low);
    if (v.known)
        v.high = v.low;
    else
        v.known = record_number(value, "/low", &v.low) &&
                  record_number(value, "/high", &v.high);
    return v;
}

static void book_reference_row(struct book_printed *to, const cJSON *row)
{
    to->title = cJSON_GetStringValue(record_at(row, "/model"));
    to->model = cJSON_GetStringValue(record_at(row, "/backend"));
    record_number(row, "/attempted", &to->attempted);
    for (int i = 0; i < BOOK_COLUMNS; i++)
        to->value[i] = book_reference_value(row, (enum book_column)i);
    to->attempted_status = book_status_of(record_at(row, "/attempted"));
}

void book_reference(struct book_reference *reference)
{
    const cJSON *row;

    memset(reference, 0, sizeof *reference);
    reference->json = cJSON_Parse(book_table);
    cJSON_ArrayForEach (row, record_at(reference->json, "/rows"))
        if (reference->count < BOOK_ROWS_MAX)
            book_reference_row(&reference->row[reference->count++], row);
}
