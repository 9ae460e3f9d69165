/* Windows' own thread pool: each socket has a pool I/O object, and a thread of
 * the pool calls threadpool_done() for each finished operation. The pool waits,
 * starts threads and retires them; the thread that called run() sleeps in
 * accept() and makes each connection's first receive.
 * Ceiling: memory and handles, not threads.
 * Compare iocp.c: the loop around the port is gone, and with it the choice of
 * who waits and how. In exchange the pool must be told what is under way:
 * StartThreadpoolIo before each operation, CancelThreadpoolIo after each that
 * queues nothing; otherwise its count is wrong for good.
 *
 * Lifetime: an open connection has one operation: pending, queued in the pool,
 * or in the hands of the callback that has it. Only that callback touches the
 * connection, and closes it when nothing is pending. At the end the thread that
 * called run() cancels what is pending until every callback has closed its
 * connection. */
#include <stdlib.h>
#include "model.h"

enum { THREADPOOL_CANCEL_MS = 10 }; /* between cancels, until all are closed */

/* server.tuning */
enum { THREADPOOL_INLINE };

struct threadpool_conn {
    struct conn conn;
    OVERLAPPED io;
    DWORD bytes; /* of a result that waits for its turn */
    PTP_IO pool_io;
    struct threadpool *all;
};

/* The counters that a callback borrows. */
struct threadpool_stats {
    SLIST_ENTRY entry;
    struct thread_stats *stats;
};

struct threadpool {
    SLIST_HEADER idle; /* of struct threadpool_stats */
    struct threadpool_stats *first;
    struct server *srv;
    bool skip; /* an immediate success is not queued as well */
    PTP_POOL pool;
    TP_CALLBACK_ENVIRON environment;
    SRWLOCK closing; /* keeps a socket from being closed, and its handle from
                        being used again, between a look at it and its cancel */
    volatile LONG conns; /* open */
};

/* There are as many as the pool may have threads, so one is there soon. */
static struct threadpool_stats *threadpool_borrow(struct threadpool *p)
{
    SLIST_ENTRY *entry;
    while ((entry = InterlockedPopEntrySList(&p->idle)) == NULL)
        Sleep(1);
    return CONTAINING_RECORD(entry, struct threadpool_stats, entry);
}

static void threadpool_close(struct thread_stats *stats,
                             struct threadpool_conn *t)
{
    struct threadpool *p = t->all;
    PTP_IO pool_io = t->pool_io; /* t is gone after conn_close */
    AcquireSRWLockExclusive(&p->closing);
    conn_close(stats, &t->conn);
    ReleaseSRWLockExclusive(&p->closing);
    CloseThreadpoolIo(pool_io); /* Wine 8 and 10 keep 208 bytes of each */
    InterlockedDecrement(&p->conns);
}

static void CALLBACK threadpool_turn(PTP_CALLBACK_INSTANCE instance, void *arg);

/* Goes on with a connection in hand until an operation is pending. */
static void threadpool_serve(struct thread_stats *stats,
                             struct threadpool_conn *t)
{
    struct threadpool *p = t->all;
    struct conn *c = &t->conn;
    uint32_t turns = p->srv->tuning[THREADPOOL_INLINE];
    while (c->want != CONN_CLOSE && !server_stopping(p->srv)) {
        DWORD bytes = 0, flags = 0;
        t->io = (OVERLAPPED){0};
        StartThreadpoolIo(t->pool_io);
        /* The count not into t: a call that pends may return when another
         * callback has that already. */
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, &bytes, &flags, &t->io, NULL)
                : WSASend(c->sock, &c->io, 1, &bytes, 0, &t->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        if (error == WSA_IO_PENDING || (!error && !p->skip))
            return;
        CancelThreadpoolIo(t->pool_io);
        t->bytes = bytes;
        /* A peer whose bytes are always there would keep this thread for
         * itself: after its turns it queues behind the others. */
        if (!error && turns == 0 &&
            stats_check(stats, TrySubmitThreadpoolCallback(threadpool_turn, t,
                                                           &p->environment)))
            return;
        turns -= turns > 0;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, bytes);
    }
    threadpool_close(stats, t);
}

/* The turn of a connection whose result was there at once. */
static void CALLBACK threadpool_turn(PTP_CALLBACK_INSTANCE instance, void *arg)
{
    struct threadpool_conn *t = arg;
    struct threadpool *p = t->all;
    struct threadpool_stats *s = threadpool_borrow(p);
    (void)instance;
    conn_advance(s->stats, &t->conn, t->bytes);
    threadpool_serve(s->stats, t);
    InterlockedPushEntrySList(&p->idle, &s->entry);
}

