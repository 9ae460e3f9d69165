/* What the book's table shows, in a few sentences, and the conditions of both
 * tables. */
#include "results/book.h"

#include <math.h>
#include <stdlib.h>

#include "results/fields.h"
#include "common/text.h"

/* --- who connected, and what stopped the others -------------------------- */

static void findings_connected(const struct book *book, struct table *table)
{
    struct text stopped = {0};
    size_t rows = 0, stops = 0;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        struct book_stop stop;
        char *cause;

        if (row->group == NULL)
            continue;
        rows++;
        stop = book_stop(row->group);
        if (stop.record == NULL)
            continue;
        cause = book_stop_cause(&stop);
        text_add(&stopped, "%s%s at ", stops++ > 0 ? "; " : "", row->model);
        table_number(&stopped, stop.connections, 0);
        text_add(&stopped, " of ");
        table_number(&stopped, row->tier, 0);
        text_add(&stopped, " connections (%s)", cause);
        free(cause);
    }
    table_line(table, text_make("%zu of %zu rows connected every attempt.",
                                rows - stops, rows));
    if (stops > 0)
        table_line(table, text_make("Stopped: %s.", stopped.data));
    free(stopped.data);
}

/* --- the models in order of a figure ------------------------------------- */

enum { FINDINGS_MODELS = 64 };

struct findings_order {
    bool descending;
    size_t count;
    struct findings_place {
        const char *model, *mark;
        double value;
    } place[FINDINGS_MODELS];
};

static void findings_place(struct findings_order *order, const char *model,
                           double value, const char *mark)
{
    size_t at = order->count;

    if (at == FINDINGS_MODELS)
        return;
    for (; at > 0 && (order->descending ? order->place[at - 1].value < value
                                        : order->place[at - 1].value > value);
         at--)
        order->place[at] = order->place[at - 1];
    order->place[at] = (struct findings_place){model, mark, value};
    order->count++;
}

/* "iocp 19, apc 22" */
static void findings_list(struct text *text, const struct findings_order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        text_add(text, "%s%s ", i > 0 ? ", " : "", order->place[i].model);
        table_number(text, order->place[i].value, 0);
        text_add(text, "%s", order->place[i].mark);
    }
}

/* Runs that are not valid have no place. */
static void findings_order(const struct book *book, struct table *table,
                           enum book_column column, double tier)
{
    bool descending = column == BOOK_SEND;
    struct findings_order here = {.descending = descending};
    struct findings_order printed = {.descending = descending};
    struct text text = {0}, invalid = {0};

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        const struct book_value *value =
            row->printed != NULL ? &row->printed->value[column] : NULL;
        struct summary summary;

        if (row->tier != tier)
            continue;
        if (value != NULL && value->known)
            findings_place(&printed, row->model, (value->low + value->high) / 2,
                           book_mark(value->status));
        if (row->group == NULL)
            continue;
        summary = book_figure(row, column);
        if (group_valid(row->group) == 0)
            text_add(&invalid, "%s%s",
                     invalid.length > 0 ? ", " : "; not valid: ", row->model);
        else if (summary.count > 0)
            findings_place(&here, row->model, summary.median, "");
    }
    if (here.count > 0) {
        text_add(&text, "%s at ",
                 column == BOOK_SEND  ? "Bytes sent per second"
                 : column == BOOK_CPU ? "CPU in % of one processor"
                                      : "Memory in KiB");
        table_number(&text, tier, 0);
        text_add(&text,
                 " connections, %s first: ", descending ? "highest" : "lowest");
        findings_list(&text, &here);
        text_add(&text, "%s", invalid.data != NULL ? invalid.data : "");
        if (printed.count > 0)
            text_add(&text, "; in the book%s: ",
                     column == BOOK_CPU ? " (middle of its range)" : "");
        findings_list(&text, &printed);
        text_add(&text, ".");
        table_line(table, text_take(&text));
    }
    free(invalid.data);
}

/* --- conditions ---------------------------------------------------------- */

static void findings_here(const struct book *book, struct table *table)
{
    static const struct {
        const char *before, *pointer, *after;
    } facts[] = {
        {", messages of ", "/asked/message_bytes", " bytes"},
        {", at most ", "/asked/rate_bytes_per_s",
         " bytes/s over all connections"},
        {", measured for ", "/asked/duration_s", " s"},
        {" after ", "/asked/warmup_s", " s of warm-up"},
        {"; connect timeout ", "/asked/connect_timeout_s", " s"},
        {", up to ", "/asked/connect_retries", " retries"},
    };
    const cJSON *record = book->set->records[0];
    struct text text = {0};
    double value;

    if (book->scale != 1)
        table_line(table,
                   text_copy("A quick run: the tiers here are a tenth of the "
                             "book's; compare shares and orders, not "
                             "figures."));
    text_add(&text, "Here: traffic \"%s\"", book->set->groups[0].pattern);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (record_number(record, facts[i].pointer, &value)) {
            text_add(&text, "%s", facts[i].before);
            table_number(&text, value, value != floor(value));
            text_add(&text, "%s", facts[i].after);
        }
    text_add(&text,
             ". CPU is of the server and Wine's server, in percent of one "
             "processor; low..high of the seconds of the window. Memory is the "
             "working set, the pool the whole system's, both at the end of "
             "the window; threads are the maximum. Bytes by the server's own "
             "counters.");
    table_line(table, text_take(&text));
}

/* A fact without a status has the mark that says so. */
static void findings_book(const struct book *book, struct table *table)
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
    const cJSON *json = book->reference.json;
    const cJSON *conditions = record_at(json, "/conditions");
    struct text text = {0};

    text_add(&text, "The book (%s): ",
             cJSON_GetStringValue(record_at(json, "/source")));
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const cJSON *fact = record_at(conditions, facts[i].pointer);

        text_add(&text, "%s", facts[i].before);
        if (cJSON_IsNumber(fact))
            text_add(&text, "%.0f MB", fact->valuedouble);
        else
            text_add(&text, "%s", cJSON_GetStringValue(fact));
        text_add(&text, "%s",
                 book_mark(book_status_of(record_at(conditions, facts[i].of))));
    }
    text_add(&text, ".");
    table_line(table, text_take(&text));
}

static void findings_marks(const struct book *book, struct table *table)
{
    const cJSON *key = record_at(book->reference.json, "/status_key");
    struct text text = {0};

    text_add(&text, "Figures of the book without a mark are corroborated: a "
                    "public page that reproduces part of the table prints "
                    "them.");
    for (int i = BOOK_CORROBORATED + 1; i < BOOK_STATUSES; i++) {
        enum book_status status = (enum book_status)i;
        const char *name = book_status_name(status);
        const char *meaning =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(key, name));

        text_add(&text, " %s %s%s%s.", book_mark(status), name,
                 meaning != NULL ? ": " : "", meaning != NULL ? meaning : "");
    }
    text_add(&text, " Notes on single figures are in "
                    "results/reference/book-table-6-3.json.");
    table_line(table, text_take(&text));
}

void book_findings(const struct book *book, struct table *table)
{
    double tier = 0;

    for (size_t i = 0; i < book->count; i++)
        if (book->row[i].group != NULL && book->row[i].tier > tier)
            tier = book->row[i].tier;
    findings_connected(book, table);
    findings_order(book, table, BOOK_SEND, tier);
    findings_order(book, table, BOOK_CPU, tier);
    findings_order(book, table, BOOK_MEMORY, tier);
    findings_here(book, table);
    findings_book(book, table);
    findings_marks(book, table);
}
