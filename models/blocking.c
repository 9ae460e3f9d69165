/* Blocking calls: a thread for each connection, which sleeps in its recv() or
 * send(); the system wakes the one thread whose call can go on. The thread
 * that called run() sleeps in accept().
 * Ceiling: threads: each has a stack and a place in the scheduler, most of
 * them asleep, and every byte costs a switch to the one it is for.
 *
 * Lifetime: a connection belongs to its thread, which takes it off the list of
 * the live ones before it closes the socket; so what is on the list has an
 * open socket, and under the lock its calls can be cancelled. The last that a
 * thread does is to count itself out: whoever sees none may go. */
#include "model.h"

enum {
    BLOCKING_CANCEL_MS = 100, /* between two rounds of cancelling, at most */
    BLOCKING_JOIN_MS = 15000
};

struct blocking_conn {
    struct conn conn;
    struct blocking *p;
    struct worker *worker;
    HANDLE handle; /* of its thread */
    volatile LONG runs;
    struct blocking_conn *next, **at;
};

struct blocking {
    struct server *srv;
    struct worker *acceptor; /* of the thread that called run() */
    volatile LONG threads;
    SRWLOCK lock; /* of live, and to begin and end there */
    struct blocking_conn *live;
};

static void blocking_serve(struct blocking *p, struct worker *w, struct conn *c)
{
    while (c->want != CONN_CLOSE && !server_stopping(p->srv)) {
        int bytes = c->want == CONN_RECV
                        ? recv(c->sock, c->io.buf, (int)c->io.len, 0)
                        : send(c->sock, c->io.buf, (int)c->io.len, 0);
        if (bytes >= 0)
            conn_advance(w, c, (DWORD)bytes);
        else if (!server_stopping(p->srv)) /* or else it was cancelled */
            conn_fail(w, c, (DWORD)WSAGetLastError());
    }
}

/* Takes the connection off the list, under the lock. */
static void blocking_unlink(struct blocking_conn *b)
{
    *b->at = b->next;
    if (b->next)
        b->next->at = b->at;
}

static DWORD WINAPI blocking_work(void *arg)
{
    struct blocking_conn *b = arg;
    struct blocking *p = b->p;
    struct worker *worker = b->worker;
    InterlockedExchange(&b->runs, 1);
    blocking_serve(p, worker, &b->conn);

    AcquireSRWLockExclusive(&p->lock);
    blocking_unlink(b);
    ReleaseSRWLockExclusive(&p->lock);

    worker_check(worker, CloseHandle(b->handle));
    conn_close(worker, &b->conn);
    worker_leave(worker);
    InterlockedDecrement(&p->threads);
    return 0;
}

/* Starts the connection's thread. Returns 0 or an error. */
static DWORD blocking_start(struct blocking *p, struct blocking_conn *b)
{
    DWORD error = 0;
    b->p = p;
    b->runs = 0;
    b->worker = worker_enter(p->srv);
    if (b->worker == NULL)
        return ERROR_NOT_ENOUGH_MEMORY;
    /* The thread needs the lock to end: by then its handle is in b. */
    AcquireSRWLockExclusive(&p->lock);
    b->handle = thread_start(blocking_work, b);
    if (b->handle == NULL) {
        error = GetLastError();
        worker_leave(b->worker);
    } else {
        InterlockedIncrement(&p->threads);
        b->next = p->live;
        b->at = &p->live;
        if (b->next)
            b->next->at = &b->next;
        p->live = b;
    }
    ReleaseSRWLockExclusive(&p->lock);
    return error;
}

/* Refuses a connection whose thread ended before it ran: under Wine, at the
 * end of what it can do, a few do. False: this thread does run, or will. */
static bool blocking_bury(struct blocking *p, struct blocking_conn *b)
{
    if (b->runs)
        return false;
    const DWORD ended = WaitForSingleObject(b->handle, 0);
    if (!worker_check(p->acceptor, ended != WAIT_FAILED) ||
        ended != WAIT_OBJECT_0)
        return false;
    blocking_unlink(b);
    worker_check(p->acceptor, CloseHandle(b->handle));
    worker_leave(b->worker);
    conn_refuse(p->acceptor, &b->conn, ERROR_NOT_ENOUGH_MEMORY);
    InterlockedDecrement(&p->threads);
    return true;
}

static void blocking_bury_all(struct blocking *p)
{
    AcquireSRWLockExclusive(&p->lock);
    for (struct blocking_conn *b = p->live, *next; b; b = next) {
        next = b->next;
        blocking_bury(p, b);
    }
    ReleaseSRWLockExclusive(&p->lock);
}

static void blocking_accept(struct blocking *p, SOCKET sock)
{
    struct conn *c = conn_open(p->acceptor, sock);
    if (c == NULL)
        return;
    DWORD error = blocking_start(p, (struct blocking_conn *)c);
    if (error) {
        conn_refuse(p->acceptor, c, error);
        blocking_bury_all(p);
    }
}

static void blocking_accept_all(struct blocking *p)
{
    while (!server_stopping(p->srv)) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            blocking_accept(p, sock);
        } else if (accept_failed(p->acceptor, (DWORD)WSAGetLastError()) ==
                   ACCEPT_LATER) {
            worker_check(p->acceptor,
                         WaitForSingleObject(p->srv->stop_event,
                                             ACCEPT_RETRY_MS) != WAIT_FAILED);
            blocking_bury_all(p);
        }
    }
}

/* Cancels the calls that the threads sleep in. */
static void blocking_cancel(struct blocking *p)
{
    AcquireSRWLockExclusive(&p->lock);
    for (struct blocking_conn *b = p->live, *next; b; b = next) {
        next = b->next;
        if (!blocking_bury(p, b))
            worker_check(p->acceptor, CancelIoEx((HANDLE)b->conn.sock, NULL) ||
                                          GetLastError() == ERROR_NOT_FOUND);
    }
    ReleaseSRWLockExclusive(&p->lock);
}

static void blocking_run(struct server *srv)
{
    struct blocking p = {.srv = srv, .acceptor = worker_enter(srv)};
    if (p.acceptor == NULL)
        server_cannot_start(srv, "VirtualAlloc");
    InitializeSRWLock(&p.lock);
    server_ready(srv);
    blocking_accept_all(&p);

    /* A thread may be just about to begin its call: again until all left. */
    const ULONGLONG deadline = GetTickCount64() + BLOCKING_JOIN_MS;
    for (DWORD pause_ms = 1; p.threads > 0; pause_ms *= 2) {
        if (GetTickCount64() > deadline)
            die("CancelIoEx");
        blocking_cancel(&p);
        pause_ms =
            pause_ms < BLOCKING_CANCEL_MS ? pause_ms : BLOCKING_CANCEL_MS;
        for (DWORD ms = 0; ms < pause_ms && p.threads > 0; ms++)
            Sleep(1);
    }
    worker_leave(p.acceptor);
}

const struct io_model model_blocking = {
    .name = "blocking",
    .summary = "blocking recv and send: a thread a connection",
    .ceiling = "threads, one a connection",
    .conn_size = sizeof(struct blocking_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .run = blocking_run,
};
