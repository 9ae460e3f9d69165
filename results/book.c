/* The rows of the book's table and their figures. */
#include "results/book.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "book_reference.h"
#include "common/errors.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/skipped.h"

/* --- the book ------------------------------------------------------------ */

static const struct book_mark {
    const char *status, *mark;
} book_marks[] = {
    {"corroborated", ""},
    {"recalled", "\xE2\x80\xA0"},                         /* † */
    {"recalled, agrees with arithmetic", "\xE2\x80\xA1"}, /* ‡ */
    {"recalled, doubtful", "\xC2\xA7"},                   /* § */
    {"conflict", "\xC2\xB6"},                             /* ¶ */
    {"status not stated", "\xC2\xBF"},                    /* ¿ */
};
enum { BOOK_MARKS = sizeof book_marks / sizeof *book_marks };

/* Of a fact of the reference. */
static const struct book_mark *book_mark(const cJSON *fact)
{
    const char *status = record_text(fact, "/status");
    size_t i = 0;

    while (i + 1 < BOOK_MARKS && strcmp(book_marks[i].status, status) != 0)
        i++;
    return &book_marks[i];
}

struct book_value book_printed(const struct book_row *row,
                               enum book_column column)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(
        row->printed, figure_book(column)->book.key);
    struct book_value v = {.status = book_mark(value)->status,
                           .mark = book_mark(value)->mark};

    v.known = record_number(value, "", &v.low) ||
              record_number(value, "/value", &v.low);
    v.high = v.low;
    if (!v.known)
        v.known = record_number(value, "/low", &v.low) &&
                  record_number(value, "/high", &v.high);
    return v;
}

void book_conditions(const struct book *book, struct table *table)
{
    static const struct {
        const char *before, *pointer, *of;
    } facts[] = {
        {"server ", "/server/cpu", "/server"},
        {", ", "/server/memory_mb", "/server"},
        {", ", "/operating_system/value", "/operating_system"},
        {"; network: ", "/network/value", "/network"},
        {"; ", "/network/note", "/network"},
        {"; traffic: ", "/traffic", "/traffic"},
    };
    const cJSON *conditions = record_at(book->reference, "/conditions");
    const cJSON *key = record_at(book->reference, "/status_key");
    struct text text = {0};

    text_add(&text, "The book (%s): ", record_text(book->reference, "/source"));
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const cJSON *fact = record_at(conditions, facts[i].pointer);

        text_add(&text, "%s", facts[i].before);
        if (cJSON_IsNumber(fact))
            text_add(&text, "%.0f MB", fact->valuedouble);
        else
            text_add(&text, "%s", cJSON_GetStringValue(fact));
        text_add(&text, "%s",
                 book_mark(record_at(conditions, facts[i].of))->mark);
    }
    text_add(&text, ".");
    table_line(table, text_take(&text));
    text_add(&text, "Figures of the book without a mark are corroborated: a "
                    "public page that reproduces part of the table prints "
                    "them.");
    for (size_t i = 1; i < BOOK_MARKS; i++) {
        const char *meaning = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(key, book_marks[i].status));

        text_add(&text, " %s %s%s%s.", book_marks[i].mark, book_marks[i].status,
                 meaning != NULL ? ": " : "", meaning != NULL ? meaning : "");
    }
    text_add(&text, " Notes on single figures are in "
                    "results/reference/book-table-6-3.json.");
    table_line(table, text_take(&text));
}

bool book_is(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(record_text(set->records[i], "/suite/command"), "book") == 0)
            return true;
    return false;
}

/* --- the rows ------------------------------------------------------------ */

static void book_insert(struct book *book, size_t at, const char *model,
                        double tier, const struct record_group *group)
{
    book->row = realloc(book->row, (book->count + 1) * sizeof *book->row);
    if (book->row == NULL)
        die("realloc");
    memmove(&book->row[at + 1], &book->row[at],
            (book->count++ - at) * sizeof *book->row);
    book->row[at] = (struct book_row){model, tier, group, NULL};
}

/* Among the rows of its model, by tier, unless there is such a row. */
static void book_insert_skipped(struct book *book, const char *model,
                                double tier)
{
    size_t at = book->count;

    for (size_t i = book->count; i-- > 0;) {
        if (strcmp(book->row[i].model, model) != 0)
            continue;
        if (book->row[i].tier == tier)
            return;
        at = book->row[i].tier < tier ? i + 1 : i;
        if (at > i)
            break;
    }
    book_insert(book, at, model, tier, NULL);
}

