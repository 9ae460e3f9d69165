/* Blocking calls: a thread for each connection, which sleeps in its recv() or
 * send(); the system wakes the one thread whose call can go on. The thread
 * that called run() sleeps in accept().
 * Ceiling: threads: each has a stack and a place in the scheduler, most of
 * them asleep, and every byte costs a switch to the thread that it is for.
 *
 * Lifetime: a connection belongs to its thread, which takes it off the list of
 * the live ones before it closes the socket; so what is on the list has an
 * open socket, and under its lock the calls can be cancelled. The last thing a
 * thread does is to count itself out: when none is left, run() may return. */
#include "model.h"

enum { BLOCKING_CANCEL_MS = 100 }; /* longest pause between rounds of it */

enum { BLOCKING_STACK }; /* of the tuning */

struct blocking_conn {
    struct conn conn;
    struct blocking *p;
    struct thread_stats *stats;
    struct blocking_conn *next, **at;
};

struct blocking {
    struct server *srv;
    volatile LONG threads;
    SRWLOCK lock; /* of live */
    struct blocking_conn *live;
};

static void blocking_serve(struct blocking_conn *b)
{
    struct conn *c = &b->conn;
    while (c->want != CONN_CLOSE && !server_stopping(b->p->srv)) {
        int bytes = c->want == CONN_RECV
                        ? recv(c->sock, c->io.buf, (int)c->io.len, 0)
                        : send(c->sock, c->io.buf, (int)c->io.len, 0);
        if (bytes >= 0)
            conn_advance(b->stats, c, (DWORD)bytes);
        else if (!server_stopping(b->p->srv)) /* or else it was cancelled */
            conn_fail(b->stats, c, (DWORD)WSAGetLastError());
    }
}

static void blocking_link(struct blocking_conn *b)
{
    struct blocking *p = b->p;
    AcquireSRWLockExclusive(&p->lock);
    b->next = p->live;
    b->at = &p->live;
    if (b->next)
        b->next->at = &b->next;
    p->live = b;
    ReleaseSRWLockExclusive(&p->lock);
    InterlockedIncrement(&p->threads);
}

static void blocking_unlink(struct blocking_conn *b)
{
    AcquireSRWLockExclusive(&b->p->lock);
    *b->at = b->next;
    if (b->next)
        b->next->at = b->at;
    ReleaseSRWLockExclusive(&b->p->lock);
}

static DWORD WINAPI blocking_work(void *arg)
{
    struct blocking_conn *b = arg;
    struct blocking *p = b->p;
    struct thread_stats *stats = b->stats;
    blocking_serve(b);
    blocking_unlink(b);
    conn_close(stats, &b->conn);
    thread_stats_close(stats);
    InterlockedDecrement(&p->threads);
    return 0;
}

/* Starts the connection's thread. False with GetLastError(). */
static bool blocking_start(struct blocking *p, struct blocking_conn *b)
{
    b->p = p;
    b->stats = thread_stats_open(p->srv);
    if (b->stats == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    blocking_link(b);
    HANDLE thread =
        thread_start(blocking_work, b, p->srv->tuning[BLOCKING_STACK]);
    if (thread) { /* which may have ended by now, b with it */
        stats_check(p->srv->stats, CloseHandle(thread));
        return true;
    }
    DWORD error = GetLastError();
    blocking_unlink(b);
    InterlockedDecrement(&p->threads);
    thread_stats_close(b->stats);
    SetLastError(error);
    return false;
}

static void blocking_accept_all(struct blocking *p)
{
    while (!server_stopping(p->srv)) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock == INVALID_SOCKET) {
            accept_wait(p->srv, (DWORD)WSAGetLastError());
            continue;
        }
        struct conn *c = conn_open(p->srv->stats, sock);
        if (c && !blocking_start(p, (struct blocking_conn *)c))
            conn_refuse(p->srv->stats, c, GetLastError());
    }
}

/* Cancels the calls that the threads sleep in. */
static void blocking_cancel(struct blocking *p)
{
    AcquireSRWLockExclusive(&p->lock);
    for (struct blocking_conn *b = p->live; b; b = b->next)
        stats_check(p->srv->stats, CancelIoEx((HANDLE)b->conn.sock, NULL) ||
                                       GetLastError() == ERROR_NOT_FOUND);
    ReleaseSRWLockExclusive(&p->lock);
}

static void blocking_run(struct server *srv)
{
    struct blocking p = {.srv = srv};
    InitializeSRWLock(&p.lock);
    server_ready(srv);
    blocking_accept_all(&p);

    /* A thread may be just about to begin its call: again until all left. */
    for (DWORD pause_ms = 1; p.threads > 0; pause_ms *= 2) {
        blocking_cancel(&p);
        if (pause_ms > BLOCKING_CANCEL_MS)
            pause_ms = BLOCKING_CANCEL_MS;
        for (DWORD ms = 0; ms < pause_ms && p.threads > 0; ms++)
            Sleep(1);
    }
}

const struct io_model model_blocking = {
    .name = "blocking",
    .summary = "blocking recv and send: a thread for each connection",
    .ceiling = "threads: one for each connection",
    .conn_size = sizeof(struct blocking_conn),
    .conns_per_thread = 1,
    .options =
        {
            {"stack_kib", THREAD_STACK_KIB, 64, 65536,
             "stack reserved for each thread, KiB; 1024: a program's usual "
             "(under Wine a thread takes about 1 MiB whatever is asked)",
             NULL},
        },
    .run = blocking_run,
};
