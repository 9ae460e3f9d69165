/* Event selection: a socket sets its event when something happens to it
 * (WSAEventSelect). Each thread waits for the events of up to 63 connections,
 * and for one more event that brings new ones. Threads grow and shrink with
 * the connections. The thread that called run() accepts, woken by FD_ACCEPT.
 * Ceiling: MAXIMUM_WAIT_OBJECTS a thread, so threads and their switches.
 *
 * A wait tells only of the lowest event that is set. So the events stand in
 * the array twice, one round behind the other, and each wait begins behind the
 * event it told of last: a wait serves one connection, and all take turns. */
#include <stdlib.h>
#include <string.h>
#include "model.h"

enum {
    EVENT_SELECT_EVENTS = WSA_MAXIMUM_WAIT_EVENTS,
    EVENT_SELECT_WAIT_MS = 1000, /* then look at what may have been missed */
    EVENT_SELECT_JOIN_MS = 15000
};

struct event_select_conn {
    struct conn conn;
    struct event_select_conn *next; /* in its thread's inbox */
    bool closing;                   /* FD_CLOSE came; it comes once */
};

struct event_select_thread {
    struct server *srv;
    struct worker *worker;
    HANDLE handle;
    struct event_select_thread *next;
    volatile LONG load;  /* given by the acceptor, taken off by the thread */
    volatile LONG leave; /* close what is left, then end */
    SRWLOCK lock;        /* of inbox */
    struct event_select_conn *inbox;
    DWORD used; /* seats; 0 is the event that says: look at inbox and leave */
    DWORD from; /* the seat where the next wait begins */
    WSAEVENT events[EVENT_SELECT_EVENTS], rounds[2 * EVENT_SELECT_EVENTS];
    struct event_select_conn *seats[EVENT_SELECT_EVENTS];
};

struct event_select {
    struct server *srv;
    struct worker *acceptor;             /* of the thread that called run() */
    struct event_select_thread *threads; /* the oldest first */
};

static void event_select_send(struct worker *w, struct conn *c)
{
    while (c->want == CONN_SEND) {
        int sent = send(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = sent < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) { /* FD_WRITE will come */
            conn_blocked(w, c);
            return;
        }
        if (error)
            conn_fail(w, c, error);
        else
            conn_advance(w, c, (DWORD)sent);
    }
}

/* False: nothing was there. */
static bool event_select_recv(struct worker *w, struct conn *c)
{
    int received = recv(c->sock, c->io.buf, (int)c->io.len, 0);
    DWORD error = received < 0 ? (DWORD)WSAGetLastError() : 0;
    if (error == WSAEWOULDBLOCK)
        return false;
    if (error)
        conn_fail(w, c, error);
    else
        conn_advance(w, c, (DWORD)received);
    return true;
}

/* One receive and its echo; then it is the others' turn. */
static void event_select_serve(struct worker *w, struct event_select_conn *e)
{
    struct conn *c = &e->conn;
    event_select_send(w, c);
    if (c->want != CONN_RECV)
        return;
    if (event_select_recv(w, c))
        event_select_send(w, c);
    else if (e->closing)
        conn_advance(w, c, 0); /* the end of what FD_CLOSE told of */
}

/* To be called after every change of seats. */
static void event_select_arrange(struct event_select_thread *t)
{
    memcpy(t->rounds, t->events, t->used * sizeof *t->events);
    memcpy(t->rounds + t->used, t->events, t->used * sizeof *t->events);
    t->from %= t->used;
}

/* Closes the connection and gives its seat up; the last one moves into it. */
static void event_select_leave(struct event_select_thread *t, DWORD seat)
{
    const WSAEVENT event = t->events[seat];
    conn_close(t->worker, &t->seats[seat]->conn);
    t->used--;
    t->seats[seat] = t->seats[t->used];
    t->events[seat] = t->events[t->used];
    t->events[t->used] = event; /* for the next connection */
    t->from = seat;
    event_select_arrange(t);
    InterlockedDecrement(&t->load);
}

static DWORD event_select_sit(struct event_select_thread *t,
                              struct event_select_conn *e)
{
    WSAEVENT *event = &t->events[t->used];
    /* Perhaps still set by its last user: then it leads to an empty look. */
    if (*event == NULL)
        *event = WSACreateEvent();
    if (*event == WSA_INVALID_EVENT ||
        WSAEventSelect(e->conn.sock, *event, FD_READ | FD_WRITE | FD_CLOSE))
        return (DWORD)WSAGetLastError();
    e->closing = false;
    t->seats[t->used++] = e;
    event_select_arrange(t);
    return 0;
}

