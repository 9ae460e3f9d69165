/* The notes to a row of a table. */
#ifndef IOMODELS_REMARKS_H
#define IOMODELS_REMARKS_H

#include "results/load_dir.h"

/* The note of each kind about a group, one a call (NULL: nothing of that
 * kind), to free; false when there is no such kind. */
enum table_remark_kind {
    REMARK_INVALID,
    REMARK_MISSING,
    REMARK_LOST,
    REMARK_OUTLIERS
};
bool table_remark(const struct record_group *group, size_t kind, char **text);

#endif
