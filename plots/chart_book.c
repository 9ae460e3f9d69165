/* The chart of the book: a pair of bars, here and in the book, for each row of
 * its table. */
#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "plot_pieces.h"
#include "plots/plot.h"
#include "results/book.h"

const struct figure chart_book = {
    .chart = {.name = "book",
              .title = "Connections and throughput, here and in the book"}};

/* Ours, then the book's and whether that is corroborated. */
static void chart_book_pair(struct text *out, const struct book_row *row,
                            enum book_column column, double ours, double theirs)
{
    struct summary found = book_figure(row, column);
    struct book_value printed = book_printed(row, column);
    if (found.count > 0)
        text_add(out, " %.9g", found.median * ours);
    else
        text_add(out, " NaN");
    if (printed.known)
        text_add(out, " %.9g %d", printed.low * theirs,
                 printed.mark[0] == '\0');
    else
        text_add(out, " NaN 0");
}

/* What would end the quotes or the line is left out. Where the book attempted
 * another number of connections, the label says so. */
static char *chart_book_label(const struct book_row *row, double scale)
{
    struct book_value attempted = book_printed(row, BOOK_ATTEMPTED);
    struct text out = {0};
    char tier[32];
    for (const char *c = row->model; *c != '\0'; c++)
        if (*c != '"' && *c != '\\' && (unsigned char)*c >= ' ')
            text_add_bytes(&out, c, 1);
    text_add(&out, " %s",
             number_show_count((uint64_t)row->tier, tier, sizeof tier));
    if (attempted.known && attempted.low != row->tier * scale)
        text_add(&out, " (book %s)",
                 number_show_count((uint64_t)attempted.low, tier, sizeof tier));
    return text_take(&out);
}

static bool chart_book_invalid(const struct book_row *row)
{
    return row->group != NULL && group_valid(row->group) == 0;
}

static void chart_book_row(struct text *out, const struct book_row *row,
                           double place, const char *label)
{
    struct book_value value = book_printed(row, BOOK_ATTEMPTED);
    double attempted = value.known ? value.low : 1;
    text_add(out, "%.2f", place);
    chart_book_pair(out, row, BOOK_CONNECTED, 100 / row->tier, 100 / attempted);
    chart_book_pair(out, row, BOOK_SEND, 1e-6, 1e-6);
    text_add(out, " %d %d \"%s\"\n", row->group == NULL,
             row->group != NULL && !chart_book_invalid(row), label);
}

static void chart_book_note(struct text *out, const struct book *book)
{
    size_t invalid = 0;
    for (size_t i = 0; i < book->count; i++)
        invalid += chart_book_invalid(&book->row[i]);
    text_add(out, "note = \"Figures of the book that are hatched or have a "
                  "question mark are not corroborated; the table has the "
                  "marks.");
    if (invalid > 0)
        text_add(out,
                 "\\nNot valid (%zu): hollow, what was reached; the table says "
                 "why.",
                 invalid);
    if (book->scale != 1)
        text_add(out, "\\nA quick look: tiers are a tenth of the book's.");
    text_add(out, "\"\n");
}

void chart_write_book(const struct record_set *set,
                      const struct plot_options *options, struct text *data,
                      struct text *script)
{
    const double apart = 1.6; /* a gap between models */
    struct book book;
    double place = 0;
    size_t letters = 0;
    book_open(&book, set);
    text_add(data, "# place connected%% book corroborated MB/s book "
                   "corroborated skipped valid label\n");
    for (size_t i = 0; i < book.count; i++) {
        const struct book_row *row = &book.row[i];
        char *label = chart_book_label(row, book.scale);
        bool same = i == 0 || strcmp(row[-1].model, row->model) == 0;
        place += same ? 1 : apart;
        chart_book_row(data, row, place, label);
        letters = strlen(label) > letters ? strlen(label) : letters;
        free(label);
    }
    chart_head(script, &chart_book, set, options);
    chart_set(script, "subtitle",
              "attempts of each tier; bytes by the server's own counters, at "
              "the rate that the table states");
    chart_book_note(script, &book);
    text_add(script, "last = %.2f\nletters = %zu\n\n%s\n%s", place, letters,
             common_gp, book_gp);
    book_close(&book);
}
