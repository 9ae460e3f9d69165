/* Threads, context switches and handles of this process: calls that walk all
 * there are in the system, so they are made seldom. */
#ifndef IOMODELS_CENSUS_H
#define IOMODELS_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

struct census {
    uint32_t threads;
    uint32_t handles;          /* 0: not counted */
    uint64_t context_switches; /* of the threads alive; 0 under Wine */
    bool counted; /* now; else `threads` is the last count, carried on by the
                     threads that were started and ended here since */
};

/* Counts when `must`, or when the last count's cost, spread over the time
 * since then, is below 0.2 % of one processor. False when it cannot be told.
 * One caller at a time. `handles`: count them too, where the system has no
 * cheaper way. */
bool census_take(bool must, bool handles, struct census *c);

#endif
