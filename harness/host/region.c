#include "host/region.h"

/* One commit is a system call and, for a thread, a stall: make them rare. */
enum { REGION_STEP = 256 * 1024 };

bool region_open(struct region *r, size_t stride, uint32_t limit)
{
    *r = (struct region){.stride = stride, .limit = limit};
    if (limit > SIZE_MAX / stride) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    r->base = VirtualAlloc(NULL, stride * limit, MEM_RESERVE, PAGE_NOACCESS);
    return r->base != NULL;
}

bool region_grow(struct region *r, uint32_t count)
{
    if (count <= r->ready)
        return true;
    size_t step = REGION_STEP / r->stride;
    uint32_t more = count - r->ready;
    if (more < step)
        more = (uint32_t)step;
    if (more > r->limit - r->ready)
        more = r->limit - r->ready;
    /* A page shared with what is ready already keeps its contents. */
    if (!VirtualAlloc(region_item(r, r->ready), r->stride * more, MEM_COMMIT,
                      PAGE_READWRITE))
        return false;
    r->ready += more;
    return true;
}

void region_close(struct region *r)
{
    if (r->base)
        VirtualFree(r->base, 0, MEM_RELEASE);
    *r = (struct region){.base = NULL};
}
