/* Completion routines: srv->threads threads sleep alertably in SleepEx; the
 * kernel queues each finished operation as an APC to the thread that posted
 * it, which runs the routines in that order, and each posts the next operation.
 * The thread that called run() accepts, woken by FD_ACCEPT, and gives each
 * connection to the thread that has the fewest, by an APC too.
 * Ceiling: memory and handles; a connection cannot change its thread, so one
 * may be busy beside an idle one.
 *
 * Lifetime: a connection has one operation, and its routine runs once, on the
 * thread that posted it, which alone touches, closes and cancels. A thread ends
 * when its last connection was closed: no routine is owed to it then. */
#include <stdlib.h>
#include "model.h"

enum {
    APC_WAIT_MS = 1000,   /* then look at what may have been missed */
    APC_CANCEL_MS = 10000 /* a cancelled operation takes no longer */
};

struct apc_thread {
    struct server *srv;
    struct worker *worker;
    HANDLE handle;
    volatile LONG load;    /* given by the acceptor, taken off by the thread */
    volatile LONG leave;   /* cancel what is left, then end */
    struct apc_conn *open; /* for cancelling */
};

struct apc_conn {
    struct conn conn;
    WSAOVERLAPPED io; /* hEvent is free for our use: its thread */
    struct apc_conn *next, *prev;
};

struct apc {
    struct server *srv;
    struct worker *acceptor; /* of the thread that called run() */
    struct apc_thread *threads;
    uint32_t count;
};

static void apc_close(struct apc_thread *t, struct apc_conn *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        t->open = c->next;
    if (c->next)
        c->next->prev = c->prev;
    conn_close(t->worker, &c->conn);
    InterlockedDecrement(&t->load);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags);

/* Posts the next operation. One that succeeds at once still runs its routine,
 * in its turn: the queue of APCs is fair. */
static void apc_serve(struct apc_thread *t, struct apc_conn *c)
{
    struct conn *conn = &c->conn;
    while (conn->want != CONN_CLOSE && !t->leave) {
        DWORD flags = 0;
        c->io = (WSAOVERLAPPED){.hEvent = t};
        int failed =
            conn->want == CONN_RECV
                ? WSARecv(conn->sock, &conn->io, 1, NULL, &flags, &c->io,
                          apc_done)
                : WSASend(conn->sock, &conn->io, 1, NULL, 0, &c->io, apc_done);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        conn_fail(t->worker, conn, (DWORD)WSAGetLastError());
    }
    apc_close(t, c);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags)
{
    struct apc_conn *c = CONTAINING_RECORD(io, struct apc_conn, io);
    struct apc_thread *t = io->hEvent;
    (void)flags;
    if (error)
        conn_fail(t->worker, &c->conn, error);
    else
        conn_advance(t->worker, &c->conn, bytes);
    apc_serve(t, c);
}

/* The first operation must be posted by the thread that is to run its routine.
 * This is an APC to that thread. */
static void CALLBACK apc_adopt(ULONG_PTR arg)
{
    struct apc_conn *c = (struct apc_conn *)arg;
    struct apc_thread *t = c->io.hEvent;
    c->prev = NULL;
    c->next = t->open;
    if (c->next)
        c->next->prev = c;
    t->open = c;
    apc_serve(t, c);
}

/* As an APC: ends the sleep, so that the thread looks at `leave`. */
static void CALLBACK apc_wake(ULONG_PTR arg)
{
    (void)arg;
}