/* Finds the book's rows for tiers times `scale`; returns how many. */
static size_t book_match(struct book *book, double scale)
{
    const double last_low = 46000, last = 50000;
    size_t found = 0;

    for (size_t i = 0; i < book->count; i++) {
        struct book_row *row = &book->row[i];
        double tier = row->tier * scale, attempted = 0;
        const cJSON *printed;

        cJSON_ArrayForEach (printed, record_at(book->reference, "/rows")) {
            if (row->printed == NULL &&
                strcmp(record_text(printed, "/backend"), row->model) == 0 &&
                record_number(printed, "/attempted", &attempted) &&
                (attempted == tier ||
                 (tier == last && attempted >= last_low && attempted <= last)))
                row->printed = printed;
        }
        found += row->printed != NULL;
    }
    return found;
}

void book_open(struct book *book, const struct record_set *set)
{
    const double quick = 10; /* a quick run has a tenth of the book's tiers */
    struct skipped skipped;

    *book = (struct book){
        .set = set, .reference = cJSON_Parse(book_table), .scale = 1};
    for (size_t i = 0; i < set->group_count; i++)
        book_insert(book, i, set->groups[i].model, set->groups[i].connections,
                    &set->groups[i]);
    for (size_t i = 0; i < skipped_count(set->refused); i++) {
        if (!skipped_get(set->refused, i, &skipped))
            continue;
        if (skipped.model != NULL)
            book_insert_skipped(book, skipped.model, skipped.connections);
        for (size_t g = 0; g < set->group_count && skipped.model == NULL; g++)
            book_insert_skipped(book, set->groups[g].model,
                                skipped.connections);
    }
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
    static const char wine[] = "/cpu/wineserver/cores_percent";
    const char *server = figure_book(BOOK_CPU)->pointer, *why = NULL;
    double *values = calloc_or_die(group->count, sizeof *values), part;
    bool valid = group_valid(group) > 0;
    struct summary summary;
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++) {
        const cJSON *record = group->records[i];

        if (record_is_valid(record) != valid)
            continue;
        if (!record_number(record, server, &values[count]))
            why = summary_why(record, server);
        else if (record_number(record, wine, &part))
            values[count++] += part;
        else if (book_is_wine(record))
            why = summary_why(record, wine);
        else
            count++;
    }
    summary = summary_of_values(values, count);
    summary.why = why;
    free(values);
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
    struct series series = series_of(record, "server");
    int time = series_column(&series, "t_s");
    int mark = series_column(&series, "mark");
    double from_s = 0, from_us = 0, now = 0, part, percent;
    bool begun = false;
    const cJSON *row;

    cJSON_ArrayForEach (row, series.rows) {
        bool known = series_number(row, time, &now), whole;
        double used = 0;

        for (size_t i = 0; i < parts && known; i++) {
            known = series_number(row, series_column(&series, names[i]), &part);
            used += known ? part : 0;
        }
        whole = known && begun && now - from_s >= second;
        if (whole) {
            percent = (used - from_us) / (now - from_s) / 1e4;
            *low = percent < *low ? percent : *low;
            *high = percent > *high ? percent : *high;
        }
        if (whole || (known && series_says(row, mark, "begin"))) {
            begun = true;
            from_s = now;
            from_us = used;
        }
        if (series_says(row, mark, "end"))
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

/* The largest count but `but`. */
static const cJSON *book_most(const cJSON *counts, const char *but)
{
    const cJSON *count, *most = NULL;

    cJSON_ArrayForEach (count, counts)
        if (cJSON_IsNumber(count) && count->valuedouble > 0 &&
            strcmp(count->string, but) != 0 &&
            (most == NULL || count->valuedouble > most->valuedouble))
            most = count;
    return most;
}

char *book_stop(const struct book_row *row, double *connected)
{
    double missing = 0;
    const cJSON *record =
        row->group != NULL ? group_worst(row->group, &missing) : NULL;
    const cJSON *cause;

    if (record == NULL)
        return NULL;
    record_number(record, "/connections/connected", connected);
    cause = book_most(record_object(record, "/traffic/server/refusals"), "");
    if (cause != NULL && cause->valuedouble * 2 >= missing)
        return text_make("%s of the server", cause->string);
    cause =
        book_most(record_object(record, "/connections/outcomes"), "connected");
    return text_copy(cause != NULL ? cause->string : "an unknown cause");
}
