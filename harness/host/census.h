/* Threads and context switches of this process: one call that walks all there
 * are, so it is made seldom. */
#ifndef IOMODELS_CENSUS_H
#define IOMODELS_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

struct census {
    uint32_t threads;
    uint64_t context_switches; /* of the threads alive; 0 under Wine */
    bool counted; /* now; else `threads` is the last count, carried on by the
                     threads that were started and ended here since */
};

/* Counts when `must`, or when the last count's cost, spread over the time
 * since then, is below 0.2 % of one processor. False when it cannot be told.
 * One caller at a time. */
bool census_take(bool must, struct census *c);

#endif
