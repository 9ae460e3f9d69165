/* The book's table (Network Programming for Microsoft Windows, 2nd edition,
 * chapter 6) beside ours. What is known of the book is data,
 * results/reference/book-table-6-3.json, each figure with its status; one that
 * is not corroborated is never shown without its mark. */
#ifndef IOMODELS_BOOK_H
#define IOMODELS_BOOK_H

#include <stdbool.h>
#include "results/load_dir.h"
#include "results/table.h"

/* Whether any of the records is of the command `book`. */
bool book_is(const struct record_set *set);

/* Both tables side by side, what stopped whom, a sentence a model, both
 * conditions. UTF-8, to free. */
char *book_make(const struct record_set *set, enum table_format format);

/* Where a cell of it comes from, MODEL:TIER:COLUMN as in its CSV; to free.
 * NULL after one line to standard error. */
char *book_explain(const struct record_set *set, const char *what);

#endif