static void apc_cancel_all(struct apc_thread *t)
{
    for (struct apc_conn *c = t->open; c; c = c->next)
        worker_check(t->worker, CancelIoEx((HANDLE)c->conn.sock, &c->io) ||
                                    GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI apc_work(void *arg)
{
    struct apc_thread *t = arg;
    while (!t->leave)
        SleepEx(APC_WAIT_MS, TRUE);
    const ULONGLONG deadline = GetTickCount64() + APC_CANCEL_MS;
    apc_cancel_all(t);
    while (t->load > 0) {
        if (SleepEx(APC_WAIT_MS, TRUE) == 0) /* no routine ran */
            apc_cancel_all(t);
        if (GetTickCount64() > deadline)
            die("CancelIoEx");
    }
    return 0;
}

static void apc_accept(struct apc *p, SOCKET sock)
{
    u_long blocking = 0;
    /* The listener's event selection and mode are inherited. */
    if (WSAEventSelect(sock, NULL, 0) ||
        ioctlsocket(sock, (long)FIONBIO, &blocking)) {
        socket_refuse(p->acceptor, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct apc_conn *c = (struct apc_conn *)conn_open(p->acceptor, sock);
    if (c == NULL)
        return;
    struct apc_thread *t = &p->threads[0];
    for (uint32_t i = 1; i < p->count; i++)
        if (p->threads[i].load < t->load)
            t = &p->threads[i];
    c->io.hEvent = t;
    InterlockedIncrement(&t->load);
    if (!QueueUserAPC(apc_adopt, t->handle, (ULONG_PTR)c)) {
        DWORD error = GetLastError();
        InterlockedDecrement(&t->load);
        conn_refuse(p->acceptor, &c->conn, error);
    }
}

/* Takes every connection that waits. False: out of resources. */
static bool apc_accept_all(struct apc *p)
{
    while (!server_stopping(p->srv)) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            apc_accept(p, sock);
            continue;
        }
        DWORD error = (DWORD)WSAGetLastError();
        if (error == WSAEWOULDBLOCK)
            return true;
        if (accept_failed(p->acceptor, error) == ACCEPT_LATER)
            return false;
    }
    return true;
}

static bool apc_start(struct apc *p, struct apc_thread *t)
{
    t->srv = p->srv;
    t->worker = worker_enter(p->srv);
    if (t->worker)
        t->handle = thread_start(apc_work, t);
    if (t->worker && !worker_check(p->acceptor, t->handle != NULL))
        worker_leave(t->worker);
    return t->handle != NULL;
}

static void apc_stop(struct apc *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        InterlockedExchange(&p->threads[i].leave, 1);
        worker_check(p->acceptor,
                     QueueUserAPC(apc_wake, p->threads[i].handle, 0));
    }
    for (uint32_t i = 0; i < p->count; i++) {
        thread_join(p->acceptor, p->threads[i].handle, 2 * APC_CANCEL_MS);
        worker_leave(p->threads[i].worker);
    }
}

/* Whatever happened: an event that got lost costs a second. Out of resources,
 * FD_ACCEPT is set at once again: sleep without it. */
static void apc_wait(struct apc *p, HANDLE events[2], bool all)
{
    DWORD woken =
        all ? WSAWaitForMultipleEvents(2, events, FALSE, APC_WAIT_MS, FALSE)
            : WaitForSingleObject(events[0], ACCEPT_RETRY_MS);
    if (!worker_check(p->acceptor, woken != WAIT_FAILED))
        Sleep(1);
}

static void apc_run(struct server *srv)
{
    struct apc p = {.srv = srv, .acceptor = worker_enter(srv)};
    HANDLE events[2] = {srv->stop_event, NULL};
    if (p.acceptor == NULL)
        server_cannot_start(srv, "VirtualAlloc");
    p.threads = calloc(srv->threads, sizeof *p.threads);
    if (p.threads == NULL)
        server_cannot_start(srv, "calloc");
    while (p.count < srv->threads && apc_start(&p, &p.threads[p.count]))
        p.count++;
    if (p.count == 0)
        server_cannot_start(srv, "CreateThread");
    events[1] = WSACreateEvent();
    if (events[1] == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, events[1], FD_ACCEPT))
        server_cannot_start(srv, "WSAEventSelect");
    server_ready(srv);
    while (!server_stopping(srv)) {
        WSANETWORKEVENTS happened;
        worker_check(p.acceptor, !WSAEnumNetworkEvents(srv->listener, events[1],
                                                       &happened));
        apc_wait(&p, events, apc_accept_all(&p));
    }
    apc_stop(&p);
    worker_check(p.acceptor, !WSAEventSelect(srv->listener, NULL, 0));
    worker_check(p.acceptor, WSACloseEvent(events[1]));
    free(p.threads);
    worker_leave(p.acceptor);
}

const struct io_model model_apc = {
    .name = "apc",
    .summary = "overlapped I/O by completion routines, in an alertable sleep",
    .ceiling = "memory and handles; a connection stays on its thread",
    .conn_size = sizeof(struct apc_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .run = apc_run,
};
