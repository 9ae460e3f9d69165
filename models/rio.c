/* Registered I/O (Windows 8): memory is registered once, which locks its pages,
 * and each connection has a request queue, each thread a completion queue that
 * both it and the kernel see: to take what has finished is to look there. Only
 * a thread that finds nothing asks for a notification (RIONotify), which comes
 * through its completion port. The thread that called run() sleeps in accept()
 * and gives each connection to the thread with the fewest.
 * Never run on Windows by its authors: written by the documentation, and tested
 * against a stand-in for the functions (tests/faults/rio.c).
 * Ceiling: locked memory, not threads.
 * Compare iocp.c: there a completion is handed over by the kernel with each
 * call, here it is read from memory, and the port says only that there is one.
 *
 * Sizes: a request queue has room for one receive and one send, although one of
 * them is outstanding at a time, and both are charged to the completion queue
 * until the socket is closed. So that has two entries for each connection that
 * its thread may have: as many as there may be for each thread, since one goes
 * to the thread with the fewest, and a few that leave just then.
 *
 * Lifetime: an open connection belongs to one thread, as its queues do, which
 * have no lock of their own: that thread alone makes requests and takes what
 * has finished. A connection has one request outstanding, or is in the hand of
 * its thread; it is closed only in hand. A request owns its buffer and its
 * RIO_BUF until its result was taken, also after the socket's close, which is
 * what cancels it (WSA_OPERATION_ABORTED): so at the end each thread closes its
 * sockets and takes every result before it gives the connections back. It does
 * not wait for ever: what has not come in RIO_END_MS is counted, and its buffer
 * stays registered. A buffer is registered when its slot is first used, so that
 * locked memory follows the connections (one registration for all is smaller,
 * but locks all), and deregistered after all threads have ended: no request is
 * outstanding then. A completion queue is closed before the port and the
 * OVERLAPPED that it notifies by. */
#include <stdio.h>
#include "common/rio.h"
#include "model.h"

enum {
    RIO_RESULTS = 64,   /* taken at a time */
    RIO_WAIT_MS = 1000, /* then look at what may have been missed */
    RIO_POLL_MS = 10,   /* the same where no notification will come */
    RIO_END_MS = 5000   /* from the close of sockets to their last result */
};

static RIO_EXTENSION_FUNCTION_TABLE rio; /* rio_missing() has looked it up */

struct rio_conn {
    struct conn conn;
    RIO_RQ queue;
    RIO_BUF data;           /* of the request */
    char *buffer;           /* where what is registered begins; or NULL */
    bool cut;               /* its socket is closed already */
    struct rio_conn *next;  /* of the same thread */
    struct rio_conn **here; /* what points to this one */
    SLIST_ENTRY registered;
};

struct rio {
    struct worker_pool pool;
    SLIST_HEADER registered; /* struct rio_conn whose buffer is, open or not */
};

struct rio_thread {
    struct pool_worker worker;
    HANDLE port;
    RIO_CQ queue;
    OVERLAPPED notified; /* tells its notification from a wake-up */
    bool armed;          /* a notification will come */
    volatile LONG woken; /* a wake-up is in the port: a thread that always finds
                            results takes none, and more would pile up there */
    struct rio_conn *first;
};

static void rio_forget(struct rio_thread *t, struct rio_conn *r)
{
    *r->here = r->next;
    if (r->next)
        r->next->here = r->here;
    if (r->cut)
        conn_detach(t->worker.stats, &r->conn);
    else
        conn_close(t->worker.stats, &r->conn);
    worker_pool_gone(&t->worker);
}

/* Makes the request that a connection in hand wants. True: its result will be
 * in the queue. */
static bool rio_request(struct rio_thread *t, struct rio_conn *r)
{
    struct conn *c = &r->conn;
    r->data.Offset = (ULONG)(c->io.buf - r->buffer);
    r->data.Length = c->io.len;
    BOOL ok = c->want == CONN_RECV ? rio.RIOReceive(r->queue, &r->data, 1, 0, r)
                                   : rio.RIOSend(r->queue, &r->data, 1, 0, r);
    const DWORD error = ok ? 0 : (DWORD)WSAGetLastError();
    if (ok || error == WSA_IO_PENDING) /* which RIOSend's page lists */
        return true;
    conn_fail(t->worker.stats, c, error);
    return false;
}

/* Goes on with a connection in hand until a request is outstanding. */
static void rio_serve(struct rio_thread *t, struct rio_conn *r)
{
    bool out = false;
    while (r->conn.want != CONN_CLOSE && !out)
        out = rio_request(t, r);
    if (!out)
        rio_forget(t, r);
}

