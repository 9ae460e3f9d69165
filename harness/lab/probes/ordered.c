/* Order, when several workers serve one connection by one port.
 * D6: completions may be *handled* in another order than they were posted;
 *     numbers on the receives restore it, if the number is taken and the
 * receive posted under one lock. D7: receives posted in order complete in order
 * on the port: one worker sees them so. X13: so it is with sends: two workers
 * may send in another order than they took their numbers, unless both happens
 * under one lock. Documented: WSARecv fills buffers in the order of the calls,
 * and calls by several threads for one socket may go any way. */
#include "probe.h"
#include "common/errors.h"
#include "common/sync.h"
#include <stdlib.h>
#include <string.h>

enum { ORDERED_MESSAGES, ORDERED_RECEIVES, ORDERED_WORKERS };
enum {
    ORDERED_BYTES = 64,
    ORDERED_AT_ONCE = 10, /* messages in one send to the workers */
    ORDERED_MOST = 64     /* workers, receives */
};

struct ordered_receive {
    OVERLAPPED io; /* first: the port gives it back */
    uint32_t number;
    char data[ORDERED_BYTES];
};

/* What one receive brought, by its number. */
struct ordered_piece {
    uint32_t bytes;
    char data[ORDERED_BYTES];
};

struct ordered {
    bool locked;
    uint32_t messages, receives, workers;
    char *stream; /* the messages one after the other */
    SOCKET sock;
    HANDLE port;
    CRITICAL_SECTION lock;
    volatile LONG posted, handled, pending, swapped;
    struct ordered_piece *piece;
    uint32_t pieces; /* room, as there may be more than messages */
};

/* The next number, and what goes with it, under the lock or not. */
static LONG ordered_number(struct ordered *o)
{
    if (o->locked)
        EnterCriticalSection(&o->lock);
    return InterlockedIncrement(&o->posted) - 1;
}

static void ordered_unlock(struct ordered *o)
{
    if (o->locked)
        LeaveCriticalSection(&o->lock);
}

static void ordered_post(struct ordered *o, struct ordered_receive *r)
{
    r->io = (OVERLAPPED){0};
    r->number = (uint32_t)ordered_number(o);
    const uint32_t code = receive_post(o->sock, r->data, ORDERED_BYTES, &r->io);
    ordered_unlock(o);
    if ((code && code != WSA_IO_PENDING) || r->number >= o->pieces)
        probe_fail("WSARecv", code);
}

static void ordered_work(void *arg)
{
    struct ordered *o = arg;
    for (;;) {
        const struct port_done done = port_take(o->port, PROBE_WAIT_MS);
        if (!done.io)
            probe_fail("GetQueuedCompletionStatus", done.error);
        if (done.key) /* leave */
            return;
        const LONG turn = InterlockedIncrement(&o->handled) - 1;
        struct ordered_receive *r = (struct ordered_receive *)(void *)done.io;
        struct ordered_piece *piece = &o->piece[r->number];
        if (done.bytes > 0 && r->number != (uint32_t)turn)
            InterlockedIncrement(&o->swapped);
        piece->bytes = done.bytes;
        memcpy(piece->data, r->data, done.bytes);
        if (done.bytes > 0)
            ordered_post(o, r);
        else if (InterlockedDecrement(&o->pending) == 0)
            for (uint32_t i = 0; i < o->workers; i++)
                must(PostQueuedCompletionStatus(o->port, 0, 1, &r->io),
                     "PostQueuedCompletionStatus");
    }
}

static void ordered_start(struct ordered *o, void (*work)(void *),
                          struct sync_thread **thread)
{
    o->posted = o->handled = o->swapped = 0;
    for (uint32_t i = 0; i < o->workers; i++) {
        thread[i] = sync_thread_start(work, o);
        must(thread[i] != NULL, "CreateThread");
    }
}

/* How many receives are wrong by their numbers; *swapped: how many were handled
 * out of turn. */
