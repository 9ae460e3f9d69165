/* Completion routines: srv->threads threads sleep alertably in SleepEx; the
 * kernel queues each finished operation as an APC to the thread that posted
 * it, which runs the routines in that order, and each posts the next operation.
 * The thread that called run() sleeps in accept() and gives each connection to
 * the thread that has the fewest, by an APC too.
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
    struct io_thread thread;
    volatile LONG conns;   /* given and not yet closed */
    struct apc_conn *open; /* for cancelling */
};

struct apc_conn {
    struct conn conn;
    WSAOVERLAPPED io; /* hEvent is free for our use: its thread */
    struct apc_conn *next, **at;
};

struct apc {
    struct io_threads threads;
    volatile LONG leave; /* no connections come any more: close and end */
};

static bool apc_leaves(const struct apc_thread *t)
{
    return ((const struct apc *)t->thread.all)->leave != 0;
}

static void apc_close(struct apc_thread *t, struct apc_conn *a)
{
    *a->at = a->next;
    if (a->next)
        a->next->at = a->at;
    conn_close(t->thread.stats, &a->conn);
    InterlockedDecrement(&t->conns);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags);

/* Posts the next operation. One that succeeds at once still runs its routine,
 * in its turn: the queue of APCs is fair. */
static void apc_serve(struct apc_thread *t, struct apc_conn *a)
{
    struct conn *c = &a->conn;
    while (c->want != CONN_CLOSE && !apc_leaves(t)) {
        DWORD flags = 0;
        a->io = (WSAOVERLAPPED){.hEvent = t};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, NULL, &flags, &a->io, apc_done)
                : WSASend(c->sock, &c->io, 1, NULL, 0, &a->io, apc_done);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        conn_fail(t->thread.stats, c, (DWORD)WSAGetLastError());
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
        conn_fail(t->thread.stats, &a->conn, error);
    else
        conn_advance(t->thread.stats, &a->conn, bytes);
    apc_serve(t, a);
}

/* The first operation must be posted by the thread that is to run its routine.
 * This is an APC to that thread. */
static void CALLBACK apc_adopt(ULONG_PTR arg)
{
    struct apc_conn *a = (struct apc_conn *)arg;
    struct apc_thread *t = a->io.hEvent;
    a->next = t->open;
    a->at = &t->open;
    if (a->next)
        a->next->at = &a->next;
    t->open = a;
    apc_serve(t, a);
}

/* As an APC it only ends the sleep, so that the thread looks at `leave`. */
static void CALLBACK apc_wake(ULONG_PTR arg)
{
    (void)arg;
}

static void apc_cancel_all(struct apc_thread *t)
{
    for (struct apc_conn *a = t->open; a; a = a->next)
        stats_check(t->thread.stats, CancelIoEx((HANDLE)a->conn.sock, &a->io) ||
                                         GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI apc_work(void *arg)
{
    struct apc_thread *t = arg;
    while (!apc_leaves(t))
        SleepEx(APC_WAIT_MS, TRUE);
    apc_cancel_all(t);
    while (t->conns > 0)
        if (SleepEx(APC_WAIT_MS, TRUE) == 0) /* no routine ran */
            apc_cancel_all(t);
    return 0;
}

static struct apc_thread *apc_thread(struct apc *p, uint32_t index)
{
    return (struct apc_thread *)io_thread(&p->threads, index);
}

static void apc_accept(struct apc *p, SOCKET sock)
{
    struct thread_stats *stats = p->threads.srv->stats;
    struct apc_conn *a = (struct apc_conn *)conn_open(stats, sock);
    if (a == NULL)
        return;
    struct apc_thread *least = apc_thread(p, 0);
    for (uint32_t i = 1; i < p->threads.count; i++)
        if (apc_thread(p, i)->conns < least->conns)
            least = apc_thread(p, i);
    a->io.hEvent = least;
    InterlockedIncrement(&least->conns);
    if (!QueueUserAPC(apc_adopt, least->thread.handle, (ULONG_PTR)a)) {
        DWORD error = GetLastError();
        InterlockedDecrement(&least->conns);
        conn_refuse(stats, &a->conn, error);
    }
}

static void apc_accept_all(struct apc *p)
{
    struct server *srv = p->threads.srv;
    while (!server_stopping(srv)) {
        SOCKET sock = accept(srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET)
            apc_accept(p, sock);
        else
            accept_wait(srv, (DWORD)WSAGetLastError());
    }
}

static void apc_run(struct server *srv)
{
    struct apc p = {.threads.srv = srv};
    threads_start(&p.threads, sizeof(struct apc_thread), apc_work);
    server_ready(srv);
    apc_accept_all(&p);
    InterlockedExchange(&p.leave, 1);
    for (uint32_t i = 0; i < p.threads.count; i++)
        stats_check(
            srv->stats,
            QueueUserAPC(apc_wake, apc_thread(&p, i)->thread.handle, 0));
    threads_join(&p.threads);
}

const struct io_model model_apc = {
    .name = "apc",
    .summary = "overlapped I/O by completion routines, in an alertable sleep",
    .ceiling = "memory and handles; a connection stays on its thread",
    .conn_size = sizeof(struct apc_conn),
    .run = apc_run,
};
