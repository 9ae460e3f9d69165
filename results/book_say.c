/* The sentences below the book's table: each is computed from the figures. */
#include "results/book_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/die.h"
#include "common/number.h"
#include "results/record.h"
#include "results/table_cells.h"

enum { BOOK_SAY_MODELS = 64 };

/* Bytes a second that differ by less are the same. */
static const double book_say_same = 0.02;

/* A model's figure at a tier. */
struct book_say_one {
    const char *model;
    double value;
    const char *mark;
};

struct book_say_order {
    size_t count;
    struct book_say_one one[BOOK_SAY_MODELS];
};

struct book_say {
    const struct book *book;
    size_t count;
    char **line;
};

static void book_say_line(struct book_say *say, struct text *text)
{
    say->line = realloc(say->line, (say->count + 1) * sizeof *say->line);
    if (say->line == NULL)
        die("realloc");
    say->line[say->count++] = text_take(text);
}

/* Whether what is shown of a row is only what was reached. */
static bool book_say_invalid(const struct book_row *row)
{
    return row->group != NULL && group_valid(row->group) == 0;
}

static const char *book_say_judged(const struct book_row *row)
{
    return book_say_invalid(row) ? " (not valid)" : "";
}

/* --- orders -------------------------------------------------------------- */

static void book_say_add(struct book_say_order *order, const char *model,
                         double value, const char *mark)
{
    size_t at = order->count;

    if (at == BOOK_SAY_MODELS)
        return;
    for (; at > 0 && order->one[at - 1].value < value; at--)
        order->one[at] = order->one[at - 1];
    order->one[at] = (struct book_say_one){model, value, mark};
    order->count++;
}

/* Runs that are not valid have no place. */
static struct book_say_order book_say_here(const struct book *book, double tier)
{
    struct book_say_order order = {0};

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        struct figure sent;

        if (row->group == NULL || row->tier != tier || book_say_invalid(row))
            continue;
        sent = book_figure(row, BOOK_SEND);
        if (sent.count > 0)
            book_say_add(&order, row->model, sent.median, "");
    }
    return order;
}

static struct book_say_order book_say_book(const struct book *book, double tier)
{
    struct book_say_order order = {0};

    for (size_t i = 0; i < book->reference.count; i++) {
        const struct book_printed *row = &book->reference.row[i];
        const struct book_value *sent = &row->value[BOOK_SEND];

        if (sent->known && book_same_tier(row->attempted, tier * book->scale))
            book_say_add(&order, row->model, sent->low,
                         book_mark(sent->status));
    }
    return order;
}

static bool book_say_alike(double a, double b)
{
    return fabs(a - b) <= book_say_same * fmax(a, b);
}

/* "place 1-4 of 8": the places of all that come to the same. */
static void book_say_place(struct text *text,
                           const struct book_say_order *order,
                           const char *model)
{
    size_t better = 0, same = 0, mine = order->count;

    for (size_t i = 0; i < order->count; i++)
        if (strcmp(order->one[i].model, model) == 0)
            mine = i;
    if (mine == order->count)
        return;
    for (size_t i = 0; i < order->count; i++) {
        double value = order->one[i].value;

        if (book_say_alike(value, order->one[mine].value))
            same++;
        else if (value > order->one[mine].value)
            better++;
    }
    text_add(text, ", place %lu", (unsigned long)(better + 1));
    if (same > 1)
        text_add(text, "-%lu", (unsigned long)(better + same));
    text_add(text, " of %lu", (unsigned long)order->count);
}

/* "a = b > c": alike from one to the next. */
static void book_say_chain(struct text *text,
                           const struct book_say_order *order)
{
    for (size_t i = 0; i < order->count; i++) {
        const struct book_say_one *one = &order->one[i];

        if (i > 0)
            text_add(text, "%s",
                     book_say_alike(one[-1].value, one->value) ? " = " : " > ");
        text_add(text, "%s%s", one->model, one->mark);
    }
}

/* "a 3 %, b 40 %": costs, kept as what is below zero. */
static void book_say_costs(struct text *text,
                           const struct book_say_order *order)
{
    for (size_t i = 0; i < order->count; i++)
        text_add(text, "%s%s %.0f %%%s", i > 0 ? ", " : "", order->one[i].model,
                 -order->one[i].value, order->one[i].mark);
}