static uint32_t ordered_receive(struct ordered *o, uint32_t *swapped)
{
    struct sync_thread *thread[ORDERED_MOST] = {NULL};
    struct ordered_receive *receive =
        calloc_or_die(o->receives, sizeof *receive);
    SOCKET end[2];
    uint32_t wrong = 0, offset = 0;
    tcp_pair(end);
    o->sock = end[1];
    o->port = port_make();
    port_add(o->port, o->sock, 0);
    memset(o->piece, 0, o->pieces * sizeof *o->piece);
    o->pending = (LONG)o->receives;
    ordered_start(o, ordered_work, thread);
    for (uint32_t i = 0; i < o->receives; i++)
        ordered_post(o, &receive[i]);
    for (uint32_t i = 0; i < o->messages; i += ORDERED_AT_ONCE)
        tcp_send(end[0], o->stream + (size_t)i * ORDERED_BYTES,
                 (size_t)ORDERED_BYTES * ORDERED_AT_ONCE);
    must(!shutdown(end[0], SD_SEND), "shutdown");
    for (uint32_t i = 0; i < o->workers; i++)
        sync_thread_join(thread[i]);
    for (uint32_t i = 0; i < o->pieces; i++) {
        const struct ordered_piece *p = &o->piece[i];
        wrong += memcmp(p->data, o->stream + offset, p->bytes) != 0;
        offset += p->bytes;
    }
    *swapped = (uint32_t)o->swapped;
    return wrong;
}

static void ordered_send_work(void *arg)
{
    struct ordered *o = arg;
    for (;;) {
        const uint32_t number = (uint32_t)ordered_number(o);
        if (number < o->messages)
            must(send(o->sock, o->stream + (size_t)number * ORDERED_BYTES,
                      ORDERED_BYTES, 0) == ORDERED_BYTES,
                 "send");
        ordered_unlock(o);
        if (number >= o->messages)
            return;
    }
}

/* How many messages arrive at another place than that of their number. */
static uint32_t ordered_send(struct ordered *o)
{
    struct sync_thread *thread[ORDERED_MOST] = {NULL};
    const size_t bytes = (size_t)o->messages * ORDERED_BYTES;
    char *data = calloc_or_die(1, bytes);
    SOCKET end[2];
    uint32_t wrong = 0;
    tcp_pair(end);
    o->sock = end[0];
    ordered_start(o, ordered_send_work, thread);
    tcp_receive(end[1], data, bytes);
    for (size_t at = 0; at < bytes; at += ORDERED_BYTES)
        wrong += memcmp(data + at, o->stream + at, ORDERED_BYTES) != 0;
    free(data);
    for (uint32_t i = 0; i < o->workers; i++)
        sync_thread_join(thread[i]);
    return wrong;
}

static void ordered_run(cJSON *out, const uint64_t *option)
{
    const uint32_t workers = (uint32_t)option[ORDERED_WORKERS];
    const uint32_t asked = (uint32_t)option[ORDERED_MESSAGES];
    struct ordered o = {.messages = asked - asked % ORDERED_AT_ONCE,
                        .receives = (uint32_t)option[ORDERED_RECEIVES]};
    uint32_t swapped = 0;
    InitializeCriticalSection(&o.lock);
    o.stream = calloc_or_die(o.messages, ORDERED_BYTES);
    for (uint32_t i = 0; i < o.messages; i++)
        memcpy(o.stream + (size_t)i * ORDERED_BYTES, &i, sizeof i);
    o.pieces = 2 * o.messages + o.receives;
    o.piece = calloc_or_die(o.pieces, sizeof *o.piece);
    add_number(out, "messages", o.messages);
    add_number(out, "receives", o.receives);
    add_number(out, "workers", workers);
    o.locked = true;
    o.workers = 1;
    add_number(out, "one_worker_wrong", ordered_receive(&o, &swapped));
    add_number(out, "one_worker_out_of_order", swapped);
    o.workers = workers;
    add_number(out, "locked_wrong", ordered_receive(&o, &swapped));
    add_number(out, "locked_handled_out_of_order", swapped);
    add_number(out, "locked_sends_wrong", ordered_send(&o));
    o.locked = false;
    add_number(out, "unlocked_wrong", ordered_receive(&o, &swapped));
    add_number(out, "unlocked_handled_out_of_order", swapped);
    add_number(out, "unlocked_sends_wrong", ordered_send(&o));
}

const struct probe probe_ordered = {
    .name = "ordered",
    .claims = "D6, D7, X13",
    .summary = "order of receives and sends by several workers",
    .options = {{"--messages", 2000, 100, 50000, "messages a run [2000]"},
                {"--receives", 8, 1, ORDERED_MOST, "pending receives [8]"},
                {"--workers", 4, 1, ORDERED_MOST, "threads [4]"}},
    .run = ordered_run,
};
