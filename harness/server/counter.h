/* A 64-bit count that one thread writes and any thread reads, without a lock
 * and without the price of one. */
#ifndef IOMODELS_COUNTER_H
#define IOMODELS_COUNTER_H

#include <stdint.h>
#include "common/win.h"

struct counter {
    volatile uint64_t value;
};

#ifdef _WIN32
/* Aligned 64-bit loads and stores are whole on 64-bit Windows, and volatile
 * keeps the compiler from splitting, joining or leaving out any. */
static inline uint64_t counter_read(const struct counter *c)
{
    return c->value;
}

static inline void counter_set(struct counter *c, uint64_t value)
{
    c->value = value;
}
#else
static inline uint64_t counter_read(const struct counter *c)
{
    return win_load64(&c->value);
}

static inline void counter_set(struct counter *c, uint64_t value)
{
    win_store64(&c->value, value);
}
#endif

static inline void counter_add(struct counter *c, uint64_t more)
{
    counter_set(c, counter_read(c) + more);
}

#endif
