/* Slots for connections, and their buffers. */
#include "server/host.h"
#include <stdlib.h>

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

/* The first item begins `from` bytes behind the begin of a page. */
static bool region_open(struct region *r, size_t from, size_t stride,
                        size_t guarded, uint32_t limit)
{
    /* A guarded item ends with its last page but one. */
    const size_t lead = guarded ? stride - guarded : from;
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
                uint32_t buffers, uint32_t offset, uint32_t limit,
                enum pool pool, bool guard)
{
    const size_t buffer_bytes = (size_t)buffer_size * buffers;
    /* Guarded: pages of its own, and one without memory. */
    const size_t conn_guarded = guard ? slots_round(conn_size, SLOTS_ALIGN) : 0;
    const size_t conn_stride =
        guard ? slots_round(conn_guarded, SLOTS_PAGE) + SLOTS_PAGE
              : slots_round(conn_size, SLOTS_LINE);
    const bool own_pages = !guard && offset != HOST_AS_IS;
    const size_t from = own_pages ? offset : 0;
    const size_t buffer_stride =
        guard       ? slots_round(buffer_bytes, SLOTS_PAGE) + SLOTS_PAGE
        : own_pages ? slots_round(from + buffer_bytes, SLOTS_PAGE)
                    : slots_buffer_stride(buffer_bytes);
    *s = (struct slots){
        .buffer_size = buffer_size, .guard = guard, .pool = pool};
    InitializeSRWLock(&s->conn_list.lock);
    InitializeSRWLock(&s->buffer_list.lock);
    if (region_open(&s->conns, 0, conn_stride, conn_guarded, limit) &&
        region_open(&s->conn_list.free, 0, sizeof(uint32_t), 0, limit) &&
        (pool == POOL_HEAP || region_open(&s->buffers, from, buffer_stride,
                                          guard ? buffer_bytes : 0, limit)) &&
        (pool != POOL_LOOKASIDE ||
         region_open(&s->buffer_list.free, 0, sizeof(uint32_t), 0, limit)) &&
        (pool == POOL_NONE ||
         region_open(&s->lent, 0, sizeof(char *), 0, limit)))
        return true;
    DWORD error = GetLastError();
    slots_close(s);
    SetLastError(error);
    return false;
}

void slots_close(struct slots *s)
{
    region_close(&s->conns);
    region_close(&s->conn_list.free);
    region_close(&s->buffers);
    region_close(&s->buffer_list.free);
    region_close(&s->lent);
}

/* Takes an item of a region, and gets memory for it and for what is `beside`
 * it by the same number (or NULL). Memory for giving it back is taken here,
 * where the connection can still be refused. */
static bool lookaside_take(struct lookaside *l, struct region *items,
                           struct region *beside, uint32_t *index, DWORD *why)
{
    bool taken = true;
    AcquireSRWLockExclusive(&l->lock);
    if (l->free_count > 0) {
        *index = *(uint32_t *)region_item(&l->free, --l->free_count);
    } else if (l->used == items->limit) {
        *why = REFUSED_LIMIT;
        taken = false;
    } else if (!region_has(items, l->used) || !region_has(&l->free, l->used) ||
               (beside && !region_has(beside, l->used))) {
        *why = GetLastError();
        taken = false;
    } else {
        *index = l->used++;
    }
    ReleaseSRWLockExclusive(&l->lock);
    return taken;
}

static void lookaside_give(struct lookaside *l, uint32_t index)
{
    AcquireSRWLockExclusive(&l->lock);
    *(uint32_t *)region_item(&l->free, l->free_count++) = index;
    ReleaseSRWLockExclusive(&l->lock);
}

struct conn *slot_take(struct slots *s, DWORD *why)
{
    uint32_t slot = 0;
    if (!lookaside_take(&s->conn_list, &s->conns,
                        s->pool ? &s->lent : &s->buffers, &slot, why))
        return NULL;
    struct conn *c = region_item(&s->conns, slot);
    c->sock = INVALID_SOCKET;
    c->slot = slot;
    c->want = CONN_RECV;
    c->blocked = false;
    c->io = (WSABUF){0};
    if (s->pool)
        return c;
    if (s->guard && !region_shut(&s->buffers, slot, false)) {
        *why = GetLastError();
        slot_give(s, c);
        return NULL;
    }
    c->io.buf = slot_buffer(s, slot);
    c->io.len = s->buffer_size;
    return c;
}

void slot_give(struct slots *s, struct conn *c)
{
    c->sock = INVALID_SOCKET;
    if (s->guard && !s->pool)
        region_shut(&s->buffers, c->slot, true); /* or else stays open */
    lookaside_give(&s->conn_list, c->slot);
}

/* --- buffers that are lent ----------------------------------------------- */

bool slot_borrow(struct slots *s, struct conn *c, DWORD *why)
{
    char *buffer = NULL;
    uint32_t index;
    if (s->pool == POOL_HEAP) {
        buffer = malloc(s->buffer_size);
        *why = ERROR_NOT_ENOUGH_MEMORY;
    } else if (lookaside_take(&s->buffer_list, &s->buffers, NULL, &index,
                              why)) {
        buffer = region_item(&s->buffers, index);
        if (s->guard && !region_shut(&s->buffers, index, false)) {
            *why = GetLastError();
            lookaside_give(&s->buffer_list, index);
            buffer = NULL;
        }
    }
    *(char **)region_item(&s->lent, c->slot) = buffer;
    c->io.buf = buffer;
    c->io.len = buffer ? s->buffer_size : 0;
    return buffer != NULL;
}

bool slot_repay(struct slots *s, struct conn *c)
{
    char **lent = region_item(&s->lent, c->slot), *buffer = *lent;
    if (buffer == NULL)
        return false;
    *lent = NULL;
    c->io = (WSABUF){0};
    if (s->pool == POOL_HEAP) {
        free(buffer);
        return true;
    }
    const size_t at = (size_t)((unsigned char *)buffer - s->buffers.base);
    const uint32_t index = (uint32_t)(at / s->buffers.stride);
    if (s->guard)
        region_shut(&s->buffers, index, true);
    lookaside_give(&s->buffer_list, index);
    return true;
}

struct conn *slot_conn(const struct slots *s, uint32_t slot)
{
    struct conn *c = region_item(&s->conns, slot);
    return c->sock == INVALID_SOCKET ? NULL : c;
}
