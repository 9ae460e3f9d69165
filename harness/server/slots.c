#include "server/slots.h"
#include "server/tally.h"

enum {
    SLOTS_LINE = 64,
    SLOTS_PAGE = 4096,
    SLOTS_ALIGN = 16 /* what malloc would give */
};

static size_t slots_round(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static size_t slots_buffer_stride(uint32_t size)
{
    if (size > SLOTS_PAGE)
        return slots_round(size, SLOTS_PAGE);
    size_t stride = SLOTS_LINE;
    while (stride < size)
        stride *= 2;
    return stride;
}

static bool slots_open_items(struct slots *s, size_t conn_size, uint32_t limit)
{
    if (s->guard)
        return region_open_guarded(
                   &s->conns, slots_round(conn_size, SLOTS_ALIGN), limit) &&
               region_open_guarded(&s->buffers, s->buffer_size, limit);
    return region_open(&s->conns, slots_round(conn_size, SLOTS_LINE), limit) &&
           region_open(&s->buffers, slots_buffer_stride(s->buffer_size), limit);
}

bool slots_open(struct slots *s, size_t conn_size, uint32_t buffer_size,
                uint32_t limit, bool guard)
{
    *s = (struct slots){.buffer_size = buffer_size, .guard = guard};
    InitializeSRWLock(&s->lock);
    if (slots_open_items(s, conn_size, limit) &&
        region_open(&s->free, sizeof(uint32_t), limit))
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

/* Under the lock. Memory for giving a slot back is made sure of here, where
 * there is still somebody to refuse. */
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
    uint32_t count = s->used + 1;
    if (!region_grow(&s->conns, count) || !region_grow(&s->buffers, count) ||
        !region_grow(&s->free, count)) {
        *why = GetLastError();
        return false;
    }
    *slot = s->used;
    ((struct conn *)region_item(&s->conns, *slot))->sock = INVALID_SOCKET;
    s->used = count;
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
