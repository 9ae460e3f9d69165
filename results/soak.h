/* Judges a soak's records: whether each server's memory, handles and threads
 * stayed level, and whether it lost or changed anything under traffic that
 * comes, goes and misbehaves. */
#ifndef IOMODELS_SOAK_H
#define IOMODELS_SOAK_H

#include <stdbool.h>
#include <stddef.h>

#include "results/record_set.h"

/* The least-squares line through samples, and the 95 % interval of its slope.
 * Neighbouring samples are correlated, so the line goes through the means of
 * blocks of them, which hardly are. */
struct slope {
    double mean;            /* of the values */
    double span;            /* from the first sample to the last */
    double rise, low, high; /* change per unit of time, and its interval */
};

/* `at` ascends. False: fewer than 10 values, or no time passed. */
bool slope_fit(const double *at, const double *value, size_t count,
               struct slope *slope);

/* The table, to free. *faults: how many runs grew, lost or changed something,
 * could not be judged or are not valid. */
char *soak_make(const struct record_set *set, size_t *faults);

#endif
