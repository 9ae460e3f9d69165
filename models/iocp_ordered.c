/* Completion port with several receives and sends of a connection under way at
 * once (--outstanding), as a peer that sends much deserves: there is a buffer
 * for its next bytes while the last ones are on their way back. Winsock fills
 * and completes receives in the order in which they were posted, and sends
 * leave in theirs; but several workers take the completions, and the one that
 * took the first may be the last to go on. So each receive has a number, and
 * its bytes are echoed when all lower numbers were.
 * A number is right only if nothing can be posted between taking it and posting
 * its receive: both happen under the connection's lock. So do a turn and its
 * send. Options leave out each of the three, to show what then goes wrong.
 * Ceiling: memory and handles. Compare iocp.c: one operation needs no order.
 *
 * Lifetime: each operation of a connection is pending in the kernel, queued in
 * the port, or in the hands of the worker that took it there. The connection
 * counts its operations and the threads at work on it; who counts the last one
 * off closes it, when nothing is pending. After an error nothing is posted, and
 * what is pending is cancelled. At the end one thread cancels what is pending;
 * then the workers leave, and it takes every completion that is left. */
#include <string.h>
#include "model.h"

enum {
    IOCP_ORDERED_MOST = 16,     /* transfers of a connection */
    IOCP_ORDERED_WAIT_MS = 1000 /* then look whether the server stops */
};

/* server.tuning */
enum { IOCP_ORDERED_NUMBERS, IOCP_ORDERED_POST, IOCP_ORDERED_SEND };

struct iocp_ordered_xfer {
    struct xfer xfer;
    OVERLAPPED io;
};

struct iocp_ordered_conn {
    struct conn conn;
    SRWLOCK lock;  /* all zero, as the memory is at first, it is free; and each
                      connection leaves it free to the next */
    uint32_t uses; /* operations, and threads at work on it */
    uint64_t next; /* number of the next receive */
    uint64_t turn; /* number whose bytes are to be sent next */
    bool fin;      /* the peer's, in its turn */
    struct iocp_ordered_xfer *came[IOCP_ORDERED_MOST]; /* before their turn */
    struct iocp_ordered_xfer xfers[IOCP_ORDERED_MOST];
};

struct iocp_ordered {
    struct io_threads workers;
    struct server *srv;
    HANDLE port;
    volatile LONG open;  /* connections */
    volatile LONG leave; /* for workers */
};

static void iocp_ordered_cancel(struct thread_stats *stats,
                                const struct conn *c)
{
    stats_check(stats, CancelIoEx((HANDLE)c->sock, NULL) ||
                           GetLastError() == ERROR_NOT_FOUND);
}

/* The connection cannot go on; its other operations end soon. */
static void iocp_ordered_fail(struct thread_stats *stats,
                              struct iocp_ordered_conn *o, struct xfer *x,
                              DWORD error)
{
    const bool first = o->conn.want != CONN_CLOSE;
    xfer_fail(stats, &o->conn, x, error);
    if (first && o->uses > 1)
        iocp_ordered_cancel(stats, &o->conn);
}

/* Under the connection's lock, unless an option is to show what happens without
 * it: then others may post between the number, or the turn, and the call. */
static void iocp_ordered_post(struct iocp_ordered *p,
                              struct thread_stats *stats,
                              struct iocp_ordered_conn *o,
                              struct iocp_ordered_xfer *x)
{
    struct conn *c = &o->conn;
    const bool sends = x->xfer.want == CONN_SEND;
    const bool unlock =
        p->srv->tuning[sends ? IOCP_ORDERED_SEND : IOCP_ORDERED_POST];
    DWORD bytes, flags = 0;
    if (c->want == CONN_CLOSE || server_stopping(p->srv)) {
        xfer_fail(stats, c, &x->xfer, WSA_OPERATION_ABORTED);
        return;
    }
    x->io = (OVERLAPPED){0};
    o->uses++;
    if (!sends)
        x->xfer.number = o->next++;
    if (unlock)
        ReleaseSRWLockExclusive(&o->lock);
    int failed =
        sends ? WSASend(c->sock, &x->xfer.io, 1, &bytes, 0, &x->io, NULL)
              : WSARecv(c->sock, &x->xfer.io, 1, &bytes, &flags, &x->io, NULL);
    DWORD error = failed ? (DWORD)WSAGetLastError() : WSA_IO_PENDING;
    if (unlock)
        AcquireSRWLockExclusive(&o->lock);
    if (error != WSA_IO_PENDING) {
        o->uses--;
        iocp_ordered_fail(stats, o, &x->xfer, error);
    } else if (c->want == CONN_CLOSE) { /* meanwhile */
        iocp_ordered_cancel(stats, c);
    }
}

