/* Where a number of the table comes from: records, samples, formula. */
#ifndef IOMODELS_EXPLAIN_H
#define IOMODELS_EXPLAIN_H

#include "results/record_set.h"

/* `what` is MODEL:TIER:COLUMN, the column as in the header of the table's CSV.
 * Text for people, to free; NULL after one line to standard error (exit 2). */
char *explain_cell(const struct record_set *set, const char *what);

#endif
