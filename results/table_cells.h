/* Between table.c, which fills cells and notes, and table_print.c. */
#ifndef IOMODELS_TABLE_CELLS_H
#define IOMODELS_TABLE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include "results/table.h"

struct table_cells {
    size_t columns, rows, note_count;
    char **heading;  /* lines parted by \n */
    bool *left;      /* column of words */
    char **cell;     /* rows x columns */
    char **interval; /* rows x columns, "" for none */
    char **note;
    char *machine;
    char *wine; /* or NULL */
    bool repeated;
};

char *table_print_text(const struct table_cells *cells);
char *table_print_markdown(const struct table_cells *cells);
char *table_print_html(const struct table_cells *cells);
char *table_print_csv(const struct record_set *set);

/* What a group's row has to say, one a call; false when there is no more.
 * `place` starts at 0. */
bool table_remark(const struct record_group *group, size_t place, char **text);

#endif
