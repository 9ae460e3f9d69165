/* When a comparison has been repeated often enough: once the 95 % interval of
 * every model's round trips/s at every tier is narrow. Pure. */
#ifndef IOMODELS_CONVERGE_H
#define IOMODELS_CONVERGE_H

#include <stdbool.h>

#include "runner/plan.h"

/* With fewer runs the bootstrap's interval of a median is no wider than they
 * happen to lie, and often misses it. */
enum { CONVERGE_RUNS_MIN = 5 };

/* True when all has run and no interval is wider than `share` (0.02: +-2 % of
 * the median). */
bool converge_done(const struct plan *plan, double share);

/* "iocp 100 (3.1 %), select 4,000 (0 valid runs)": what is wider, to free; ""
 * when all are narrow. *done: the same as converge_done. */
char *converge_list(const struct plan *plan, double share, bool *done);

#endif
