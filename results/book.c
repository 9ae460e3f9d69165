/* The rows of the book's table and their figures. */
#include "results/book.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "book_reference.h"
#include "common/errors.h"
#include "results/fields.h"
#include "results/skipped.h"

static const char book_cpu_server[] = "/cpu/server/cores_percent";
static const char book_cpu_wine[] = "/cpu/wineserver/cores_percent";

const struct book_column_info book_columns[BOOK_COLUMNS] = {
    {"connected", "connected\n", "/connections/connected", 1},
    {"memory_kb", "memory\nKiB ", "/memory/loaded/working_set_bytes",
     1.0 / 1024},
    {"nonpaged_pool_kb", "non-paged\npool\nKiB ",
     "/pool/system_nonpaged/end_bytes", 1.0 / 1024},
    {"cpu_percent", "CPU %\nlow..high\n", book_cpu_server, 1},
    {"threads", "threads\n", "/threads/max", 1},
    {"send_bytes_per_s", "send\nbytes/s\n",
     "/throughput/server/send_bytes_per_s", 1},
    {"receive_bytes_per_s", "receive\nbytes/s\n",
     "/throughput/server/recv_bytes_per_s", 1},
};

/* --- the reference ------------------------------------------------------- */

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

bool book_is(const struct record_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const char *command =
            cJSON_GetStringValue(record_at(set->records[i], "/suite/command"));

        if (command != NULL && strcmp(command, "book") == 0)
            return true;
    }
    return false;
}

/* --- the rows ------------------------------------------------------------ */

/* Groups come by model and tier; a skipped row is put in its place. */
static void book_add(struct book *book, const char *model, double tier,
                     const struct record_group *group)
{
    size_t at = book->count;

    for (size_t i = book->count; i-- > 0 && group == NULL;) {
        if (strcmp(book->row[i].model, model) != 0)
            continue;
        if (book->row[i].tier == tier)
            return; /* skipped for several reasons, or measured after all */
        at = book->row[i].tier < tier ? i + 1 : i;
        if (book->row[i].tier < tier)
            break;
    }
    book->row = realloc(book->row, (book->count + 1) * sizeof *book->row);
    if (book->row == NULL)
        die("realloc");
    memmove(&book->row[at + 1], &book->row[at],
            (book->count++ - at) * sizeof *book->row);
    book->row[at] = (struct book_row){model, tier, group, NULL};
}

/* A tier that was skipped for all models is a row of each measured model. */
static void book_add_skipped(struct book *book)
{
    const struct record_set *set = book->set;
    struct skipped skipped;

    for (size_t i = 0; i < skipped_count(set->refused); i++) {
        if (!skipped_get(set->refused, i, &skipped))
            continue;
        if (skipped.model != NULL)
            book_add(book, skipped.model, skipped.connections, NULL);
        for (size_t g = 0; g < set->group_count && skipped.model == NULL; g++)
            book_add(book, set->groups[g].model, skipped.connections, NULL);
    }
}

static bool book_same_tier(double printed, double ours)
{
    const double last_low = 46000, last = 50000;

    return printed == ours ||
           (ours == last && printed >= last_low && printed <= last);
}

/* Finds the book's rows for tiers times `scale`; returns how many. */
static size_t book_match(struct book *book, double scale)
{
    const struct book_reference *reference = &book->reference;
    size_t found = 0;

    for (size_t i = 0; i < book->count; i++) {
        struct book_row *row = &book->row[i];

        for (size_t k = 0; k < reference->count && row->printed == NULL; k++)
            if (strcmp(reference->row[k].model, row->model) == 0 &&
                book_same_tier(reference->row[k].attempted, row->tier * scale))
                row->printed = &reference->row[k];
        found += row->printed != NULL;
    }
    return found;
}

void book_open(struct book *book, const struct record_set *set)
{
    const double quick = 10; /* a quick run has a tenth of the book's tiers */

    *book = (struct book){.set = set, .scale = 1};
    book_reference(&book->reference);
    for (size_t i = 0; i < set->group_count; i++)
        book_add(book, set->groups[i].model, set->groups[i].connections,
                 &set->groups[i]);
    book_add_skipped(book);
    if (book_match(book, 1) == 0 && book_match(book, quick) > 0)
        book->scale = quick;
}

void book_close(struct book *book)
{
    cJSON_Delete(book->reference.json);
    free(book->row);
}

/* --- the CPU ------------------------------------------------------------- */

static bool book_is_wine(const cJSON *record)
{
    const char *os =
        cJSON_GetStringValue(record_at(record, "/machine/server/os"));

    return os != NULL && strcmp(os, "Wine") == 0;
}

