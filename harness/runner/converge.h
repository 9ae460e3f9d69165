/* When a comparison has been repeated often enough: once the 95 % interval of
 * every model's round trips/s at every tier is narrow. Pure. */
#ifndef IOMODELS_CONVERGE_H
#define IOMODELS_CONVERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/plan.h"

/* With fewer runs the bootstrap's interval of a median is no wider than they
 * happen to lie, and often misses it. */
enum { CONVERGE_RUNS_MIN = 5 };

/* Half the interval's width / the median, over the valid runs of a model at a
 * tier. INFINITY with fewer than CONVERGE_RUNS_MIN. */
double converge_width(const struct plan *plan, const char *model,
                      uint32_t connections);

/* True when all has run and nothing is wider than `share` (0.02: 2 %). What
 * gave not one valid run is not waited for. */
bool converge_done(const struct plan *plan, double share);

/* "iocp 100 (3.1 %), select 4,000 (no valid run)": those that are wider, to
 * free; "" when all are narrow. */
char *converge_list(const struct plan *plan, double share);

#endif