/* Takes results, and goes on with their connections: first all closes and
 * sends, then all receives, as iocp.c does. False: there were none. */
static bool rio_take(struct rio_thread *t)
{
    struct thread_stats *stats = t->worker.stats;
    const bool leave = t->worker.leave; /* read once: others set it */
    RIORESULT results[RIO_RESULTS];
    struct rio_conn *hand[RIO_RESULTS];
    ULONG count = rio.RIODequeueCompletion(t->queue, results, RIO_RESULTS);
    if (count == RIO_CORRUPT_CQ) { /* RIOReceive has this code for it */
        stats_error(stats, WSAEINVAL);
        return false;
    }
    for (ULONG n = 0; n < count; n++) {
        const RIORESULT *result = &results[n];
        struct rio_conn *r =
            (struct rio_conn *)(ULONG_PTR)result->RequestContext;
        hand[n] = leave ? NULL : r;
        if (leave)
            rio_forget(t, r);
        else if (result->Status)
            conn_fail(stats, &r->conn, (DWORD)result->Status);
        else
            conn_advance(stats, &r->conn, result->BytesTransferred);
    }
    for (int want = CONN_CLOSE; want >= CONN_RECV; want--)
        for (ULONG n = 0; n < count; n++)
            if (hand[n] && hand[n]->conn.want == want) {
                rio_serve(t, hand[n]);
                hand[n] = NULL;
            }
    return count > 0;
}

/* Sleeps until there are results, or until it is woken. A notification comes at
 * once where the queue has results already, so none is missed between a look
 * at the queue and this. One is outstanding at a time. */
static void rio_wait(struct rio_thread *t)
{
    struct thread_stats *stats = t->worker.stats;
    OVERLAPPED *io = NULL;
    ULONG_PTR key;
    DWORD bytes;
    if (!t->armed) {
        const INT error = rio.RIONotify(t->queue);
        if (error)
            stats_error(stats, (DWORD)error);
        t->armed = !error;
    }
    BOOL ok = GetQueuedCompletionStatus(t->port, &bytes, &key, &io,
                                        t->armed ? RIO_WAIT_MS : RIO_POLL_MS);
    if (io == &t->notified) {
        t->armed = false;
        return;
    }
    InterlockedExchange(&t->woken, 0); /* before it looks at what came */
    if (!stats_check(stats, ok || GetLastError() == WAIT_TIMEOUT))
        Sleep(1); /* or the next one may fail as fast */
}

static void rio_refuse(struct rio_thread *t, struct rio_conn *r)
{
    conn_refuse(t->worker.stats, &r->conn, (DWORD)WSAGetLastError());
    worker_pool_gone(&t->worker);
}

/* A slot keeps its buffer, and so what it is registered as. */
static bool rio_register(struct rio_thread *t, struct rio_conn *r)
{
    struct rio *all = CONTAINING_RECORD(t->worker.pool, struct rio, pool);
    if (r->buffer)
        return true;
    r->data.BufferId =
        rio.RIORegisterBuffer(r->conn.io.buf, all->pool.srv->buffer_size);
    if (r->data.BufferId == RIO_INVALID_BUFFERID)
        return false;
    r->buffer = r->conn.io.buf;
    InterlockedPushEntrySList(&all->registered, &r->registered);
    return true;
}

static void rio_adopt(struct rio_thread *t, struct rio_conn *r)
{
    if (!rio_register(t, r)) {
        rio_refuse(t, r);
        return;
    }
    r->queue = rio.RIOCreateRequestQueue(r->conn.sock, 1, 1, 1, 1, t->queue,
                                         t->queue, NULL);
    if (r->queue == RIO_INVALID_RQ) {
        rio_refuse(t, r);
        return;
    }
    r->cut = false;
    r->next = t->first;
    r->here = &t->first;
    if (r->next)
        r->next->here = &r->next;
    t->first = r;
    rio_serve(t, r);
}

/* A close that failed is made again. */
static void rio_close_all(struct rio_thread *t)
{
    struct thread_stats *stats = t->worker.stats;
    const ULONGLONG end = GetTickCount64() + RIO_END_MS;
    while (t->first && GetTickCount64() < end) {
        for (struct rio_conn *r = t->first; r; r = r->next)
            r->cut = r->cut || conn_cut(stats, &r->conn);
        if (!rio_take(t))
            rio_wait(t);
    }
    while (t->first) {
        stats_error(stats, WAIT_TIMEOUT);
        t->first->data.BufferId = RIO_INVALID_BUFFERID;
        t->first->cut = true;
        rio_forget(t, t->first);
    }
}

