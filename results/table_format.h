/* A table that is built cell by cell and written as text, Markdown, CSV or
 * HTML. Start with {0}. */
#ifndef IOMODELS_TABLE_FORMAT_H
#define IOMODELS_TABLE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include "results/summary.h"
#include "common/number.h"
#include "common/text.h"

/* TABLE_HTML is a table and its notes, to stand within a page; TABLE_JSON is
 * table_json's alone. */
enum table_format {
    TABLE_TEXT,
    TABLE_MARKDOWN,
    TABLE_CSV,
    TABLE_HTML,
    TABLE_JSON
};

/* The lines of a heading are parted by \n. A second line of any other cell is
 * the interval of the figure on the first. */
struct table_cell {
    char *text;
    char *above;  /* of a row's first: a line before the row in text, or NULL */
    char *link;   /* where the text leads in HTML, or NULL */
    bool words;   /* of a heading: its column is aligned to the left */
    size_t width; /* of a heading: its column's in text */
};

struct table {
    size_t columns, cells;
    struct table_cell *cell; /* the headings, then row by row */
    cJSON *lines;            /* sentences below the table */
    cJSON *notes;            /* below the lines, numbered from 1 */
    const char *caption;     /* of the table in HTML, or NULL */
    size_t width;            /* at which sentences in text are wrapped, or 0 */
    bool medians;            /* of several runs are among the figures */
};

/* Columns come first, then the cells of each row, one after another. */
void table_column(struct table *table, const char *heading, bool words);
/* Columns of numbers; their headings are parted by commas. */
void table_columns(struct table *table, const char *headings);

/* Sets the widths of all columns in text. */
void table_widths(struct table *table);

/* Whether a column has a cell that is not TABLE_UNKNOWN; leaves it out. */
#define TABLE_UNKNOWN "n/a"
bool table_knows(const struct table *table, size_t column);
void table_drop(struct table *table, size_t column);

/* The next cell; takes over the text, and the path it leads to in HTML. */
void table_cell(struct table *table, char *text);
void table_link(struct table *table, char *text, char *link);
/* The next cell: the median, or n/a and a note why; its interval, if it is
 * wanted and there are several runs. */
void table_figure(struct table *table, struct summary summary, int decimals,
                  bool spread);

/* The next cell: a number, or n/a. */
void table_value(struct table *table, bool known, double value, int decimals);

/* Sentences below the table: where the set was measured, and the caution that
 * Wine needs; any other, which it takes over. */
void table_measured(struct table *table, const struct record_set *set);
void table_line(struct table *table, char *text);

/* Returns the number of a note, which it takes over; the same text is one
 * note. A cell refers to it by "[number]". */
size_t table_note(struct table *table, char *text);

/* The table, to free; the builder is done with. CSV has columns and cells
 * alone. */
char *table_write(struct table *table, enum table_format format);

/* 12,345.67: thousands parted, `decimals` kept. */
void table_number(struct text *text, double value, int decimals);

/* "1,234..5,678", each as table_number. */
void table_interval(struct text *text, double low, double high, int decimals);

/* Characters of UTF-8 text up to its end or the end of its line. */
size_t table_width(const char *text);

/* A paragraph, wrapped at blanks: lines of at most `width` characters, the
 * first after `first` blanks, others after `rest`. Returns how many lines. */
size_t text_wrap(struct text *out, const char *paragraph, size_t width,
                 int first, int rest);

/* Text into Markdown, none of it markup; the second line of a cell in
 * parentheses. */
void markdown_text(struct text *out, const char *text, bool cell);

/* Text into HTML, for element content and quoted attributes, so that nothing
 * in a record is ever markup; a relative path as a quoted href. */
void html_text(struct text *out, const char *text);
void html_href(struct text *out, const char *path);

#endif