/* The mean of one record, with Wine's server, which does part of the work. */
static bool book_cpu_of(const cJSON *record, double *percent, const char **why)
{
    double part;

    if (!record_number(record, book_cpu_server, percent)) {
        *why = summary_why(record, book_cpu_server);
        return false;
    }
    if (record_number(record, book_cpu_wine, &part))
        *percent += part;
    else if (book_is_wine(record)) {
        *why = record_at(record, "/cpu/wineserver") != NULL
                   ? summary_why(record, book_cpu_wine)
                   : "the CPU of wineserver is not recorded";
        return false;
    }
    return true;
}

static struct summary book_cpu(const struct record_group *group)
{
    bool valid = group_valid(group) > 0;
    double *values = calloc_or_die(group->count + 1, sizeof *values);
    struct summary summary;
    const char *why = NULL;
    size_t count = 0;

    for (size_t i = 0; i < group->count; i++)
        if (cJSON_IsTrue(record_at(group->records[i], "/valid")) == valid)
            count += book_cpu_of(group->records[i], &values[count], &why);
    summary = summary_of_values(values, count);
    summary.why = why;
    free(values);
    return summary;
}

struct summary book_figure(const struct book_row *row, enum book_column column)
{
    const struct book_column_info *info = &book_columns[column];

    return column == BOOK_CPU
               ? book_cpu(row->group)
               : summary_of(row->group, info->pointer, info->scale);
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
    bool within = false;
    double from_s = -1, from_us = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, series.rows) {
        bool begin = series_says(row, mark, "begin");
        bool known;
        double now = 0, used = 0, part, percent;

        within = within || begin;
        known = within && series_number(row, time, &now);
        for (size_t i = 0; i < parts && known; i++) {
            known = series_number(row, series_column(&series, names[i]), &part);
            used += known ? part : 0;
        }
        if (known && from_s >= 0 && now - from_s >= second) {
            percent = (used - from_us) / (now - from_s) / 1e4;
            *low = percent < *low ? percent : *low;
            *high = percent > *high ? percent : *high;
        }
        if (known && (begin || (from_s >= 0 && now - from_s >= second))) {
            from_s = now;
            from_us = used;
        }
        if (series_says(row, mark, "end"))
            return;
    }
}

bool book_cpu_range(const struct record_group *group, double *low, double *high)
{
    bool valid = group_valid(group) > 0;

    *low = DBL_MAX;
    *high = -1;
    for (size_t i = 0; i < group->count; i++)
        if (cJSON_IsTrue(record_at(group->records[i], "/valid")) == valid)
            book_cpu_seconds(group->records[i], low, high);
    return *high >= 0;
}

/* --- what stopped a row -------------------------------------------------- */

/* The largest count but `but`; *total is their sum. */
static const char *book_most(const cJSON *counts, const char *but,
                             double *total)
{
    const char *name = NULL;
    const cJSON *count;
    double most = 0;

    *total = 0;
    cJSON_ArrayForEach (count, counts) {
        if (!cJSON_IsNumber(count) || strcmp(count->string, but) == 0)
            continue;
        *total += count->valuedouble;
        if (count->valuedouble > most) {
            most = count->valuedouble;
            name = count->string;
        }
    }
    return name;
}

/* The connections in the server's first sample with a refusal. */
static bool book_first_refusal(const cJSON *record, double *connections)
{
    struct series series = series_of(record, "server");
    int refused = series_column(&series, "refused");
    int open = series_column(&series, "connections");
    const cJSON *row;
    double count;

    cJSON_ArrayForEach (row, series.rows)
        if (series_number(row, refused, &count) && count > 0)
            return series_number(row, open, connections);
    return false;
}

struct book_stop book_stop(const struct record_group *group)
{
    struct book_stop stop = {0};
    double most, refusals, others;
    const char *refusal;

    stop.record = group_worst(group, &most);
    if (stop.record == NULL)
        return stop;
    record_number(stop.record, "/connections/connected", &stop.connections);
    refusal = book_most(record_object(stop.record, "/traffic/server/refusals"),
                        "", &refusals);
    stop.by_server = refusal != NULL && refusals * 2 >= most;
    stop.cause =
        stop.by_server
            ? refusal
            : book_most(record_object(stop.record, "/connections/outcomes"),
                        "connected", &others);
    if (stop.by_server)
        book_first_refusal(stop.record, &stop.connections);
    return stop;
}

char *book_stop_cause(const struct book_stop *stop)
{
    static const struct {
        const char *outcome, *text, *pointer;
    } known[] = {
        {"abandoned", "connect budget of", "/asked/connect_budget_s"},
        {"unserved", "no first echo within", "/asked/connect_timeout_s"},
        {"timed_out", "no TCP connection within", "/asked/connect_timeout_s"},
    };
    const char *cause = stop->cause != NULL ? stop->cause : "an unknown cause";
    double seconds;

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!stop->by_server && strcmp(cause, known[i].outcome) == 0 &&
            record_number(stop->record, known[i].pointer, &seconds))
            return text_make("%s %.3g s", known[i].text, seconds);
    return text_make("%s%s", cause, stop->by_server ? " of the server" : "");
}
