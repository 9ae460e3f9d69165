/* Between check.c, which compares, and check_cautions.c. */
#ifndef IOMODELS_CHECK_PARTS_H
#define IOMODELS_CHECK_PARTS_H

#include "results/check.h"

/* The group of `set` that was measured as `group` was, of the same machine if
 * there is one; or NULL. */
const struct record_group *check_partner(const struct record_set *set,
                                         const struct record_group *group);

/* Fills check->cautions. */
void check_cautions(struct check *check, const struct record_set *baseline,
                    const struct record_set *candidate);

/* Why there is nothing to compare, to free. */
char *check_nothing(const struct record_set *baseline,
                    const struct record_set *candidate);

#endif
