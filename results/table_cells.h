/* Between table.c, which fills cells and notes, and table_print.c. */
#ifndef IOMODELS_TABLE_CELLS_H
#define IOMODELS_TABLE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include "results/figure.h"
#include "results/table.h"
#include "results/text.h"

struct table_cells {
    size_t columns, rows, note_count;
    char **heading;  /* lines parted by \n */
    bool *left;      /* column of words */
    char **cell;     /* rows x columns */
    char **interval; /* rows x columns, "" for none */
    char **note;
    size_t line_count;
    char **line;         /* sentences below the table, before the notes */
    const char *caption; /* of HTML's table; or NULL */
    char *machine;
    char *wine;          /* or NULL */
    size_t fewest, most; /* runs of a figure that has several; 0: none has */
};

char *table_print_text(const struct table_cells *cells);
char *table_print_markdown(const struct table_cells *cells);
char *table_print_html(const struct table_cells *cells);
/* 12,345.67: thousands parted, `decimals` kept. */
void table_number(struct text *text, double value, int decimals);

/* The number of a note, which it takes over; the same text is one note. */
size_t table_note(struct table_cells *cells, char *text);

/* A sentence below the table, which it takes over. */
void table_line(struct table_cells *cells, char *text);

/* A figure of so many runs is shown. */
void table_repeats(struct table_cells *cells, size_t runs);

/* A cell: the median, or n/a and a note why; its interval, if it is wanted and
 * there are several runs. */
void table_figure(struct table_cells *cells, size_t at, struct figure figure,
                  int decimals, bool spread);

/* A group's first cell: its model, marked if runs are not valid, and notes. */
char *table_model(struct table_cells *cells, const struct record_group *group);

/* Room for columns and rows, once these are set; no intervals. */
void table_cells_make(struct table_cells *cells);
void table_cells_free(struct table_cells *cells);

/* A field of CSV, quoted where it must be. */
void csv_text(struct text *out, const char *text);

char *table_print_csv(const struct record_set *set);

/* What a group's row has to say, one a call (NULL: nothing of that kind);
 * false when there is no more. `place` starts at 0. */
enum table_remark_kind {
    REMARK_INVALID,
    REMARK_MISSING,
    REMARK_LOST,
    REMARK_OUTLIERS
};
bool table_remark(const struct record_group *group, size_t place, char **text);

#endif
