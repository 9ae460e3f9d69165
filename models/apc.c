/* Completion routines: each thread sleeps alertably in SleepEx; the kernel
 * queues each finished operation as an APC to the thread that posted it, which
 * runs the routines in that order, and each posts the next operation. The
 * thread that called run() sleeps in accept() and gives each connection to the
 * thread with the fewest, by an APC too.
 * Ceiling: memory and handles; a connection cannot change its thread, so one
 * thread may be busy beside an idle one.
 * Compare iocp.c: there any thread takes the next finished operation.
 *
 * Lifetime: a connection has one operation, and its routine runs once, on the
 * thread that posted it, which alone touches, closes and cancels. A thread ends
 * when its last connection was closed: no routine is owed to it then. */
#include "model.h"

enum { APC_WAIT_MS = 1000 }; /* then look at what may have been missed */

struct apc_thread {
    struct pool_worker worker;
    struct apc_conn *open; /* for cancelling */
};

struct apc_conn {
    struct conn conn;
    WSAOVERLAPPED io; /* hEvent is free for our use: its thread */
    struct apc_conn *next, **at;
};

static void apc_close(struct apc_thread *t, struct apc_conn *a)
{
    *a->at = a->next;
    if (a->next)
        a->next->at = a->at;
    conn_close(t->worker.stats, &a->conn);
    worker_pool_gone(&t->worker);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags);

/* Posts the next operation. One that succeeds at once still runs its routine,
 * in its turn: the queue of APCs is fair. */
static void apc_serve(struct apc_thread *t, struct apc_conn *a)
{
    struct conn *c = &a->conn;
    while (c->want != CONN_CLOSE && !t->worker.leave) {
        DWORD flags = 0;
        a->io = (WSAOVERLAPPED){.hEvent = t};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, NULL, &flags, &a->io, apc_done)
                : WSASend(c->sock, &c->io, 1, NULL, 0, &a->io, apc_done);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        conn_fail(t->worker.stats, c, (DWORD)WSAGetLastError());
    }
    apc_close(t, a);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags)
{
    struct apc_conn *a = CONTAINING_RECORD(io, struct apc_conn, io);
    struct apc_thread *t = io->hEvent;
    (void)flags;
    if (error)
        conn_fail(t->worker.stats, &a->conn, error);
    else
        conn_advance(t->worker.stats, &a->conn, bytes);
    apc_serve(t, a);
}

/* An APC, too: the first operation must be posted by the thread that is to run
 * its routine. */
static void CALLBACK apc_adopt_all(ULONG_PTR arg)
{
    struct apc_thread *t = (struct apc_thread *)arg;
    struct apc_conn *a;
    while ((a = (struct apc_conn *)worker_pool_take(&t->worker)) != NULL) {
        a->next = t->open;
        a->at = &t->open;
        if (a->next)
            a->next->at = &a->next;
        t->open = a;
        apc_serve(t, a);
    }
}

static void apc_cancel_all(struct apc_thread *t)
{
    for (struct apc_conn *a = t->open; a; a = a->next)
        stats_check(t->worker.stats, CancelIoEx((HANDLE)a->conn.sock, &a->io) ||
                                         GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI apc_work(void *arg)
{
    struct apc_thread *t = arg;
    while (!t->worker.leave) {
        SleepEx(APC_WAIT_MS, TRUE);
        apc_adopt_all((ULONG_PTR)t); /* if its APC was lost */
    }
    apc_adopt_all((ULONG_PTR)t);
    while (t->worker.conns > 0) { /* a cancel that failed is made again */
        apc_cancel_all(t);
        SleepEx(APC_WAIT_MS, TRUE);
    }
    return 0;
}

static void apc_wake(struct pool_worker *w)
{
    stats_check(w->pool->srv->stats,
                QueueUserAPC(apc_adopt_all, w->thread, (ULONG_PTR)w));
}

static void apc_accepted(void *arg, SOCKET sock)
{
    worker_pool_maintain(arg);
    worker_pool_give(arg, sock);
}

static void apc_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = apc_work,
                               .worker_size = sizeof(struct apc_thread),
                               .capacity = (LONG)srv->max_conns + 1,
                               .wake = apc_wake};
    server_ready(srv);
    accept_loop(srv, apc_accepted, &pool);
    worker_pool_end(&pool);
}

const struct io_model model_apc = {
    .name = "apc",
    .summary = "overlapped I/O by completion routines, in an alertable sleep",
    .ceiling = "memory and handles; a connection stays on its thread",
    .conn_size = sizeof(struct apc_conn),
    .run = apc_run,
};
