/* The rows of the book's table and their figures. */
#include "results/book.h"

#include <float.h>
#include <math.h>
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

/* --- the rows ------------------------------------------------------------ */

bool book_is_flat(const struct record_group *group)
{
    double rate;

    return !record_number(group->records[0], "/asked/rate_bytes_per_s", &rate);
}

/* Without a group: skipped, and left out if its tier has a row. What was flat
 * out joins the row of its tier. */
static void book_add(struct book *book, const char *model, double tier,
                     const struct record_group *group)
{
    const bool flat = group != NULL && book_is_flat(group);
    struct book_row *row;

    for (size_t i = 0; i < book->count && (group == NULL || flat); i++) {
        row = &book->row[i];
        if (strcmp(row->model, model) != 0 || row->tier != tier)
            continue;
        if (flat && row->flat != NULL)
            continue;
        if (flat)
            row->flat = group;
        return;
    }
    book->row = realloc(book->row, (book->count + 1) * sizeof *book->row);
    if (book->row == NULL)
        die("realloc");
    book->row[book->count] = (struct book_row){.model = model,
                                               .tier = tier,
                                               .limited = flat ? NULL : group,
                                               .flat = flat ? group : NULL,
                                               .reference = book->reference,
                                               .added = book->count};
    book->count++;
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

static int book_order(const void *a, const void *b)
{
    const struct book_row *x = a, *y = b;
    int order = records_order(x->model, y->model);

    if (order == 0)
        order = (x->tier > y->tier) - (x->tier < y->tier);
    return order != 0 ? order : (x->added > y->added) - (x->added < y->added);
}

static void book_rows(struct book *book)
{
    const struct record_set *set = book->set;
    const cJSON *item;
    double tier;

    for (int flat = 0; flat < 2; flat++)
        for (size_t g = 0; g < set->group_count; g++)
            if (book_is_flat(&book->groups[g]) == (flat == 1))
                book_add(book, book->groups[g].model,
                         book->groups[g].connections, &book->groups[g]);
    /* Of all models that ran, then those that were never started. */
    for (size_t g = 0; g < set->group_count; g++)
        cJSON_ArrayForEach (item, set->refused)
            if (record_number(item, "/connections", &tier) &&
                skipped_is_of(item, set->groups[g].model, tier))
                book_add(book, set->groups[g].model, tier, NULL);
    cJSON_ArrayForEach (item, set->refused)
        if (record_number(item, "/connections", &tier) &&
            record_at(item, "/model") != NULL)
            book_add(book, record_text(item, "/model"), tier, NULL);
    if (book->count > 0)
        qsort(book->row, book->count, sizeof *book->row, book_order);
}

void book_open(struct book *book, const struct record_set *set)
{
    static char limited[] = "at the limited rate", flat[] = "flat out";
    const double quick = 10; /* a quick run has a tenth of the book's tiers */

    *book = (struct book){
        .set = set,
        .groups = calloc_or_die(set->group_count + 1, sizeof *book->groups),
        .reference = cJSON_Parse(book_table),
        .scale = 1};
    for (size_t g = 0; g < set->group_count; g++)
        book->flat = book->flat || book_is_flat(&set->groups[g]);
    for (size_t g = 0; g < set->group_count; g++) {
        book->groups[g] = set->groups[g];
        if (book->flat)
            book->groups[g].label =
                book_is_flat(&set->groups[g]) ? flat : limited;
    }
    book_rows(book);
    if (book_match(book, 1) == 0 && book_match(book, quick) > 0)
        book->scale = quick;
}

void book_close(struct book *book)
{
    cJSON_Delete(book->reference);
    free(book->groups);
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

struct summary book_figure(const struct record_group *group,
                           enum book_column column)
{
    const struct figure *m = figure_book(column);

    if (group == NULL)
        return (struct summary){0};
    return column == BOOK_CPU ? book_cpu(group)
                              : summary_of(group, m->pointer, m->scale);
}

const struct record_group *book_fastest(const struct book *book,
                                        const struct book_row *row)
{
    return book->flat ? row->flat : row->limited;
}

struct summary book_pool(const struct record_group *group)
{
    const char *pointer = book_is_wine(group->records[0])
                              ? "/pool/host_tcp_memory/change_bytes"
                              : "/pool/system_nonpaged/change_bytes";
    const bool valid = group_valid(group) > 0;
    const double kib = 1024;
    double *values = calloc_or_die(group->count, sizeof *values), connected;
    struct summary summary;
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (record_is_valid(record) == valid &&
            record_number(record, "/connections/connected", &connected) &&
            connected > 0 && record_number(record, pointer, &values[count]))
            values[count++] /= kib * connected;
    }
    summary = summary_of_values(values, count);
    free(values);
    return summary;
}

uint64_t book_rate(const struct record_set *set,
                   const struct record_group **slowest)
{
    const uint64_t book = 5000000; /* what its fast rows came to */
    double rate = 0, tier = DBL_MAX, missing, digits = 1;

    *slowest = NULL;
    for (size_t g = 0; g < set->group_count; g++) {
        const struct record_group *group = &set->groups[g];
        struct summary sent = book_figure(group, BOOK_SEND);

        if (record_number(group->records[0], "/asked/rate_bytes_per_s", &rate))
            return (uint64_t)rate;
        if (group_valid(group) == 0 || sent.median < 1 ||
            group_worst(group, &missing) != NULL || group->connections > tier)
            continue;
        if (*slowest == NULL || group->connections < tier ||
            sent.median < book_figure(*slowest, BOOK_SEND).median)
            *slowest = group;
        tier = group->connections;
    }
    if (*slowest == NULL)
        return book;
    rate = book_figure(*slowest, BOOK_SEND).median / 2;
    while (rate / digits >= 100)
        digits *= 10;
    rate = floor(rate / digits) * digits;
    return rate < 1 ? 1 : (uint64_t)rate;
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
    const struct record_group *group = row->limited;

    *low = DBL_MAX;
    *high = -1;
    for (size_t i = 0; group != NULL && i < group->count; i++)
        if (record_is_valid(group->records[i]) == (group_valid(group) > 0))
            book_cpu_seconds(group->records[i], low, high);
    return *high >= 0;
}
