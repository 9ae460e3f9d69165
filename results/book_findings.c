/* What the figures of the book's table say. */
#include "results/book.h"

#include <stdlib.h>

#include "common/errors.h"
#include "common/json_lines.h"
#include "common/text.h"
#include "results/fields.h"
#include "results/stats.h"

/* --- the order of the models ---------------------------------------------- */

struct book_place {
    double place; /* the lower the better; stats_compare takes it */
    double value;
    const char *model, *mark;
};

/* Adds `before` and "iocp 19, apc 22", of the tier's rows with a figure, here
 * or in the book, or nothing if none has one. Runs that are not valid have no
 * place. */
static void book_ranking(struct text *out, const char *before,
                         const struct book *book, enum book_column column,
                         double tier, bool printed)
{
    struct book_place *places = calloc_or_die(book->count, sizeof *places);
    size_t count = 0;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        const struct record_group *group =
            column == BOOK_SEND ? book_fastest(book, row) : row->limited;
        struct summary here = book_figure(group, column);
        struct book_value there = book_printed(row, column);
        double value = printed ? (there.low + there.high) / 2 : here.median;
        bool known =
            printed ? there.known : here.count > 0 && group_valid(group) > 0;

        if (row->tier == tier && known)
            places[count++] =
                (struct book_place){column == BOOK_SEND ? -value : value, value,
                                    row->model, printed ? there.mark : ""};
    }
    qsort(places, count, sizeof *places, stats_compare);
    for (size_t i = 0; i < count; i++) {
        text_add(out, "%s%s %s%s", i > 0 ? ", " : before, places[i].model,
                 NUMBER_SHOWN(places[i].value), places[i].mark);
    }
    free(places);
}

static void book_findings_order(const struct book *book, cJSON *found,
                                enum book_column column, const char *what)
{
    struct text text = {0};
    size_t before;
    double tier = 0;

    for (size_t i = 0; i < book->count; i++)
        if ((book->row[i].limited != NULL || book->row[i].flat != NULL) &&
            book->row[i].tier > tier)
            tier = book->row[i].tier;
    text_add(&text, "%s at %s connections, %s", what, NUMBER_SHOWN(tier),
             column == BOOK_SEND ? "highest" : "lowest");
    before = text.length;
    book_ranking(&text, " first: ", book, column, tier, false);
    if (text.length == before) {
        free(text.data);
        return;
    }
    book_ranking(&text,
                 column == BOOK_CPU ? "; in the book (middle of its range): "
                                    : "; in the book: ",
                 book, column, tier, true);
    text_add(&text, ".");
    json_add_text(found, text_take(&text));
}

/* --- flat out ------------------------------------------------------------- */

static bool book_is_whole(const struct record_group *group)
{
    double missing;

    return group == NULL || group_worst(group, &missing) == NULL;
}

static void book_add_sent(struct text *text, const struct book_row *row,
                          const struct summary *sent)
{
    text_add(text, "%s %s", row->model, NUMBER_SHOWN(sent->median));
    if (sent->low < sent->high) {
        text_add(text, " (");
        table_interval(text, sent->low, sent->high, 0);
        text_add(text, ")");
    }
}

/* Whether the fastest and the slowest of the models that connected every
 * attempt differ by more than their intervals. */
static void book_findings_flat(const struct book *book, cJSON *found,
                               double tier)
{
    const struct book_row *fast = NULL, *slow = NULL;
    struct summary most = {0}, least = {0}, sent;
    struct text text = {0};
    double noise;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        if (row->tier != tier || row->flat == NULL ||
            !book_is_whole(row->flat) || group_valid(row->flat) == 0)
            continue;
        sent = book_figure(row->flat, BOOK_SEND);
        if (sent.count > 0 && (fast == NULL || sent.median > most.median)) {
            fast = row;
            most = sent;
        }
        if (sent.count > 0 && (slow == NULL || sent.median < least.median)) {
            slow = row;
            least = sent;
        }
    }
    if (fast == slow)
        return;
    noise = most.high - most.low + least.high - least.low;
    text_add(&text, "Flat out at %s connections, bytes sent per second: most ",
             NUMBER_SHOWN(tier));
    book_add_sent(&text, fast, &most);
    text_add(&text, ", least ");
    book_add_sent(&text, slow, &least);
    if (most.count < 2 || least.count < 2)
        text_add(&text, "; one run of a model has no interval, so that the "
                        "difference may be noise.");
    else if (most.median - least.median > noise)
        text_add(&text, "; %.2f times as much, more than both intervals.",
                 most.median / least.median);
    else
        text_add(&text, "; they differ by no more than both intervals: here "
                        "no model is shown to carry more.");
    json_add_text(found, text_take(&text));
}

/* How much of what the slowest carried flat out the limited rate is. */
static void book_findings_rate(const struct book *book, cJSON *found)
{
    const struct book_row *slowest = NULL;
    struct summary least = {0}, sent;
    double rate = 0;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        if (row->limited != NULL)
            record_number(row->limited->records[0], "/asked/rate_bytes_per_s",
                          &rate);
        if (row->flat == NULL || !book_is_whole(row->flat) ||
            group_valid(row->flat) == 0)
            continue;
        sent = book_figure(row->flat, BOOK_SEND);
        if (sent.count > 0 && (slowest == NULL || sent.median < least.median)) {
            slowest = row;
            least = sent;
        }
    }
    if (slowest == NULL || rate == 0)
        return;
    json_add_text(
        found,
        text_make("The limited rate, %s bytes/s, is %.0f %% of the least that "
                  "a model with all its connections carried flat out (%s at "
                  "%s).",
                  NUMBER_SHOWN(rate), 100 * rate / least.median, slowest->model,
                  NUMBER_SHOWN(slowest->tier)));
}

/* --- all ------------------------------------------------------------------ */

cJSON *book_findings(const struct book *book)
{
    cJSON *found = cJSON_CreateArray();
    size_t rows = 0, whole = 0;
    double last = 0;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        rows += row->limited != NULL || row->flat != NULL;
        whole += (row->limited != NULL || row->flat != NULL) &&
                 book_is_whole(row->limited) && book_is_whole(row->flat);
    }
    json_add_text(found, text_make("%zu of %zu rows connected every attempt.",
                                   whole, rows));
    for (bool more = true; more;) { /* the tiers, ascending */
        double next = 0;

        for (size_t i = 0; i < book->count; i++)
            if (book->row[i].tier > last &&
                (next == 0 || book->row[i].tier < next))
                next = book->row[i].tier;
        more = next > 0;
        last = next;
        if (more)
            book_findings_flat(book, found, next);
    }
    if (book->flat)
        book_findings_rate(book, found);
    book_findings_order(book, found, BOOK_SEND,
                        book->flat ? "Bytes sent per second flat out"
                                   : "Bytes sent per second");
    book_findings_order(book, found, BOOK_CPU,
                        book->flat ? "CPU at the limited rate in % of one "
                                     "processor"
                                   : "CPU in % of one processor");
    book_findings_order(book, found, BOOK_MEMORY, "Memory in KiB");
    if (book->scale != 1)
        json_add_text(
            found, text_copy("A quick run: the tiers here are a tenth of the "
                             "book's; compare shares and orders, not "
                             "figures."));
    return found;
}
