/* Holds what a model does with the transfers of its connections against the
 * sentences of its lifetime argument. */
#define WITNESS_ITSELF
#include "witness_xfers.h"
#include "witness_rules.h"

enum { XFERS_CONNS = 64, XFERS_EACH = 64 };

struct xfers_op {
    const struct xfer *xfer; /* NULL: never opened */
    bool pending;
    const OVERLAPPED *io; /* NULL: the kernel has nothing */
};

/* By slot. */
static struct xfers_conn {
    SOCKET sock;
    bool open, failed, owes_cancel;
    struct xfers_op ops[XFERS_EACH];
} xfers[XFERS_CONNS];

static struct xfers_conn *xfers_of(const struct conn *c)
{
    if (c->slot >= XFERS_CONNS)
        die("xfers_of: give --max-connections 64 at most");
    return &xfers[c->slot];
}

static struct xfers_conn *xfers_find(const struct xfer *x)
{
    for (int i = 0; i < XFERS_CONNS; i++)
        if (xfers[i].ops[x->index].xfer == x)
            return &xfers[i];
    die("xfers_find: a transfer that was not opened");
}

static void xfers_posts(struct xfers_conn *w, struct xfers_op *op,
                        const OVERLAPPED *io)
{
    witness_hold(RULE_ONE, w->open && !op->pending);
    witness_hold(RULE_AFTER_ERROR, !w->failed);
    op->pending = true;
    op->io = io;
}

static void xfers_takes(struct xfers_op *op)
{
    witness_hold(RULE_ONCE, op->pending);
    witness_hold(RULE_DONE, !op->io || HasOverlappedIoCompleted(op->io));
    op->pending = false;
}

static bool xfers_pending(const struct xfers_conn *w)
{
    for (int i = 0; i < XFERS_EACH; i++)
        if (w->ops[i].pending ||
            (w->ops[i].io && !HasOverlappedIoCompleted(w->ops[i].io)))
            return true;
    return false;
}

static void xfers_closes(struct xfers_conn *w)
{
    witness_hold(RULE_CLOSE, w->open && !xfers_pending(w));
    witness_hold(RULE_CANCELLED, !w->owes_cancel);
    w->open = false;
}

bool witness_xfers_left(void)
{
    bool left = false;
    for (int i = 0; i < XFERS_CONNS; i++)
        left |= xfers[i].open || xfers_pending(&xfers[i]);
    return left;
}

/* One event that must not be. */
static void xfers_break(enum rule rule, struct xfers_conn *w,
                        struct xfers_op *op)
{
    static const OVERLAPPED pending = {.Internal = 0x103}; /* STATUS_PENDING */
    switch (rule) {
    case RULE_ONE:
        xfers_posts(w, op, op->io);
        break;
    case RULE_ONCE:
        op->pending = false;
        xfers_takes(op);
        break;
    case RULE_DONE:
        op->io = &pending;
        xfers_takes(op);
        break;
    case RULE_CLOSE:
        xfers_closes(w);
        break;
    case RULE_AFTER_ERROR:
        op->pending = false;
        w->failed = true;
        xfers_posts(w, op, op->io);
        break;
    case RULE_CANCELLED:
        for (int i = 0; i < XFERS_EACH; i++)
            w->ops[i].io = NULL, w->ops[i].pending = false;
        w->owes_cancel = true;
        xfers_closes(w);
        break;
    case RULE_TAKEN:
        witness_hold(RULE_TAKEN, !witness_xfers_left());
        break;
    default:
        break;
    }
}

/* --- what the model calls instead --------------------------------------- */

static struct xfers_op *xfers_begins(const WSABUF *buffers,
                                     const OVERLAPPED *io)
{
    const struct xfer *x = CONTAINING_RECORD(buffers, struct xfer, io);
    witness_enter();
    struct xfers_conn *w = xfers_find(x);
    struct xfers_op *op = &w->ops[x->index];
    xfers_posts(w, op, io);
    xfers_break(witness_breaks(), w, op);
    witness_leave();
    return op;
}

/* A finished operation may be with another thread by now; one that failed at
 * once is with this one. */
static int xfers_begun(struct xfers_op *op, int failed)
{
    int error = WSAGetLastError();
    if (failed && error != WSA_IO_PENDING)
        op->io = NULL;
    WSASetLastError(error);
    return failed;
}

int xfers_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
               DWORD *flags, WSAOVERLAPPED *io,
               LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct xfers_op *op = xfers_begins(buffers, io);
    return xfers_begun(op, WSARecv(s, buffers, count, bytes, flags, io, done));
}

int xfers_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
               DWORD flags, WSAOVERLAPPED *io,
               LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct xfers_op *op = xfers_begins(buffers, io);
    return xfers_begun(op, WSASend(s, buffers, count, bytes, flags, io, done));
}

BOOL xfers_cancel(HANDLE sock, OVERLAPPED *io)
{
    witness_enter();
    for (int i = 0; i < XFERS_CONNS; i++)
        if (xfers[i].open && xfers[i].sock == (SOCKET)sock)
            xfers[i].owes_cancel = false;
    witness_leave();
    return CancelIoEx(sock, io);
}

void xfers_open(struct thread_stats *stats, const struct conn *c,
                struct xfer *x, uint32_t index)
{
    witness_enter();
    struct xfers_conn *w = xfers_of(c);
    if (!w->open)
        *w = (struct xfers_conn){.open = true, .sock = c->sock};
    w->ops[index].xfer = x;
    witness_leave();
    xfer_open(stats, c, x, index);
}

enum conn_want xfers_advance(struct thread_stats *stats, const struct conn *c,
                             struct xfer *x, DWORD bytes)
{
    witness_enter();
    xfers_takes(&xfers_of(c)->ops[x->index]);
    witness_leave();
    return xfer_advance(stats, c, x, bytes);
}

/* One that fails without an operation was not posted: the server stops, or an
 * other has failed. */
enum conn_want xfers_fail(struct thread_stats *stats, struct conn *c,
                          struct xfer *x, DWORD error)
{
    witness_enter();
    struct xfers_conn *w = xfers_of(c);
    if (w->ops[x->index].pending) {
        xfers_takes(&w->ops[x->index]);
        w->owes_cancel |= !w->failed && xfers_pending(w);
    }
    w->failed = true;
    witness_leave();
    return xfer_fail(stats, c, x, error);
}

void xfers_close(struct thread_stats *stats, struct conn *c)
{
    witness_enter();
    xfers_closes(xfers_of(c));
    witness_leave();
    conn_close(stats, c);
}
