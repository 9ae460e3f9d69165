#include "server/region.h"
#include "common/die.h"

/* One commit is a system call and, for a thread, a stall: make them rare. */
enum { REGION_STEP = 256 * 1024, REGION_PAGE = 4096 };

static bool region_reserve(struct region *r, size_t lead)
{
    if (r->limit > (SIZE_MAX - lead) / r->stride) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    r->reserved = VirtualAlloc(NULL, lead + r->stride * r->limit, MEM_RESERVE,
                               PAGE_NOACCESS);
    r->base = r->reserved ? r->reserved + lead : NULL;
    return r->reserved != NULL;
}

bool region_open(struct region *r, size_t stride, uint32_t limit)
{
    *r = (struct region){.stride = stride, .limit = limit};
    return region_reserve(r, 0);
}

bool region_open_guarded(struct region *r, size_t bytes, uint32_t limit)
{
    const size_t pages = (bytes + REGION_PAGE - 1) / REGION_PAGE * REGION_PAGE;
    *r = (struct region){
        .stride = pages + REGION_PAGE, .limit = limit, .guarded = bytes};
    return region_reserve(r, REGION_PAGE + pages - bytes);
}

bool region_shut(struct region *r, uint32_t index, bool shut)
{
    DWORD before;
    return VirtualProtect(region_item(r, index), r->guarded,
                          shut ? PAGE_NOACCESS : PAGE_READWRITE, &before);
}

static bool region_grow_guarded(struct region *r, uint32_t count)
{
    for (; r->ready < count; r->ready++)
        if (!VirtualAlloc(region_item(r, r->ready), r->guarded, MEM_COMMIT,
                          PAGE_READWRITE))
            return false;
    return true;
}

bool region_grow(struct region *r, uint32_t count)
{
    if (count <= r->ready)
        return true;
    if (r->guarded)
        return region_grow_guarded(r, count);
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
    if (r->reserved)
        VirtualFree(r->reserved, 0, MEM_RELEASE);
    *r = (struct region){.base = NULL};
}