/* Its turn: the echo, or the peer's FIN, behind which no receive is needed. */
static void iocp_ordered_turn(struct iocp_ordered *p,
                              struct thread_stats *stats,
                              struct iocp_ordered_conn *o,
                              struct iocp_ordered_xfer *x)
{
    if (x->xfer.want == CONN_SEND)
        iocp_ordered_post(p, stats, o, x);
    else
        o->fin = true;
}

/* Bytes came: all whose turn it is are echoed. Numbers under way are fewer than
 * transfers, so that no two have the same place. */
static void iocp_ordered_came(struct iocp_ordered *p,
                              struct thread_stats *stats,
                              struct iocp_ordered_conn *o,
                              struct iocp_ordered_xfer *x)
{
    if (p->srv->tuning[IOCP_ORDERED_NUMBERS]) { /* off */
        iocp_ordered_turn(p, stats, o, x);
        return;
    }
    o->came[x->xfer.number % IOCP_ORDERED_MOST] = x;
    while ((x = o->came[o->turn % IOCP_ORDERED_MOST]) != NULL) {
        o->came[o->turn++ % IOCP_ORDERED_MOST] = NULL;
        iocp_ordered_turn(p, stats, o, x);
    }
}

/* Counts this thread off, and closes the connection behind the last. */
static void iocp_ordered_leave(struct iocp_ordered *p,
                               struct thread_stats *stats,
                               struct iocp_ordered_conn *o)
{
    const bool last = --o->uses == 0;
    ReleaseSRWLockExclusive(&o->lock);
    if (!last)
        return;
    /* Received, but no longer sent: the peer is to see that it misses some. */
    for (uint32_t i = 0; i < p->srv->outstanding; i++)
        if (o->xfers[i].xfer.want == CONN_SEND)
            xfer_fail(stats, &o->conn, &o->xfers[i].xfer,
                      WSA_OPERATION_ABORTED);
    conn_close(stats, &o->conn);
    InterlockedDecrement(&p->open);
}

/* An operation has ended, with an error or so many bytes. */
static void iocp_ordered_done(struct iocp_ordered *p,
                              struct thread_stats *stats,
                              struct iocp_ordered_conn *o,
                              struct iocp_ordered_xfer *x, DWORD error,
                              DWORD bytes)
{
    AcquireSRWLockExclusive(&o->lock);
    const bool sent = x->xfer.want == CONN_SEND;
    if (!error)
        xfer_advance(stats, &o->conn, &x->xfer, bytes);
    /* The rest would leave behind later sends. Windows cuts no send of a
     * stream; Wine 8 cuts those that are pending when the peer's FIN comes. */
    if (!error && sent && x->xfer.want == CONN_SEND)
        error = WSAEMSGSIZE;
    if (error)
        iocp_ordered_fail(stats, o, &x->xfer, error);
    else if (!sent)
        iocp_ordered_came(p, stats, o, x);
    else if (!o->fin)
        iocp_ordered_post(p, stats, o, x);
    iocp_ordered_leave(p, stats, o);
}

/* Takes the next finished operation. False: none came in time, or the worker is
 * to leave. */