static void CALLBACK threadpool_done(PTP_CALLBACK_INSTANCE instance, void *arg,
                                     void *io, ULONG error, ULONG_PTR bytes,
                                     PTP_IO pool_io)
{
    struct threadpool_conn *t = arg;
    struct threadpool *p = t->all;
    struct threadpool_stats *s = threadpool_borrow(p);
    DWORD count = (DWORD)bytes, flags;
    (void)instance;
    (void)pool_io;
    if (!error ||
        WSAGetOverlappedResult(t->conn.sock, io, &count, FALSE, &flags))
        conn_advance(s->stats, &t->conn, count);
    else /* Winsock's code; the pool has the file system's */
        conn_fail(s->stats, &t->conn, (DWORD)WSAGetLastError());
    threadpool_serve(s->stats, t);
    InterlockedPushEntrySList(&p->idle, &s->entry);
}

static void threadpool_accepted(void *arg, SOCKET sock)
{
    struct threadpool *p = arg;
    struct thread_stats *stats = p->srv->stats;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    struct conn *c = conn_open(stats, sock);
    if (c == NULL)
        return;
    struct threadpool_conn *t = (struct threadpool_conn *)c;
    t->all = p;
    t->pool_io = CreateThreadpoolIo((HANDLE)c->sock, threadpool_done, t,
                                    &p->environment);
    if (t->pool_io == NULL) {
        conn_refuse(stats, c, GetLastError());
        return;
    }
    if (p->skip &&
        !SetFileCompletionNotificationModes((HANDLE)c->sock, modes)) {
        DWORD error = GetLastError();
        PTP_IO pool_io = t->pool_io;
        conn_refuse(stats, c, error);
        CloseThreadpoolIo(pool_io);
        return;
    }
    InterlockedIncrement(&p->conns);
    threadpool_serve(stats, t);
}

/* A cancel may come between a callback's look whether the server stops and its
 * next operation: it is made again. */
static void threadpool_close_all(struct threadpool *p)
{
    while (p->conns > 0) {
        AcquireSRWLockExclusive(&p->closing);
        for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
            struct conn *c = server_conn(p->srv, slot);
            if (c)
                stats_check(p->srv->stats,
                            CancelIoEx((HANDLE)c->sock, NULL) ||
                                GetLastError() == ERROR_NOT_FOUND);
        }
        ReleaseSRWLockExclusive(&p->closing);
        Sleep(THREADPOOL_CANCEL_MS);
    }
}

static void threadpool_open(struct threadpool *p)
{
    const uint32_t threads = p->srv->threads;
    InitializeSListHead(&p->idle);
    p->first = calloc(threads, sizeof *p->first);
    if (p->first == NULL)
        server_cannot_start(p->srv, "calloc");
    for (uint32_t i = 0; i < threads; i++) {
        p->first[i].stats = thread_stats_open(p->srv);
        if (p->first[i].stats == NULL)
            server_cannot_start(p->srv, "thread_stats_open");
        InterlockedPushEntrySList(&p->idle, &p->first[i].entry);
    }
    p->pool = CreateThreadpool(NULL);
    if (p->pool == NULL)
        server_cannot_start(p->srv, "CreateThreadpool");
    SetThreadpoolThreadMaximum(p->pool, threads);
    if (!SetThreadpoolThreadMinimum(p->pool, threads))
        server_cannot_start(p->srv, "SetThreadpoolThreadMinimum");
    InitializeThreadpoolEnvironment(&p->environment);
    SetThreadpoolCallbackPool(&p->environment, p->pool);
}

/* Each callback gives its counters back with its last step: when all are here,
 * none runs. */
static void threadpool_end(struct threadpool *p)
{
    for (uint32_t i = 0; i < p->srv->threads; i++)
        thread_stats_close(threadpool_borrow(p)->stats);
    DestroyThreadpoolEnvironment(&p->environment);
    CloseThreadpool(p->pool);
    free(p->first);
}

static void threadpool_run(struct server *srv)
{
    struct threadpool p = {.srv = srv,
                           .skip = srv->tuning[THREADPOOL_INLINE] > 0 &&
                                   sockets_are_files(srv)};
    threadpool_open(&p);
    server_ready(srv);
    accept_loop(srv, threadpool_accepted, &p);
    threadpool_close_all(&p);
    threadpool_end(&p);
}

const struct io_model model_threadpool = {
    .name = "threadpool",
    .summary = "CreateThreadpoolIo: Windows' own pool waits and calls back",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct threadpool_conn),
    .options =
        {
            {"inline", 1, 0, 64,
             "immediate results handled in one turn; 0: all by the pool", NULL},
        },
    .run = threadpool_run,
};
