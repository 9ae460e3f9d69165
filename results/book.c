/* The rows of the book's table and their figures. */
#include "results/book.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "book_reference.h"
#include "common/errors.h"
#include "results/fields.h"
#include "results/skipped.h"

/* --- the book ------------------------------------------------------------ */

void book_status(const cJSON *reference, const cJSON *fact,
                 struct book_value *value)
{
    const cJSON *key = record_at(reference, "/status_key");
    const char *status = record_text(fact, "/status");

    value->status = status[0] != '\0' ? status : "status not stated";
    value->mark = record_text(
        cJSON_GetObjectItemCaseSensitive(key, value->status), "/mark");
}

struct book_value book_printed(const struct book_row *row,
                               enum book_column column)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(
        row->printed, figure_book(column)->book.key);
    struct book_value v = {0};

    book_status(row->reference, value, &v);
    v.known = record_number(value, "", &v.low) ||
              record_number(value, "/value", &v.low);
    v.high = v.low;
    if (!v.known)
        v.known = record_number(value, "/low", &v.low) &&
                  record_number(value, "/high", &v.high);
    return v;
}

bool book_is(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(record_text(set->records[i], "/suite/command"), "book") == 0)
            return true;
    return false;
}

/* --- the rows ------------------------------------------------------------ */

/* A skipped row has no group, and is left out if its tier has a row. */
static void book_add(struct book *book, const char *model, double tier,
                     const struct record_group *group)
{
    for (size_t i = 0; i < book->count && group == NULL; i++)
        if (strcmp(book->row[i].model, model) == 0 && book->row[i].tier == tier)
            return;
    book->row = realloc(book->row, (book->count + 1) * sizeof *book->row);
    if (book->row == NULL)
        die("realloc");
    book->row[book->count++] =
        (struct book_row){model, tier, group, book->reference, NULL};
}

/* Finds the book's rows for tiers times `scale`; returns how many. */
static size_t book_match(struct book *book, double scale)
{
    size_t found = 0;

    for (size_t i = 0; i < book->count; i++) {
        struct book_row *row = &book->row[i];
        const cJSON *printed;
        double tier;

        cJSON_ArrayForEach (printed, record_at(book->reference, "/rows"))
            if (strcmp(record_text(printed, "/backend"), row->model) == 0 &&
                record_number(printed, "/tier", &tier) &&
                tier == row->tier * scale)
                row->printed = printed;
        found += row->printed != NULL;
    }
    return found;
}

void book_open(struct book *book, const struct record_set *set)
{
    const double quick = 10; /* a quick run has a tenth of the book's tiers */
    const struct record_group *group = set->groups;
    const cJSON *item;
    double tier;

    *book = (struct book){
        .set = set, .reference = cJSON_Parse(book_table), .scale = 1};
    for (size_t g = 0; g < set->group_count; g++) {
        const char *model = group[g].model;

        book_add(book, model, group[g].connections, &group[g]);
        if (g + 1 < set->group_count && strcmp(group[g + 1].model, model) == 0)
            continue;
        cJSON_ArrayForEach (item, set->refused)
            if (record_number(item, "/connections", &tier) &&
                skipped_is_of(item, model, tier))
                book_add(book, model, tier, NULL);
    }
    /* Models that were never started. */
    cJSON_ArrayForEach (item, set->refused)
        if (record_number(item, "/connections", &tier) &&
            record_at(item, "/model") != NULL)
            book_add(book, record_text(item, "/model"), tier, NULL);
    if (book_match(book, 1) == 0 && book_match(book, quick) > 0)
        book->scale = quick;
}

void book_close(struct book *book)
{
    cJSON_Delete(book->reference);
    free(book->row);
}

/* --- our figures --------------------------------------------------------- */

static bool book_is_wine(const cJSON *record)
{
    return strcmp(record_text(record, "/machine/server/os"), "Wine") == 0;
}

/* The means with Wine's server, which does part of the work. */
static struct summary book_cpu(const struct record_group *group)
{
    bool valid = group_valid(group) > 0, wine = book_is_wine(group->records[0]);
    const char *why, *why_wine;
    size_t count, count_wine;
    double *values = group_values(group, valid, figure_book(BOOK_CPU)->pointer,
                                  &count, &why);
    double *part = group_values(group, valid, "/cpu/wineserver/cores_percent",
                                &count_wine, &why_wine);
    struct summary summary;

    if (wine && count_wine < count) {
        count = 0;
        why = why_wine;
    }
    for (size_t i = 0; i < count && wine; i++)
        values[i] += part[i];
    summary = summary_of_values(values, count);
    summary.why = why;
    free(values);
    free(part);
    return summary;
}

struct summary book_figure(const struct book_row *row, enum book_column column)
{
    const struct figure *m = figure_book(column);

    if (row->group == NULL)
        return (struct summary){0};
    return column == BOOK_CPU ? book_cpu(row->group)
                              : summary_of(row->group, m->pointer, m->scale);
}

/* Widens low..high by the seconds of a record's window. */
static void book_cpu_seconds(const cJSON *record, double *low, double *high)
{
    static const char *const names[] = {
        "user_us", "kernel_us", "wineserver_user_us", "wineserver_kernel_us"};
    const double second = 0.98; /* samples come a little early */
    const size_t parts = book_is_wine(record) ? 4 : 2;
    const cJSON *samples = record_at(record, "/samples/server");
    double from_s = DBL_MAX, from_us = 0, now = 0, part, percent;
    const cJSON *row;

    cJSON_ArrayForEach (row, record_at(samples, "/rows")) {
        bool known = sample_number(samples, row, "t_s", &now), whole;
        double used = 0;

        for (size_t i = 0; i < parts && known; i++) {
            known = sample_number(samples, row, names[i], &part);
            used += known ? part : 0;
        }
        whole = known && now - from_s >= second;
        if (whole) {
            percent = (used - from_us) / (now - from_s) / 1e4;
            *low = percent < *low ? percent : *low;
            *high = percent > *high ? percent : *high;
        }
        if (whole || (known && sample_says(samples, row, "mark", "begin"))) {
            from_s = now;
            from_us = used;
        }
        if (sample_says(samples, row, "mark", "end"))
            return;
    }
}

bool book_cpu_range(const struct book_row *row, double *low, double *high)
{
    const struct record_group *group = row->group;

    *low = DBL_MAX;
    *high = -1;
    for (size_t i = 0; group != NULL && i < group->count; i++)
        if (record_is_valid(group->records[i]) == (group_valid(group) > 0))
            book_cpu_seconds(group->records[i], low, high);
    return *high >= 0;
}