/* "; without a place: a (not valid), b (not valid)", nothing for none. */
static void book_say_without(struct text *text, const struct book *book,
                             double tier)
{
    const char *comma = "; without a place: ";

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        if (row->tier != tier || !book_say_invalid(row))
            continue;
        text_add(text, "%s%s%s", comma, row->model, book_say_judged(row));
        comma = ", ";
    }
}

static void book_say_order(struct book_say *say, double tier)
{
    struct book_say_order here = book_say_here(say->book, tier);
    struct book_say_order book = book_say_book(say->book, tier);
    struct text text = {0};

    if (here.count == 0)
        return;
    text_add(&text, "By bytes sent a second at ");
    table_number(&text, tier, 0);
    text_add(&text, " connections, here: ");
    book_say_chain(&text, &here);
    book_say_without(&text, say->book, tier);
    if (book.count > 0) {
        text_add(&text, "; in the book: ");
        book_say_chain(&text, &book);
    }
    text_add(&text, " (=: within %.0f %%).", 100 * book_say_same);
    book_say_line(say, &text);
}

/* The least first: costs are kept as what is below zero. */
static void book_say_cheapest(struct book_say *say, double tier)
{
    const struct book *book = say->book;
    struct book_say_order here = {0}, printed = {0};
    struct text text = {0};

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];
        struct figure cpu;

        if (row->group == NULL || row->tier != tier || book_say_invalid(row))
            continue;
        cpu = book_figure(row, BOOK_CPU);
        if (cpu.count > 0)
            book_say_add(&here, row->model, -cpu.median, "");
    }
    for (size_t i = 0; i < book->reference.count; i++) {
        const struct book_printed *row = &book->reference.row[i];
        const struct book_value *cpu = &row->value[BOOK_CPU];

        if (cpu->known && book_same_tier(row->attempted, tier * book->scale))
            book_say_add(&printed, row->model, -(cpu->low + cpu->high) / 2,
                         book_mark(cpu->status));
    }
    if (here.count == 0)
        return;
    text_add(&text, "By processor time there, the least first, here: ");
    book_say_costs(&text, &here);
    book_say_without(&text, book, tier);
    if (printed.count > 0) {
        text_add(&text, "; in the book, by the middle of its ranges: ");
        book_say_costs(&text, &printed);
    }
    text_add(&text, ".");
    book_say_line(say, &text);
}

/* --- a model ------------------------------------------------------------- */

/* Its row of the largest tier that was measured. */
static const struct book_row *book_say_largest(const struct book *book,
                                               const char *model)
{
    const struct book_row *largest = NULL;

    for (size_t i = 0; i < book->count; i++) {
        const struct book_row *row = &book->row[i];

        if (row->group != NULL && strcmp(row->model, model) == 0 &&
            (largest == NULL || row->tier >= largest->tier))
            largest = row;
    }
    return largest;
}

static void book_say_share(struct text *text, double part, double whole,
                           const char *mark)
{
    table_number(text, part, 0);
    text_add(text, "%s, %.3g %%", mark, whole > 0 ? 100 * part / whole : 0);
}

static void book_say_connected(struct text *text, const struct book_row *row)
{
    struct figure connected = book_figure(row, BOOK_CONNECTED);
    const struct book_printed *printed = row->printed;

    text_add(text, "%s%s at ", row->model, book_say_judged(row));
    table_number(text, row->tier, 0);
    text_add(text, ": connected ");
    if (connected.count > 0)
        book_say_share(text, connected.median, row->tier, "");
    else
        text_add(text, "n/a");
    if (printed == NULL || !printed->value[BOOK_CONNECTED].known)
        return;
    text_add(text, " (the book: ");
    book_say_share(text, printed->value[BOOK_CONNECTED].low, printed->attempted,
                   book_mark(printed->value[BOOK_CONNECTED].status));
    text_add(text, ")");
}

static bool book_say_known(const struct book *book, const char *model)
{
    for (size_t i = 0; i < book->reference.count; i++)
        if (strcmp(book->reference.row[i].model, model) == 0)
            return true;
    return false;
}

