/* Where connections live: struct conn (a model's own, conn_size bytes) and a
 * transfer buffer a slot. The slot left last is taken first, so that what is
 * in use stays small and warm. */
#ifndef IOMODELS_SLOTS_H
#define IOMODELS_SLOTS_H

#include "model.h"

/* An array in address space reserved at once, with memory behind it only as
 * far as it was ever used: items never move, and a large limit costs nothing.
 */
struct region {
    unsigned char *base; /* of the first item, which begins a page */
    size_t stride;       /* bytes from item to item */
    uint32_t limit;      /* items there is address space for */
    uint32_t ready;      /* items there is memory for; zeroed at first */
    unsigned char *reserved;
    size_t guarded; /* bytes of an item that has pages of its own; or 0 */
};

struct slots {
    /* First, away from what each open and close writes: each echo reads it. */
    uint32_t buffer_size;
    bool guard;
    struct region conns;   /* cache lines apart: neighbours have two threads */
    struct region buffers; /* a small one never straddles a page */
    struct region free;    /* uint32_t: a stack of the slots given back */
    SRWLOCK lock;
    volatile uint32_t used; /* slots ever taken: 0 .. used - 1 */
    uint32_t free_count;
};

/* `guard`, for finding mistakes: each struct and each buffer ends where a page
 * ends, between pages without memory, and a buffer is shut while its slot is
 * free: a touch ends the process. False with GetLastError(). */
bool slots_open(struct slots *s, size_t conn_size, uint32_t buffer_size,
                uint32_t limit, bool guard);
void slots_close(struct slots *s);

/* A connection that wants its first bytes, without a socket yet. NULL: *why is
 * REFUSED_LIMIT or the error of the memory that could not be had. */
struct conn *slot_take(struct slots *s, DWORD *why);
void slot_give(struct slots *s, struct conn *c);

/* The connection in a slot below `used`, or NULL when it is free. */
struct conn *slot_conn(const struct slots *s, uint32_t slot);

static inline void *region_item(const struct region *r, uint32_t index)
{
    return r->base + r->stride * index;
}

static inline char *slot_buffer(const struct slots *s, uint32_t slot)
{
    return region_item(&s->buffers, slot);
}

#endif
