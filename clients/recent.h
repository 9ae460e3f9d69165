/* How long the latest echoes took, while the load runs: a load thread counts,
 * another thread looks. Buckets of a 32nd of a power of two of nanoseconds. */
#ifndef IOMODELS_RECENT_H
#define IOMODELS_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/sync.h"

enum {
    RECENT_BITS = 5,
    RECENT_POWERS = 42, /* 2^42 ns are more than an hour */
    RECENT_BUCKETS = RECENT_POWERS << RECENT_BITS
};

/* One thread's, of all its echoes so far. */
struct recent {
    struct sync_count of[RECENT_BUCKETS];
};
void recent_add(struct recent *recent, int64_t ns, uint64_t count);

/* All threads' at one moment. */
struct recent_sums {
    uint64_t of[RECENT_BUCKETS];
};
void recent_sum(struct recent_sums *sums, const struct recent *recent);

/* Of the echoes between two moments, the microseconds that `percent` of them
 * did not exceed, to 2 %; negative where there was none. */
double recent_us(const struct recent_sums *from, const struct recent_sums *to,
                 double percent);

#endif
