/* The figure of the book: a row of bars a row of its table. */
#include "plots/plot_book.h"

#include <stdlib.h>
#include <string.h>

#include "common/number.h"
#include "plot_scripts.h"
#include "plots/plot_parts.h"
#include "results/book_parts.h"

const char plot_book_name[] = "book";

static void plot_book_value(struct text *out, bool known, double value)
{
    if (known)
        text_add(out, " %.9g", value);
    else
        text_add(out, " NaN");
}

static void plot_book_printed(struct text *out, const struct book_row *row,
                              enum book_column column, double scale)
{
    const struct book_value *value =
        row->printed != NULL ? &row->printed->value[column] : NULL;
    bool known = value != NULL && value->known;

    plot_book_value(out, known, known ? value->low * scale : 0);
    text_add(out, " %d", known && value->status == BOOK_CORROBORATED);
}

/* Within quotes: whatever would end them or the line is left out. Where the
 * book attempted another number of connections, that is said. */
static char *plot_book_label(const struct book_row *row, double scale)
{
    struct text out = {0};
    char tier[32];

    for (const char *c = row->model; *c != '\0'; c++)
        if (*c != '"' && *c != '\\' && (unsigned char)*c >= ' ')
            text_add_bytes(&out, c, 1);
    text_add(&out, " %s",
             number_show_count((uint64_t)row->tier, tier, sizeof tier));
    if (row->printed != NULL && row->printed->attempted != row->tier * scale)
        text_add(&out, " (book %s)",
                 number_show_count((uint64_t)row->printed->attempted, tier,
                                   sizeof tier));
    return text_take(&out);
}

static void plot_book_row(struct text *out, const struct book_row *row,
                          double place, const char *label)
{
    struct figure connected = {0}, sent = {0};
    double attempted = row->printed != NULL ? row->printed->attempted : 1;

    if (row->group != NULL) {
        connected = book_figure(row, BOOK_CONNECTED);
        sent = book_figure(row, BOOK_SEND);
    }
    text_add(out, "%.2f", place);
    plot_book_value(out, connected.count > 0,
                    100 * connected.median / row->tier);
    plot_book_printed(out, row, BOOK_CONNECTED, 100 / attempted);
    plot_book_value(out, sent.count > 0, sent.median / 1e6);
    plot_book_printed(out, row, BOOK_SEND, 1e-6);
    text_add(out, " %d %d \"%s\"\n", row->group == NULL,
             row->group != NULL && group_valid(row->group) > 0, label);
}

/* A gap between models. */
static double plot_book_place(const struct book *book, size_t row, double last)
{
    bool same =
        row > 0 && strcmp(book->row[row - 1].model, book->row[row].model) == 0;

    return row == 0 ? 1 : last + (same ? 1 : 1.6);
}

/* Rows of ours of which no run is valid. */
static size_t plot_book_invalid(const struct book *book)
{
    size_t count = 0;

    for (size_t i = 0; i < book->count; i++)
        count +=
            book->row[i].group != NULL && group_valid(book->row[i].group) == 0;
    return count;
}

static char *plot_book_note(const struct book *book)
{
    size_t invalid = plot_book_invalid(book);
    struct text note = {0};

    text_add(&note, "Of the book's, what is hatched or has a question mark is "
                    "not corroborated; the table has the marks.");
    if (invalid > 0)
        text_add(&note,
                 "\\n%lu row%s of ours %s not valid: hollow, what was reached; "
                 "the table says why.",
                 (unsigned long)invalid, invalid == 1 ? "" : "s",
                 invalid == 1 ? "is" : "are");
    if (book->scale != 1)
        text_add(&note, "\\nA quick look: tiers are a tenth of the book's.");
    return text_take(&note);
}

static char *plot_book_script(const struct book *book, double last,
                              size_t letters,
                              const struct plot_options *options)
{
    struct text out = {0};
    char *machine = records_machines(book->set);
    char *wine = records_wine(book->set), *note = plot_book_note(book);

    text_add(&out,
             "# Made by 'iomodels plot' from records. To draw it again, in "
             "this folder: gnuplot %s.gp\nreset\n",
             plot_book_name);
    plot_set(&out, "figure", plot_book_name);
    plot_set(&out, "subtitle",
             "attempts of each tier; bytes by the server's own counters, at "
             "the rate that the table tells");
    plot_set(&out, "machine", machine);
    plot_set(&out, "warning", wine != NULL ? wine : "");
    plot_set(&out, "hollow",
             plot_book_invalid(book) > 0 ? "here, not valid" : "");
    text_add(&out,
             "note = \"%s\"\npng = %d\nsvg = %d\nwidth = %d\nlast = %.2f\n"
             "letters = %lu\n\n%s",
             note, options->png, options->svg, PLOT_WIDTH, last,
             (unsigned long)letters, book_gp);
    free(machine);
    free(wine);
    free(note);
    return text_take(&out);
}

void plot_book_data(const struct record_set *set,
                    const struct plot_options *options, char **data,
                    char **script)
{
    struct text rows = {0};
    struct book book;
    double place = 0;
    size_t letters = 0;

    *data = *script = NULL;
    if (!book_is(set))
        return;
    book_open(&book, set);
    text_add(&rows,
             "# place connected%% book sure MB/s book sure refused valid "
             "label\n");
    for (size_t i = 0; i < book.count; i++) {
        char *label = plot_book_label(&book.row[i], book.scale);

        place = plot_book_place(&book, i, place);
        plot_book_row(&rows, &book.row[i], place, label);
        letters = strlen(label) > letters ? strlen(label) : letters;
        free(label);
    }
    *data = text_take(&rows);
    *script = plot_book_script(&book, place, letters, options);
    book_close(&book);
}