static void event_select_adopt_all(struct event_select_thread *t)
{
    AcquireSRWLockExclusive(&t->lock);
    struct event_select_conn *e = t->inbox;
    t->inbox = NULL;
    ReleaseSRWLockExclusive(&t->lock);
    while (e) {
        struct event_select_conn *next = e->next;
        DWORD error = event_select_sit(t, e);
        if (error) {
            conn_refuse(t->worker, &e->conn, error);
            InterlockedDecrement(&t->load);
        }
        e = next;
    }
}

/* Nobody will say when: all that the peer sent before its end is there. */
static void event_select_serve_rest(struct event_select_thread *t, DWORD seat)
{
    struct event_select_conn *e = t->seats[seat];
    while (e->conn.want == CONN_RECV)
        event_select_serve(t->worker, e);
    if (e->conn.want == CONN_CLOSE)
        event_select_leave(t, seat);
}

static void event_select_look(struct event_select_thread *t, DWORD seat)
{
    struct event_select_conn *e = t->seats[seat];
    struct conn *c = &e->conn;
    WSANETWORKEVENTS which;
    if (WSAEnumNetworkEvents(c->sock, t->events[seat], &which)) {
        conn_fail(t->worker, c, (DWORD)WSAGetLastError());
    } else {
        /* What is not awaited is not lost: serving tries it in its turn. */
        long awaited = c->want == CONN_SEND ? FD_WRITE : FD_READ;
        if (which.lNetworkEvents & FD_CLOSE)
            e->closing = true;
        if ((which.lNetworkEvents & awaited) || e->closing)
            event_select_serve(t->worker, e);
    }
    /* FD_CLOSE may come before the last bytes were read, and nothing comes
     * after them: ask again until recv() says that this was all. */
    if (c->want == CONN_CLOSE)
        event_select_leave(t, seat);
    else if (e->closing && c->want == CONN_RECV &&
             !worker_check(t->worker, WSASetEvent(t->events[seat])))
        event_select_serve_rest(t, seat);
}

static void event_select_turn(struct event_select_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->rounds + t->from, FALSE,
                                           EVENT_SELECT_WAIT_MS, FALSE);
    if (!worker_check(t->worker, woken != WSA_WAIT_FAILED))
        Sleep(1);
    DWORD seat = woken == WSA_WAIT_TIMEOUT || woken == WSA_WAIT_FAILED
                     ? 0
                     : (t->from + woken - WSA_WAIT_EVENT_0) % t->used;
    t->from = (seat + 1) % t->used;
    if (seat == 0)
        event_select_adopt_all(t);
    else
        event_select_look(t, seat);
}

static DWORD WINAPI event_select_work(void *arg)
{
    struct event_select_thread *t = arg;
    while (!t->leave)
        event_select_turn(t);
    event_select_adopt_all(t);
    while (t->used > 1)
        event_select_leave(t, t->used - 1);
    return 0;
}

/* Starts a thread at the end of the list. NULL with GetLastError(). */
static struct event_select_thread *
event_select_start(struct event_select *p, struct event_select_thread **at)
{
    struct event_select_thread *t = calloc(1, sizeof *t);
    struct worker *worker = worker_enter(p->srv);
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    if (t && worker) {
        InitializeSRWLock(&t->lock);
        t->srv = p->srv;
        t->worker = worker;
        t->used = 1;
        t->events[0] = CreateEventW(NULL, FALSE, FALSE, NULL);
        event_select_arrange(t);
        if (t->events[0])
            t->handle = thread_start(event_select_work, t);
        if (t->handle)
            return *at = t;
        error = GetLastError();
        if (t->events[0])
            worker_check(p->acceptor, CloseHandle(t->events[0]));
    }
    if (worker)
        worker_leave(worker);
    free(t);
    worker_error(p->acceptor, error);
    SetLastError(error);
    return NULL;
}

static void event_select_tell(struct event_select *p,
                              struct event_select_thread *t)
{
    InterlockedExchange(&t->leave, 1);
    worker_check(p->acceptor, SetEvent(t->events[0]));
}

static void event_select_end(struct event_select *p,
                             struct event_select_thread **at)
{
    struct event_select_thread *t = *at;
    event_select_tell(p, t);
    thread_join(p->acceptor, t->handle, EVENT_SELECT_JOIN_MS);
    worker_leave(t->worker);
    for (DWORD i = 0; i < EVENT_SELECT_EVENTS && t->events[i]; i++)
        worker_check(p->acceptor, WSACloseEvent(t->events[i]));
    *at = t->next;
    free(t);
}

/* The emptiest of as many threads, the oldest first, as the connections need;
 * so the others run dry and end. NULL with GetLastError(). */
static struct event_select_thread *event_select_find(struct event_select *p)
{
    const LONG seats = EVENT_SELECT_EVENTS - 1;
    LONG open = 0;
    for (struct event_select_thread *t = p->threads; t; t = t->next)
        open += t->load;
    uint32_t need = (uint32_t)(open / seats) + 1;
    if (need < p->srv->threads)
        need = p->srv->threads;

