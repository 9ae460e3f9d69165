/* An array in address space reserved at once, with memory behind it only as
 * far as it was ever used: items never move, and a large limit costs nothing.
 * Not thread-safe. */
#ifndef IOMODELS_REGION_H
#define IOMODELS_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/win.h"

struct region {
    unsigned char *base; /* page-aligned */
    size_t stride;       /* bytes from item to item */
    uint32_t limit;      /* items there is address space for */
    uint32_t ready;      /* items there is memory for */
};

/* False with GetLastError() when there is no address space. */
bool region_open(struct region *r, size_t stride, uint32_t limit);

/* Makes items 0 .. count - 1 usable, zeroed at first; count <= limit. False
 * with GetLastError() when there is no memory; what was usable stays so. */
bool region_grow(struct region *r, uint32_t count);

void region_close(struct region *r);

static inline void *region_item(const struct region *r, uint32_t index)
{
    return r->base + r->stride * index;
}

#endif
