/* How both tables came about, and what the marks mean. */
#include "results/book_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "results/record.h"
#include "results/table_cells.h"

struct book_conditions {
    const struct book *book;
    char **line;
    size_t *count;
    bool used[BOOK_STATUSES];
};

static void book_conditions_line(struct book_conditions *c, struct text *text)
{
    c->line = realloc(c->line, (*c->count + 1) * sizeof *c->line);
    if (c->line == NULL)
        die("realloc");
    c->line[(*c->count)++] = text_take(text);
}

static const cJSON *book_conditions_at(const struct book_conditions *c,
                                       const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(c->book->reference.json, "conditions"),
        key);
}

static void book_conditions_text(struct text *text, const char *before,
                                 const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (cJSON_IsString(item))
        text_add(text, "%s%s", before, item->valuestring);
    else if (cJSON_IsNumber(item))
        text_add(text, "%s%.0f MB", before, item->valuedouble);
}

static void book_conditions_mark(struct book_conditions *c, struct text *text,
                                 const cJSON *fact)
{
    enum book_status status = book_status_of(fact);

    text_add(text, "%s", book_mark(status));
    c->used[status] = true;
}

/* The book's; a fact without a status has the mark that says so. */
static void book_conditions_book(struct book_conditions *c)
{
    const cJSON *server = book_conditions_at(c, "server");
    const cJSON *system = book_conditions_at(c, "operating_system");
    const cJSON *network = book_conditions_at(c, "network");
    const cJSON *clients = book_conditions_at(c, "clients"), *client;
    const cJSON *traffic = book_conditions_at(c, "traffic");
    const char *comma = "; clients: ";
    struct text text = {0};

    book_conditions_text(&text, "The book: server ", server, "cpu");
    book_conditions_text(&text, ", ", server, "memory_mb");
    book_conditions_mark(c, &text, server);
    book_conditions_text(&text, ", ", system, "value");
    book_conditions_mark(c, &text, system);
    cJSON_ArrayForEach (client, clients) {
        book_conditions_text(&text, comma, client, "cpu");
        book_conditions_text(&text, ", ", client, "memory_mb");
        book_conditions_mark(c, &text, client);
        comma = "; ";
    }
    book_conditions_text(&text, "; network: ", network, "value");
    book_conditions_mark(c, &text, network);
    book_conditions_text(&text, " (", network, "note");
    text_add(&text, "); traffic: %s",
             cJSON_IsString(traffic) ? traffic->valuestring : "?");
    book_conditions_mark(c, &text, traffic);
    text_add(&text, ".");
    book_conditions_line(c, &text);
}

static void book_conditions_number(struct text *text, const char *before,
                                   const cJSON *record, const char *pointer,
                                   const char *after)
{
    double value;

    if (!record_number(record, pointer, &value))
        return;
    text_add(text, "%s", before);
    table_number(text, value, value < 10 && value != floor(value));
    text_add(text, "%s", after);
}

/* Ours; the machine stands in a line of its own. */
static void book_conditions_here(struct book_conditions *c)
{
    const cJSON *record = c->book->set->records[0];
    struct text text = {0};

    text_add(&text, "Here: the traffic \"%s\"",
             c->book->set->groups[0].pattern);
    book_conditions_number(&text, ", messages of ", record,
                           "/asked/message_bytes", " bytes");
    book_conditions_number(&text, ", at most ", record,
                           "/asked/rate_bytes_per_s",
                           " bytes/s of all connections");
    book_conditions_number(&text, ", measured for ", record,
                           "/asked/duration_s", " s");
    book_conditions_number(&text, " after ", record, "/asked/warmup_s", " s");
    book_conditions_number(&text, "; an attempt had ", record,
                           "/asked/connect_timeout_s", " s");
    book_conditions_number(&text, " and up to ", record,
                           "/asked/connect_retries", " more tries");
    text_add(&text,
             ". The server's CPU is in percent of one processor, Wine's server "
             "included; low..high of the seconds of the window. Memory is the "
             "working set, the pool the whole system's, both at the end of "
             "the window; threads the most seen. Bytes by the server's own "
             "counters.");
    book_conditions_line(c, &text);
}

static void book_conditions_scale(struct book_conditions *c)
{
    struct text text = {0};

    if (c->book->scale == 1)
        return;
    text_add(&text,
             "A quick look: the tiers here are a tenth of the book's beside "
             "them; compare shares and orders, not figures.");
    book_conditions_line(c, &text);
}

static void book_conditions_marks(struct book_conditions *c)
{
    struct text text = {0};

    for (size_t i = 0; i < c->book->count; i++) {
        const struct book_printed *printed = c->book->row[i].printed;

        if (printed == NULL)
            continue;
        c->used[printed->attempted_status] = true;
        for (int k = 0; k < BOOK_COLUMNS; k++)
            if (printed->value[k].known)
                c->used[printed->value[k].status] = true;
    }
    text_add(&text, "Figures of the book without a mark are corroborated: a "
                    "public page that reproduces part of the table prints "
                    "them.");
    for (int i = BOOK_CORROBORATED + 1; i < BOOK_STATUSES; i++) {
        char *says;

        if (!c->used[i])
            continue;
        says = book_mark_says(&c->book->reference, (enum book_status)i);
        text_add(&text, " %s.", says);
        free(says);
    }
    book_conditions_line(c, &text);
}

char **book_conditions(const struct book *book, char **line, size_t *count)
{
    struct book_conditions c = {.book = book, .line = line, .count = count};
    struct text source = {0};

    book_conditions_scale(&c);
    book_conditions_here(&c);
    book_conditions_book(&c);
    book_conditions_marks(&c);
    text_add(&source, "The book's table: %s.",
             cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
                 book->reference.json, "source")));
    book_conditions_line(&c, &source);
    return c.line;
}
