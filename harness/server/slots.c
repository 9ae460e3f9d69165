/* Slots for connections, in address space reserved at once. */
#include "server/host.h"

enum {
    SLOTS_LINE = 64,
    SLOTS_PAGE = 4096,
    SLOTS_ALIGN = 16,       /* what malloc would give */
    SLOTS_STEP = 256 * 1024 /* a commit stalls a thread: make them rare */
};

static size_t slots_round(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static bool region_open(struct region *r, size_t stride, size_t guarded,
                        uint32_t limit)
{
    /* A guarded item ends with its last page but one. */
    const size_t lead = guarded ? stride - guarded : 0;
    *r = (struct region){.stride = stride, .limit = limit, .guarded = guarded};
    if (limit > (SIZE_MAX - lead) / stride) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    r->reserved =
        VirtualAlloc(NULL, lead + stride * limit, MEM_RESERVE, PAGE_NOACCESS);
    r->base = r->reserved ? r->reserved + lead : NULL;
    return r->reserved != NULL;
}

static bool region_shut(struct region *r, uint32_t index, bool shut)
{
    DWORD before;
    return VirtualProtect(region_item(r, index), r->guarded,
                          shut ? PAGE_NOACCESS : PAGE_READWRITE, &before);
}

/* Gets memory for an item, if it is the next, and for many behind it. False
 * with GetLastError(). */
static bool region_has(struct region *r, uint32_t index)
{
    if (index < r->ready)
        return true;
    size_t more = r->guarded ? 1 : SLOTS_STEP / r->stride;
    if (more == 0)
        more = 1;
    if (more > r->limit - r->ready)
        more = r->limit - r->ready;
    /* A page shared with what is ready already keeps its contents. */
    if (!VirtualAlloc(region_item(r, r->ready),
                      r->guarded ? r->guarded : r->stride * more, MEM_COMMIT,
                      PAGE_READWRITE))
        return false;
    r->ready += (uint32_t)more;
    return true;
}

static void region_close(struct region *r)
{
    if (r->reserved)
        VirtualFree(r->reserved, 0, MEM_RELEASE);
    *r = (struct region){.base = NULL};
}

/* So that a small buffer never straddles a page. */
static size_t slots_buffer_stride(size_t size)
{
    if (size > SLOTS_PAGE)
        return slots_round(size, SLOTS_PAGE);
    size_t stride = SLOTS_LINE;
    while (stride < size)
        stride *= 2;
    return stride;
}

bool slots_open(struct slots *s, size_t conn_size, uint32_t buffer_size,
                uint32_t buffers, uint32_t limit, bool guard)
{
    const size_t buffer_bytes = (size_t)buffer_size * buffers;
    /* Guarded: pages of its own, and one without memory. */
    const size_t conn_guarded = guard ? slots_round(conn_size, SLOTS_ALIGN) : 0;
    const size_t conn_stride =
        guard ? slots_round(conn_guarded, SLOTS_PAGE) + SLOTS_PAGE
              : slots_round(conn_size, SLOTS_LINE);
    const size_t buffer_stride =
        guard ? slots_round(buffer_bytes, SLOTS_PAGE) + SLOTS_PAGE
              : slots_buffer_stride(buffer_bytes);
    *s = (struct slots){.buffer_size = buffer_size, .guard = guard};
    InitializeSRWLock(&s->lock);
    if (region_open(&s->conns, conn_stride, conn_guarded, limit) &&
        region_open(&s->buffers, buffer_stride, guard ? buffer_bytes : 0,
                    limit) &&
        region_open(&s->free, sizeof(uint32_t), 0, limit))
        return true;
    DWORD error = GetLastError();
    slots_close(s);
    SetLastError(error);
    return false;
}

void slots_close(struct slots *s)
{
    region_close(&s->conns);
    region_close(&s->buffers);
    region_close(&s->free);
}

/* Under the lock. Memory for giving a slot back is taken here, where the
 * connection can still be refused. */
static bool slots_next(struct slots *s, uint32_t *slot, DWORD *why)
{
    if (s->free_count > 0) {
        *slot = *(uint32_t *)region_item(&s->free, --s->free_count);
        return true;
    }
    if (s->used == s->conns.limit) {
        *why = REFUSED_LIMIT;
        return false;
    }
    *slot = s->used;
    if (!region_has(&s->conns, *slot) || !region_has(&s->buffers, *slot) ||
        !region_has(&s->free, *slot)) {
        *why = GetLastError();
        return false;
    }
    ((struct conn *)region_item(&s->conns, *slot))->sock = INVALID_SOCKET;
    s->used++;
    return true;
}

struct conn *slot_take(struct slots *s, DWORD *why)
{
    uint32_t slot = 0;
    AcquireSRWLockExclusive(&s->lock);
    bool taken = slots_next(s, &slot, why);
    ReleaseSRWLockExclusive(&s->lock);
    if (!taken)
        return NULL;
    struct conn *c = region_item(&s->conns, slot);
    c->slot = slot;
    if (s->guard && !region_shut(&s->buffers, slot, false)) {
        *why = GetLastError();
        slot_give(s, c);
        return NULL;
    }
    c->want = CONN_RECV;
    c->blocked = false;
    c->io.buf = slot_buffer(s, slot);
    c->io.len = s->buffer_size;
    return c;
}

void slot_give(struct slots *s, struct conn *c)
{
    c->sock = INVALID_SOCKET;
    if (s->guard)
        region_shut(&s->buffers, c->slot, true); /* or else stays open */
    AcquireSRWLockExclusive(&s->lock);
    *(uint32_t *)region_item(&s->free, s->free_count++) = c->slot;
    ReleaseSRWLockExclusive(&s->lock);
}

struct conn *slot_conn(const struct slots *s, uint32_t slot)
{
    struct conn *c = region_item(&s->conns, slot);
    return c->sock == INVALID_SOCKET ? NULL : c;
}
