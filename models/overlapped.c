/* Overlapped I/O with events: each thread waits for up to 63 operations by the
 * events in their OVERLAPPED, and for one more event that brings new
 * connections. Threads grow and shrink with the connections. The thread that
 * called run() accepts, woken by FD_ACCEPT.
 * Ceiling: MAXIMUM_WAIT_OBJECTS a thread, so threads and their switches.
 *
 * Lifetime: a connection belongs to one thread from its hand-over to its
 * close; only that thread posts its one operation, looks whether it is done,
 * and closes when it is. A thread ends when its last connection has been
 * closed, so nothing that the kernel may still write to goes away. */
#include <stdlib.h>
#include "model.h"

enum {
    OVERLAPPED_EVENTS = WSA_MAXIMUM_WAIT_EVENTS,
    OVERLAPPED_WAIT_MS = 1000,   /* then look at what may have been missed */
    OVERLAPPED_CANCEL_MS = 10000 /* a cancelled operation takes no longer */
};

enum { OVERLAPPED_INLINE }; /* server.tuning */

struct overlapped_conn {
    struct conn conn;
    WSAOVERLAPPED io;
    struct overlapped_conn *next; /* in its thread's inbox */
};

struct overlapped_thread {
    struct server *srv;
    struct worker *worker;
    HANDLE handle;
    struct overlapped_thread *next;
    volatile LONG load;  /* given by the acceptor, taken off by the thread */
    volatile LONG leave; /* cancel what is left, then end */
    SRWLOCK lock;        /* of inbox */
    struct overlapped_conn *inbox;
    DWORD used; /* seats; 0 is the event that says: look at inbox and leave */
    WSAEVENT events[OVERLAPPED_EVENTS];
    struct overlapped_conn *seats[OVERLAPPED_EVENTS];
};

struct overlapped {
    struct server *srv;
    struct worker *acceptor;           /* of the thread that called run() */
    struct overlapped_thread *threads; /* the oldest first */
};

/* Goes on with a connection whose operation is done until one is pending.
 * False when it was closed. */
static bool overlapped_serve(struct overlapped_thread *t,
                             struct overlapped_conn *c)
{
    struct conn *conn = &c->conn;
    uint32_t turns = t->srv->tuning[OVERLAPPED_INLINE];
    while (conn->want != CONN_CLOSE && !t->leave) {
        DWORD bytes = 0, flags = 0;
        /* The call resets the event. */
        c->io = (WSAOVERLAPPED){.hEvent = c->io.hEvent};
        int failed =
            conn->want == CONN_RECV
                ? WSARecv(conn->sock, &conn->io, 1, &bytes, &flags, &c->io,
                          NULL)
                : WSASend(conn->sock, &conn->io, 1, &bytes, 0, &c->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        /* A peer whose bytes are always there would keep this thread for
         * itself: after its turns it waits, with its event set, for the next
         * look at all. */
        if (error == WSA_IO_PENDING || (!error && turns == 0))
            return true;
        turns -= turns > 0;
        if (error)
            conn_fail(t->worker, conn, error);
        else
            conn_advance(t->worker, conn, bytes);
    }
    conn_close(t->worker, conn);
    InterlockedDecrement(&t->load);
    return false;
}

/* Gives the seat up; the last one moves into it. */
static void overlapped_leave(struct overlapped_thread *t, DWORD seat)
{
    const WSAEVENT event = t->events[seat];
    t->used--;
    t->seats[seat] = t->seats[t->used];
    t->events[seat] = t->events[t->used];
    t->events[t->used] = event; /* for the next connection */
}

static void overlapped_adopt_all(struct overlapped_thread *t)
{
    AcquireSRWLockExclusive(&t->lock);
    struct overlapped_conn *c = t->inbox;
    t->inbox = NULL;
    ReleaseSRWLockExclusive(&t->lock);
    while (c) {
        struct overlapped_conn *next = c->next;
        c->io.hEvent = t->events[t->used];
        t->seats[t->used++] = c;
        if (!overlapped_serve(t, c))
            overlapped_leave(t, t->used - 1);
        c = next;
    }
}

/* Serves every finished operation once: the wait tells only of the first. */
static void overlapped_look(struct overlapped_thread *t)
{
    for (DWORD i = t->used - 1; i > 0; i--) {
        struct overlapped_conn *c = t->seats[i];
        DWORD bytes, flags;
        if (!HasOverlappedIoCompleted(&c->io))
            continue;
        if (WSAGetOverlappedResult(c->conn.sock, &c->io, &bytes, FALSE, &flags))
            conn_advance(t->worker, &c->conn, bytes);
        else
            conn_fail(t->worker, &c->conn, (DWORD)WSAGetLastError());
        if (!overlapped_serve(t, c))
            overlapped_leave(t, i);
    }
}

static void overlapped_turn(struct overlapped_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->events, FALSE,
                                           OVERLAPPED_WAIT_MS, FALSE);
    if (!worker_check(t->worker, woken != WSA_WAIT_FAILED))
        Sleep(1);
    if (woken == WSA_WAIT_EVENT_0 || woken == WSA_WAIT_TIMEOUT)
        overlapped_adopt_all(t);
    overlapped_look(t);
}