static bool iocp_ordered_next(struct iocp_ordered *p,
                              struct thread_stats *stats)
{
    DWORD bytes, flags, error = 0;
    ULONG_PTR key;
    OVERLAPPED *io = NULL;
    BOOL ok = GetQueuedCompletionStatus(p->port, &bytes, &key, &io,
                                        IOCP_ORDERED_WAIT_MS);
    if (io == NULL) {
        if (!stats_check(stats, ok || GetLastError() == WAIT_TIMEOUT))
            Sleep(1); /* or the next one may fail as fast */
        return false;
    }
    struct iocp_ordered_conn *o = (struct iocp_ordered_conn *)key;
    if (!ok && /* Winsock's code; the port has the file system's */
        !WSAGetOverlappedResult(o->conn.sock, io, &bytes, FALSE, &flags))
        error = (DWORD)WSAGetLastError();
    iocp_ordered_done(p, stats, o,
                      CONTAINING_RECORD(io, struct iocp_ordered_xfer, io),
                      error, bytes);
    return true;
}

static DWORD WINAPI iocp_ordered_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_ordered *p = (struct iocp_ordered *)t->all;
    while (iocp_ordered_next(p, t->stats) || !p->leave)
        ;
    return 0;
}

static void iocp_ordered_accepted(void *arg, SOCKET sock)
{
    struct iocp_ordered *p = arg;
    struct thread_stats *stats = p->srv->stats;
    struct conn *c = conn_open(stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0)) {
        conn_refuse(stats, c, GetLastError());
        return;
    }
    struct iocp_ordered_conn *o = (struct iocp_ordered_conn *)c;
    InterlockedIncrement(&p->open);
    AcquireSRWLockExclusive(&o->lock);
    o->uses = 1; /* this thread */
    o->next = o->turn = 0;
    o->fin = false;
    memset(o->came, 0, sizeof o->came);
    for (uint32_t i = 0; i < p->srv->outstanding; i++)
        xfer_open(stats, c, &o->xfers[i].xfer, i);
    for (uint32_t i = 0; i < p->srv->outstanding; i++)
        iocp_ordered_post(p, stats, o, &o->xfers[i]);
    iocp_ordered_leave(p, stats, o);
}

/* Of all connections, which workers may be closing meanwhile. */
static void iocp_ordered_cancel_all(struct iocp_ordered *p)
{
    for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
        struct iocp_ordered_conn *o =
            (struct iocp_ordered_conn *)server_conn(p->srv, slot);
        if (o == NULL)
            continue;
        AcquireSRWLockExclusive(&o->lock);
        if (o->uses > 0)
            iocp_ordered_cancel(p->srv->stats, &o->conn);
        ReleaseSRWLockExclusive(&o->lock);
    }
}

static void iocp_ordered_run(struct server *srv)
{
    struct iocp_ordered p = {.workers.srv = srv, .srv = srv};
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (p.port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");
    threads_start(&p.workers, iocp_ordered_work);
    server_ready(srv);
    accept_loop(srv, iocp_ordered_accepted, &p);
    /* Before a worker leaves: Wine drops what a thread that ended has posted,
     * and sends behind it would go out with a gap before them. */
    iocp_ordered_cancel_all(&p);
    InterlockedExchange(&p.leave, 1);
    /* A worker that this does not wake looks once in IOCP_ORDERED_WAIT_MS. */
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    while (p.open > 0) {
        while (p.open > 0 && iocp_ordered_next(&p, srv->stats))
            ;
        iocp_ordered_cancel_all(&p); /* again, where one failed */
    }
    stats_check(srv->stats, CloseHandle(p.port));
}

const struct io_model model_iocp_ordered = {
    .name = "iocp_ordered",
    .summary = "completion port, several receives and sends of a connection "
               "under way, in order by numbers",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_ordered_conn),
    .max_outstanding = IOCP_ORDERED_MOST,
    .options =
        {
            {"numbers", 0, 0, 1,
             "off: bytes are echoed as workers come to them, out of order",
             "on|off"},
            {"post", 0, 0, 1,
             "whether a number and its receive are one step under the "
             "connection's lock; unlocked: out of order",
             "locked|unlocked"},
            {"send", 0, 0, 1,
             "whether a turn and its send are one step under the connection's "
             "lock; unlocked: out of order",
             "locked|unlocked"},
        },
    .run = iocp_ordered_run,
};
