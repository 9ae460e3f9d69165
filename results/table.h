/* The book's table from records. */
#ifndef IOMODELS_TABLE_H
#define IOMODELS_TABLE_H

#include "results/load_dir.h"

/* TABLE_HTML is a table and its notes, to stand within a page. */
enum table_format { TABLE_TEXT, TABLE_MARKDOWN, TABLE_CSV, TABLE_HTML };

/* Medians over the valid runs of each group, with the spread of figure_spread
 * when there are several; invalid runs marked with their reasons; what is not
 * known as n/a with the reason. UTF-8, the caller's to free. */
char *table_make(const struct record_set *set, enum table_format format);

#endif