static void book_say_sent(struct text *text, const struct book *book,
                          const struct book_row *row)
{
    struct book_say_order here = book_say_here(book, row->tier);
    struct book_say_order order = book_say_book(book, row->tier);
    struct figure sent = book_figure(row, BOOK_SEND);
    struct figure cpu = book_figure(row, BOOK_CPU);

    if (sent.count == 0) {
        text_add(text, "; nothing was measured");
    } else {
        text_add(text, "; sent ");
        table_number(text, sent.median, 0);
        text_add(text, " bytes/s");
        book_say_place(text, &here, row->model);
    }
    if (row->printed == NULL)
        text_add(text, book_say_known(book, row->model)
                           ? " (the book has no such tier of it)"
                           : " (not in the book)");
    else if (row->printed->value[BOOK_SEND].known) {
        text_add(text, " (the book: ");
        table_number(text, row->printed->value[BOOK_SEND].low, 0);
        text_add(text, "%s", book_mark(row->printed->value[BOOK_SEND].status));
        book_say_place(text, &order, row->model);
        text_add(text, ")");
    }
    if (cpu.count > 0)
        text_add(text, ", for %.0f %% of a processor", cpu.median);
}

/* What it ran out of, and at the fewest connections. */
static void book_say_stop(struct text *text, const struct book *book,
                          const char *model)
{
    struct book_stop first = {0};

    for (size_t i = 0; i < book->count; i++) {
        struct book_stop stop;

        if (book->row[i].group == NULL ||
            strcmp(book->row[i].model, model) != 0)
            continue;
        stop = book_stop(book->row[i].group);
        if (stop.record != NULL &&
            (first.record == NULL || stop.open < first.open))
            first = stop;
    }
    if (first.record == NULL) {
        text_add(text, "; every attempt connected");
        return;
    }
    text_add(text, "; stopped first by ");
    book_stop_cause(text, &first);
    text_add(text, " at ");
    table_number(text, first.open, 0);
    text_add(text, " connections");
}

static void book_say_model(struct book_say *say, const char *model)
{
    const struct book_row *row = book_say_largest(say->book, model);
    struct text text = {0};

    if (row == NULL)
        return;
    book_say_connected(&text, row);
    book_say_sent(&text, say->book, row);
    book_say_stop(&text, say->book, model);
    text_add(&text, ".");
    book_say_line(say, &text);
}

/* --- who stops first ------------------------------------------------------ */

static void book_say_first(struct book_say *say)
{
    const struct book *book = say->book;
    const struct book_row *lowest = NULL;
    struct book_stop first = {0};
    size_t rows = 0, whole = 0, invalid = 0;
    struct text text = {0};

    for (size_t i = 0; i < book->count; i++) {
        struct book_stop stop;

        if (book->row[i].group == NULL)
            continue;
        stop = book_stop(book->row[i].group);
        rows++;
        whole += stop.record == NULL;
        invalid += stop.record == NULL && book_say_invalid(&book->row[i]);
        if (stop.record != NULL && (lowest == NULL || stop.open < first.open)) {
            first = stop;
            lowest = &book->row[i];
        }
    }
    text_add(&text, "%lu of %lu rows connected every attempt",
             (unsigned long)whole, (unsigned long)rows);
    if (invalid > 0)
        text_add(&text, " (%lu of them not valid)", (unsigned long)invalid);
    if (lowest != NULL) {
        text_add(&text, "; first to stop was %s%s, by ", lowest->model,
                 book_say_judged(lowest));
        book_stop_cause(&text, &first);
        text_add(&text, " at ");
        table_number(&text, first.open, 0);
        text_add(&text, " connections of ");
        table_number(&text, lowest->tier, 0);
    }
    text_add(&text, ".");
    book_say_line(say, &text);
}

size_t book_say(const struct book *book, char ***lines)
{
    struct book_say say = {.book = book};
    double tier = 0;

    for (size_t i = 0; i < book->count; i++)
        if (book->row[i].group != NULL && book->row[i].tier > tier)
            tier = book->row[i].tier;
    book_say_order(&say, tier);
    book_say_cheapest(&say, tier);
    book_say_first(&say);
    for (size_t i = 0; i < book->count; i++)
        if (i == 0 || strcmp(book->row[i - 1].model, book->row[i].model) != 0)
            book_say_model(&say, book->row[i].model);
    say.line = book_conditions(book, say.line, &say.count);
    *lines = say.line;
    return say.count;
}
