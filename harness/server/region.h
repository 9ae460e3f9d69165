/* An array in address space reserved at once, with memory behind it only as
 * far as it was ever used: items never move, and a large limit costs nothing.
 * Not thread-safe. */
#ifndef IOMODELS_REGION_H
#define IOMODELS_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/win.h"

struct region {
    unsigned char *base; /* of the first item */
    size_t stride;       /* bytes from item to item */
    uint32_t limit;      /* items there is address space for */
    uint32_t ready;      /* items there is memory for */
    unsigned char *reserved;
    size_t guarded; /* bytes of an item that has pages of its own; or 0 */
};

/* False with GetLastError() when there is no address space. The first item
 * begins a page. */
bool region_open(struct region *r, size_t stride, uint32_t limit);

/* For finding mistakes: items of `bytes` on pages of their own that each end
 * where the page ends, with a page without memory ahead of and behind each. */
bool region_open_guarded(struct region *r, size_t bytes, uint32_t limit);

/* Of guarded items: whoever touches one that is shut ends the process with an
 * access violation. It keeps what it holds. False with GetLastError(). */
bool region_shut(struct region *r, uint32_t index, bool shut);

/* Makes items 0 .. count - 1 usable, zeroed at first; count <= limit. False
 * with GetLastError() when there is no memory; what was usable stays so. */
bool region_grow(struct region *r, uint32_t count);

void region_close(struct region *r);

static inline void *region_item(const struct region *r, uint32_t index)
{
    return r->base + r->stride * index;
}

#endif
