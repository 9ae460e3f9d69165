#include "results/book.h"

#include <string.h>

#include "common/die.h"
#include "book_reference.h"

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
    const char *name =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(fact, "status"));

    for (int i = 0; name != NULL && i < BOOK_STATUSES; i++)
        if (strcmp(book_reference_statuses[i].name, name) == 0)
            return (enum book_status)i;
    return BOOK_UNSTATED;
}

static bool book_reference_number(const cJSON *value, const char *key,
                                  double *number)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(value, key);

    if (!cJSON_IsNumber(item))
        return false;
    *number = item->valuedouble;
    return true;
}

static struct book_value book_reference_value(const cJSON *row,
                                              enum book_column column)
{
    const cJSON *value =
        cJSON_GetObjectItemCaseSensitive(row, book_columns[column].reference);
    struct book_value v = {.status = book_status_of(value)};

    if (book_reference_number(value, "value", &v.low)) {
        v.high = v.low;
        v.known = true;
    } else {
        v.known = book_reference_number(value, "low", &v.low) &&
                  book_reference_number(value, "high", &v.high);
    }
    return v;
}

static void book_reference_row(struct book_reference *reference,
                               const cJSON *row)
{
    struct book_printed *to = &reference->row[reference->count++];

    to->title =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "model"));
    to->model =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "backend"));
    if (to->title == NULL || to->model == NULL ||
        !book_reference_number(row, "attempted", &to->attempted))
        die("book_reference");
    for (int i = 0; i < BOOK_COLUMNS; i++)
        to->value[i] = book_reference_value(row, (enum book_column)i);
    to->attempted_status = /* a bare number */
        book_status_of(cJSON_GetObjectItemCaseSensitive(row, "attempted"));
}

void book_reference(struct book_reference *reference)
{
    const cJSON *row;

    memset(reference, 0, sizeof *reference);
    reference->json = cJSON_Parse(book_table);
    cJSON_ArrayForEach (
        row, cJSON_GetObjectItemCaseSensitive(reference->json, "rows"))
        if (reference->count < BOOK_ROWS_MAX)
            book_reference_row(reference, row);
    if (reference->count == 0)
        die("book_reference");
}