static void overlapped_cancel_all(struct overlapped_thread *t)
{
    for (DWORD i = 1; i < t->used; i++)
        worker_check(t->worker, CancelIoEx((HANDLE)t->seats[i]->conn.sock,
                                           &t->seats[i]->io) ||
                                    GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI overlapped_work(void *arg)
{
    struct overlapped_thread *t = arg;
    while (!t->leave)
        overlapped_turn(t);
    const ULONGLONG deadline = GetTickCount64() + OVERLAPPED_CANCEL_MS;
    overlapped_cancel_all(t);
    for (LONG load; (load = t->load) > 0;) {
        overlapped_turn(t);
        if (t->load == load) /* a cancel that failed is made again */
            overlapped_cancel_all(t);
        if (GetTickCount64() > deadline)
            die("CancelIoEx");
    }
    return 0;
}

static void overlapped_free(struct overlapped *p, struct overlapped_thread *t)
{
    for (DWORD i = 0; i < OVERLAPPED_EVENTS && t->events[i]; i++)
        worker_check(p->acceptor, CloseHandle(t->events[i]));
    if (t->worker)
        worker_leave(t->worker);
    free(t);
}

/* Starts a thread at the end of the list. NULL with GetLastError(). */
static struct overlapped_thread *overlapped_start(struct overlapped *p,
                                                  struct overlapped_thread **at)
{
    struct overlapped_thread *t = calloc(1, sizeof *t);
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    if (t && (t->worker = worker_enter(p->srv)) != NULL) {
        InitializeSRWLock(&t->lock);
        t->srv = p->srv;
        t->used = 1;
        /* They reset themselves: a signal that is late, its operation was
         * seen to be done, costs one needless look and not an endless loop. */
        DWORD made = 0;
        while (made < OVERLAPPED_EVENTS &&
               (t->events[made] = CreateEventW(NULL, FALSE, FALSE, NULL)))
            made++;
        if (made == OVERLAPPED_EVENTS)
            t->handle = thread_start(overlapped_work, t);
        if (t->handle)
            return *at = t;
        error = GetLastError();
    }
    if (t)
        overlapped_free(p, t);
    worker_error(p->acceptor, error);
    SetLastError(error);
    return NULL;
}

static void overlapped_tell(struct overlapped *p, struct overlapped_thread *t)
{
    InterlockedExchange(&t->leave, 1);
    worker_check(p->acceptor, SetEvent(t->events[0]));
}

static void overlapped_end(struct overlapped *p, struct overlapped_thread **at)
{
    struct overlapped_thread *t = *at;
    overlapped_tell(p, t);
    thread_join(p->acceptor, t->handle, 2 * OVERLAPPED_CANCEL_MS);
    *at = t->next;
    overlapped_free(p, t);
}

/* The emptiest of as many threads, the oldest first, as the connections need;
 * so the others run dry and end. NULL with GetLastError(). */
static struct overlapped_thread *overlapped_find(struct overlapped *p)
{
    const LONG seats = OVERLAPPED_EVENTS - 1;
    LONG open = 0;
    for (struct overlapped_thread *t = p->threads; t; t = t->next)
        open += t->load;
    uint32_t need = (uint32_t)(open / seats) + 1;
    if (need < p->srv->threads)
        need = p->srv->threads;

    struct overlapped_thread *best = NULL, **at = &p->threads;
    for (; need > 0 && *at; need--, at = &(*at)->next)
        if (best == NULL || (*at)->load < best->load)
            best = *at;
    struct overlapped_thread *fresh = need > 0 ? overlapped_start(p, at) : NULL;
    if (fresh)
        return fresh;
    return best && best->load < seats ? best : NULL;
}

static void overlapped_accept(struct overlapped *p, SOCKET sock)
{
    u_long blocking = 0;
    /* The listener's event selection and mode are inherited. */
    if (WSAEventSelect(sock, NULL, 0) ||
        ioctlsocket(sock, (long)FIONBIO, &blocking)) {
        socket_refuse(p->acceptor, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct overlapped_conn *c =
        (struct overlapped_conn *)conn_open(p->acceptor, sock);
    if (c == NULL)
        return;
    struct overlapped_thread *t = overlapped_find(p);
    if (t == NULL) {
        conn_refuse(p->acceptor, &c->conn, GetLastError());
        return;
    }
    InterlockedIncrement(&t->load);
    AcquireSRWLockExclusive(&t->lock);
    c->next = t->inbox;
    t->inbox = c;
    ReleaseSRWLockExclusive(&t->lock);
    worker_check(p->acceptor, SetEvent(t->events[0]));
}

/* Takes every connection that waits. False: out of resources. */
static bool overlapped_accept_all(struct overlapped *p)
{
    while (!server_stopping(p->srv)) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            overlapped_accept(p, sock);
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

/* A thread that was not told of its inbox is busy with what it has. */
static void overlapped_wake(struct overlapped *p, struct overlapped_thread *t)
{
    AcquireSRWLockExclusive(&t->lock);
    bool waits = t->inbox != NULL;
    ReleaseSRWLockExclusive(&t->lock);
    if (waits)
        worker_check(p->acceptor, SetEvent(t->events[0]));
}

/* Ends the threads that have run dry, but for those that were asked for. */
static void overlapped_tend(struct overlapped *p)
{
    struct overlapped_thread **at = &p->threads;
    for (uint32_t i = 0; *at; i++) {
        if (i >= p->srv->threads && (*at)->load == 0) {
            overlapped_end(p, at);
        } else {
            overlapped_wake(p, *at);
            at = &(*at)->next;
        }
    }
}

/* Whatever happened: an event that got lost costs a second. Out of resources,
 * FD_ACCEPT is set at once again: sleep without it. */
static void overlapped_wait(struct overlapped *p, HANDLE events[2], bool all)
{
    DWORD woken = all ? WSAWaitForMultipleEvents(2, events, FALSE,
                                                 OVERLAPPED_WAIT_MS, FALSE)
                      : WaitForSingleObject(events[0], ACCEPT_RETRY_MS);
    if (!worker_check(p->acceptor, woken != WAIT_FAILED))
        Sleep(1);
}

static void overlapped_run(struct server *srv)
{
    struct overlapped p = {.srv = srv, .acceptor = worker_enter(srv)};
    HANDLE events[2] = {srv->stop_event, NULL};
    if (p.acceptor == NULL)
        server_cannot_start(srv, "VirtualAlloc");
    events[1] = WSACreateEvent();
    if (events[1] == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, events[1], FD_ACCEPT))
        server_cannot_start(srv, "WSAEventSelect");
    ULONGLONG tend_at = 0;
    server_ready(srv);
    while (!server_stopping(srv)) {
        WSANETWORKEVENTS happened;
        worker_check(p.acceptor, !WSAEnumNetworkEvents(srv->listener, events[1],
                                                       &happened));
        overlapped_wait(&p, events, overlapped_accept_all(&p));
        if (GetTickCount64() >= tend_at) {
            overlapped_tend(&p);
            tend_at = GetTickCount64() + OVERLAPPED_WAIT_MS;
        }
    }
    for (struct overlapped_thread *t = p.threads; t; t = t->next)
        overlapped_tell(&p, t);
    while (p.threads)
        overlapped_end(&p, &p.threads);
    worker_check(p.acceptor, !WSAEventSelect(srv->listener, NULL, 0));
    worker_check(p.acceptor, WSACloseEvent(events[1]));
    worker_leave(p.acceptor);
}

static const struct model_option overlapped_options[] = {
    {"inline", 1, 0, 64,
     "results there at once that one turn goes on with; 0: all by events"},
    {NULL, 0, 0, 0, NULL},
};

const struct io_model model_overlapped = {
    .name = "overlapped",
    .summary = "overlapped I/O: an event an operation, 63 to a thread",
    .ceiling = "63 connections a thread, so threads",
    .conn_size = sizeof(struct overlapped_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .options = overlapped_options,
    .run = overlapped_run,
};
