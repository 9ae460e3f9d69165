/* What stops a model: from the counts of its run and the sample nearest to
 * where it began. */
#include "results/book_parts.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "results/record.h"
#include "results/table_cells.h"

/* Still connecting: it got somewhere in the last seconds of its time. */
static const double book_stop_recent_s = 2;

static const cJSON *book_stop_worst(const struct record_group *group,
                                    double *missing)
{
    const cJSON *worst = NULL;

    *missing = 0;
    for (size_t i = 0; i < group->count; i++) {
        double attempted, connected;

        if (record_number(group->records[i], "/connections/attempted",
                          &attempted) &&
            record_number(group->records[i], "/connections/connected",
                          &connected) &&
            attempted - connected > *missing) {
            *missing = attempted - connected;
            worst = group->records[i];
        }
    }
    return worst;
}

/* The largest count, but for `but`; *total is all of them. */
static const char *book_stop_most(const cJSON *counts, const char *but,
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

/* The server's first sample in which it had refused somebody. */
static const cJSON *book_stop_refusal(const struct series *server)
{
    int refused = series_column(server, "refused");
    const cJSON *row;
    double count;

    cJSON_ArrayForEach (row, server->rows)
        if (series_number(row, refused, &count) && count > 0)
            return row;
    return NULL;
}

/* When the load's count of connections last grew, in seconds of the run. */
static double book_stop_last_growth(const cJSON *record)
{
    struct series load = series_of(record, "load");
    int connected = series_column(&load, "connected");
    int t = series_column(&load, "t_s");
    double most = 0, at = 0, count, now;
    const cJSON *row;

    cJSON_ArrayForEach (row, load.rows)
        if (series_number(row, connected, &count) && count > most &&
            series_number(row, t, &now)) {
            most = count;
            at = now;
        }
    return at;
}

/* The server's first sample from then on; its last when there is none. */
static const cJSON *book_stop_after(const struct series *server, double at)
{
    int t = series_column(server, "t_s");
    const cJSON *row, *last = NULL;
    double now;

    cJSON_ArrayForEach (row, server->rows) {
        if (!series_number(row, t, &now))
            continue;
        last = row;
        if (now >= at)
            break;
    }
    return last;
}

struct book_stop book_stop(const struct record_group *group)
{
    struct book_stop stop = {0};
    const char *refusal;
    double refusals, others;

    stop.record = book_stop_worst(group, &stop.missing);
    if (stop.record == NULL)
        return stop;
    stop.series = series_of(stop.record, "server");
    refusal = book_stop_most(record_at(stop.record, "/traffic/server/refusals"),
                             "", &refusals);
    stop.cause = book_stop_most(record_at(stop.record, "/connections/outcomes"),
                                "connected", &others);
    stop.refused = refusal != NULL && refusals * 2 >= stop.missing;
    if (stop.refused)
        stop.cause = refusal;
    if (refusal != NULL)
        stop.moment = book_stop_refusal(&stop.series);
    if (stop.moment == NULL)
        stop.moment =
            book_stop_after(&stop.series, book_stop_last_growth(stop.record));
    if (!series_number(stop.moment, series_column(&stop.series, "connections"),
                       &stop.open))
        record_number(stop.record, "/connections/connected", &stop.open);
    return stop;
}

static void book_stop_seconds(struct text *text, const char *before,
                              const cJSON *record, const char *pointer)
{
    double seconds;

    text_add(text, "%s", before);
    if (record_number(record, pointer, &seconds))
        text_add(text, " %.3g s", seconds);
}

void book_stop_cause(struct text *text, const struct book_stop *stop)
{
    const cJSON *record = stop->record;
    const char *cause = stop->cause != NULL ? stop->cause : "";

    if (stop->cause == NULL)
        text_add(text, "what its record does not say");
    else if (stop->refused)
        text_add(text, "the server's %s", cause);
    else if (strcmp(cause, "abandoned") == 0)
        book_stop_seconds(text, "the end of its time budget of", record,
                          "/asked/connect_budget_s");
    else if (strcmp(cause, "unserved") == 0)
        book_stop_seconds(text, "time-outs: no first echo within", record,
                          "/asked/connect_timeout_s");
    else if (strcmp(cause, "timed_out") == 0)
        book_stop_seconds(text, "time-outs: no TCP connection within", record,
                          "/asked/connect_timeout_s");
    else
        text_add(text, "attempts that ended as \"%s\"", cause);
}

static void book_stop_bytes(struct text *text, const struct book_stop *stop,
                            const char *column, const char *name)
{
    char shown[32];
    double value;

    if (series_number(stop->moment, series_column(&stop->series, column),
                      &value))
        text_add(text, ", %s %s", name,
                 number_show_bytes(value, shown, sizeof shown));
}

static void book_stop_count(struct text *text, const struct book_stop *stop,
                            const char *column, const char *name)
{
    double value;

    if (!series_number(stop->moment, series_column(&stop->series, column),
                       &value))
        return;
    text_add(text, ", %s ", name);
    table_number(text, value, 0);
}

static void book_stop_moment(struct text *text, const struct book_stop *stop)
{
    double at;

    if (!series_number(stop->moment, series_column(&stop->series, "t_s"), &at))
        return;
    text_add(text, "; the server then, %.1f s into the run: open ", at);
    table_number(text, stop->open, 0);
    book_stop_bytes(text, stop, "working_set_bytes", "memory");
    book_stop_count(text, stop, "threads", "threads");
    book_stop_count(text, stop, "handles", "handles");
    book_stop_bytes(text, stop, "system_nonpaged_pool_bytes",
                    "non-paged pool of the system");
    book_stop_bytes(text, stop, "host_tcp_memory_bytes",
                    "TCP memory of the host");
}

/* "; TITLE: a 12, b 3", nothing for none. */
static void book_stop_list(struct text *text, const cJSON *counts,
                           const char *but, const char *title)
{
    const cJSON *count;

    cJSON_ArrayForEach (count, counts) {
        if (!cJSON_IsNumber(count) || count->valuedouble <= 0 ||
            strcmp(count->string, but) == 0)
            continue;
        text_add(text, "%s%s ", title, count->string);
        table_number(text, count->valuedouble, 0);
        title = ", ";
    }
}

/* It was slow rather than stopped. */
static void book_stop_pace(struct text *text, const struct book_stop *stop)
{
    double connect = 0, connected = 0, last;
    struct series load = series_of(stop->record, "load");
    double begun = 0;

    if (stop->cause == NULL || strcmp(stop->cause, "abandoned") != 0 ||
        !record_number(stop->record, "/phases/connect_s", &connect) ||
        !record_number(stop->record, "/connections/connected", &connected) ||
        connect <= 0)
        return;
    last = book_stop_last_growth(stop->record);
    series_number(load.rows != NULL ? load.rows->child : NULL,
                  series_column(&load, "t_s"), &begun);
    if (begun + connect - last <= book_stop_recent_s)
        text_add(text, "; it was still connecting, %.0f a second on average",
                 connected / connect);
    else
        text_add(text, "; the last one connected %.1f s before",
                 begun + connect - last);
}

char *book_stop_says(const struct book_row *row)
{
    struct book_stop stop = book_stop(row->group);
    struct text text = {0};

    if (stop.record == NULL)
        return NULL;
    text_add(&text, "%s at ", row->model);
    table_number(&text, row->tier, 0);
    text_add(&text, ": stopped by ");
    book_stop_cause(&text, &stop);
    book_stop_pace(&text, &stop);
    book_stop_moment(&text, &stop);
    book_stop_list(&text, record_at(stop.record, "/connections/outcomes"),
                   "connected", "; attempts: ");
    book_stop_list(&text, record_at(stop.record, "/traffic/server/refusals"),
                   "", "; refused by the server: ");
    book_stop_list(&text, record_at(stop.record, "/traffic/server/errors"), "",
                   "; errors of the server: ");
    book_stop_list(&text, record_at(stop.record, "/connections/retries"), "",
                   "; tried again: ");
    return text_take(&text);
}