static DWORD WINAPI rio_work(void *arg)
{
    struct rio_thread *t = arg;
    struct conn *c;
    while (!t->worker.leave) {
        if (!rio_take(t))
            rio_wait(t);
        while (!t->worker.leave && (c = worker_pool_take(&t->worker)) != NULL)
            rio_adopt(t, (struct rio_conn *)c);
    }
    while ((c = worker_pool_take(&t->worker)) != NULL) {
        conn_close(t->worker.stats, c);
        worker_pool_gone(&t->worker);
    }
    rio_close_all(t);
    return 0;
}

static bool rio_open(struct pool_worker *w)
{
    struct rio_thread *t = (struct rio_thread *)w;
    t->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    if (t->port == NULL)
        return false;
    RIO_NOTIFICATION_COMPLETION notify = {
        .Type = RIO_IOCP_COMPLETION,
        .Iocp = {.IocpHandle = t->port, .Overlapped = &t->notified}};
    t->queue =
        rio.RIOCreateCompletionQueue(2 * (DWORD)w->pool->capacity, &notify);
    return t->queue != RIO_INVALID_CQ;
}

static void rio_end(struct pool_worker *w)
{
    struct rio_thread *t = (struct rio_thread *)w;
    if (t->queue != RIO_INVALID_CQ)
        rio.RIOCloseCompletionQueue(t->queue);
    if (t->port)
        stats_check(w->pool->srv->stats, CloseHandle(t->port));
}

/* A wake-up that is lost is found after RIO_WAIT_MS. */
static void rio_wake(struct pool_worker *w)
{
    struct rio_thread *t = (struct rio_thread *)w;
    if (!InterlockedExchange(&t->woken, 1) &&
        !stats_check(w->pool->srv->stats,
                     PostQueuedCompletionStatus(t->port, 0, 0, NULL)))
        InterlockedExchange(&t->woken, 0);
}

static void rio_accepted(void *arg, SOCKET sock)
{
    struct worker_pool *pool = arg;
    worker_pool_maintain(pool); /* wake-ups that were lost */
    worker_pool_give(pool, sock);
}

static void rio_run(struct server *srv)
{
    const uint32_t share = srv->max_conns / srv->threads;
    struct rio all = {.pool = {.srv = srv,
                               .run = rio_work,
                               .worker_size = sizeof(struct rio_thread),
                               .capacity = (LONG)(share + 1 + srv->threads),
                               .open = rio_open,
                               .close = rio_end,
                               .wake = rio_wake}};
    InitializeSListHead(&all.registered);
    server_ready(srv);
    accept_loop(srv, rio_accepted, &all.pool);
    worker_pool_end(&all.pool);
    SLIST_ENTRY *entry;
    while ((entry = InterlockedPopEntrySList(&all.registered)) != NULL) {
        struct rio_conn *r =
            CONTAINING_RECORD(entry, struct rio_conn, registered);
        if (r->data.BufferId != RIO_INVALID_BUFFERID)
            rio.RIODeregisterBuffer(r->data.BufferId);
    }
}

static const char *rio_missing(void)
{
    static char why[256];
    char text[128];
    GUID id = WSAID_MULTIPLE_RIO;
    DWORD bytes;
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                          WSA_FLAG_REGISTERED_IO | WSA_FLAG_NO_HANDLE_INHERIT);
    const bool found =
        s != INVALID_SOCKET &&
        !WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id,
                  sizeof id, &rio, sizeof rio, &bytes, NULL, NULL);
    const DWORD error = (DWORD)WSAGetLastError();
    if (s != INVALID_SOCKET)
        closesocket(s);
    if (found)
        return NULL;
    snprintf(why, sizeof why,
             "Winsock gives no functions of registered I/O, which Windows has "
             "since 8 and Wine has not: %s (%lu): %s",
             error_name(error), error, error_text(error, text, sizeof text));
    return why;
}

const struct io_model model_rio = {
    .name = "rio",
    .summary = "registered I/O: queues shared with the kernel, a port notifies",
    .ceiling = "locked memory",
    .conn_size = sizeof(struct rio_conn),
    .listener_flags = WSA_FLAG_REGISTERED_IO,
    .missing = rio_missing,
    .run = rio_run,
};