    struct event_select_thread *best = NULL, **at = &p->threads;
    for (; need > 0 && *at; need--, at = &(*at)->next)
        if (best == NULL || (*at)->load < best->load)
            best = *at;
    struct event_select_thread *fresh =
        need > 0 ? event_select_start(p, at) : NULL;
    if (fresh)
        return fresh;
    return best && best->load < seats ? best : NULL;
}

static void event_select_accept(struct event_select *p, SOCKET sock)
{
    /* The listener's event selection is inherited. */
    if (WSAEventSelect(sock, NULL, 0)) {
        socket_refuse(p->acceptor, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct event_select_conn *e =
        (struct event_select_conn *)conn_open(p->acceptor, sock);
    if (e == NULL)
        return;
    struct event_select_thread *t = event_select_find(p);
    if (t == NULL) {
        conn_refuse(p->acceptor, &e->conn, GetLastError());
        return;
    }
    InterlockedIncrement(&t->load);
    AcquireSRWLockExclusive(&t->lock);
    const bool wake = t->inbox == NULL; /* or else it is woken already */
    e->next = t->inbox;
    t->inbox = e;
    ReleaseSRWLockExclusive(&t->lock);
    if (wake) /* lost: found in event_select_tend */
        worker_check(p->acceptor, SetEvent(t->events[0]));
}

/* Accepts all that wait. False: out of resources, more may wait. */
static bool event_select_accept_all(struct event_select *p)
{
    while (!server_stopping(p->srv)) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            event_select_accept(p, sock);
            continue;
        }
        DWORD error = (DWORD)WSAGetLastError();
        if (error == WSAEWOULDBLOCK)
            break;
        if (accept_failed(p->acceptor, error) == ACCEPT_LATER)
            return false;
    }
    return true;
}

/* One who found the inbox filled did not wake the thread: was it woken? */
static void event_select_wake(struct event_select *p,
                              struct event_select_thread *t)
{
    AcquireSRWLockExclusive(&t->lock);
    bool waits = t->inbox != NULL;
    ReleaseSRWLockExclusive(&t->lock);
    if (waits)
        worker_check(p->acceptor, SetEvent(t->events[0]));
}

/* Ends the threads that have run dry, but for those that were asked for. */
static void event_select_tend(struct event_select *p)
{
    struct event_select_thread **at = &p->threads;
    for (uint32_t i = 0; *at; i++) {
        if (i >= p->srv->threads && (*at)->load == 0) {
            event_select_end(p, at);
        } else {
            event_select_wake(p, *at);
            at = &(*at)->next;
        }
    }
}

/* While more may wait than can be had, the listener's event would always be
 * set: then without it. */
static void event_select_wait(struct event_select *p, WSAEVENT events[2],
                              bool all)
{
    WSANETWORKEVENTS which;
    if (!worker_check(p->acceptor,
                      WSAWaitForMultipleEvents(all ? 2 : 1, events, FALSE,
                                               all ? EVENT_SELECT_WAIT_MS
                                                   : ACCEPT_RETRY_MS,
                                               FALSE) != WSA_WAIT_FAILED))
        Sleep(1);
    worker_check(p->acceptor, !WSAEnumNetworkEvents(p->srv->listener, events[1],
                                                    &which)); /* resets it */
}

static void event_select_run(struct server *srv)
{
    struct event_select p = {.srv = srv, .acceptor = worker_enter(srv)};
    WSAEVENT events[2] = {srv->stop_event, NULL};
    if (p.acceptor == NULL)
        server_cannot_start(srv, "VirtualAlloc");
    events[1] = WSACreateEvent();
    if (events[1] == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, events[1], FD_ACCEPT))
        server_cannot_start(srv, "WSAEventSelect");
    ULONGLONG tend_at = 0;
    server_ready(srv);
    while (!server_stopping(srv)) {
        bool all = event_select_accept_all(&p);
        if (GetTickCount64() >= tend_at) {
            event_select_tend(&p);
            tend_at = GetTickCount64() + EVENT_SELECT_WAIT_MS;
        }
        event_select_wait(&p, events, all);
    }
    for (struct event_select_thread *t = p.threads; t; t = t->next)
        event_select_tell(&p, t);
    while (p.threads)
        event_select_end(&p, &p.threads);
    worker_check(p.acceptor, !WSAEventSelect(srv->listener, NULL, 0));
    worker_check(p.acceptor, WSACloseEvent(events[1]));
    worker_leave(p.acceptor);
}

const struct io_model model_event_select = {
    .name = "event_select",
    .summary = "WSAEventSelect: an event a socket, 63 to a thread",
    .ceiling = "63 connections a thread, so threads",
    .conn_size = sizeof(struct event_select_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .run = event_select_run,
};
