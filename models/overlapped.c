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
#include "model.h"

enum {
    OVERLAPPED_EVENTS = WSA_MAXIMUM_WAIT_EVENTS,
    OVERLAPPED_WAIT_MS = 1000 /* then look at what may have been missed */
};

enum { OVERLAPPED_INLINE }; /* server.tuning */

struct overlapped_conn {
    struct conn conn;
    WSAOVERLAPPED io;
};

struct overlapped_thread {
    struct crew_member member;
    DWORD used; /* seats; 0 is member.wake: new connections, or leave */
    WSAEVENT events[OVERLAPPED_EVENTS];
    struct overlapped_conn *seats[OVERLAPPED_EVENTS];
};

/* Goes on with a connection whose operation is done until one is pending.
 * False when it was closed. */
static bool overlapped_serve(struct overlapped_thread *t,
                             struct overlapped_conn *c)
{
    struct thread_stats *stats = t->member.stats;
    struct conn *conn = &c->conn;
    uint32_t turns = t->member.crew->srv->tuning[OVERLAPPED_INLINE];
    while (conn->want != CONN_CLOSE && !t->member.leave) {
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
            conn_fail(stats, conn, error);
        else
            conn_advance(stats, conn, bytes);
    }
    conn_close(stats, conn);
    crew_left(&t->member);
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
    struct overlapped_conn *c;
    while ((c = (struct overlapped_conn *)crew_take(&t->member)) != NULL) {
        c->io.hEvent = t->events[t->used];
        t->seats[t->used++] = c;
        if (!overlapped_serve(t, c))
            overlapped_leave(t, t->used - 1);
    }
}

/* Serves every finished operation once: the wait tells only of the first. */
static void overlapped_look(struct overlapped_thread *t)
{
    struct thread_stats *stats = t->member.stats;
    for (DWORD i = t->used - 1; i > 0; i--) {
        struct overlapped_conn *c = t->seats[i];
        DWORD bytes, flags;
        if (!HasOverlappedIoCompleted(&c->io))
            continue;
        if (WSAGetOverlappedResult(c->conn.sock, &c->io, &bytes, FALSE, &flags))
            conn_advance(stats, &c->conn, bytes);
        else
            conn_fail(stats, &c->conn, (DWORD)WSAGetLastError());
        if (!overlapped_serve(t, c))
            overlapped_leave(t, i);
    }
}

static void overlapped_turn(struct overlapped_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->events, FALSE,
                                           OVERLAPPED_WAIT_MS, FALSE);
    if (!stats_check(t->member.stats, woken != WSA_WAIT_FAILED))
        Sleep(1);
    if (woken == WSA_WAIT_EVENT_0 || woken == WSA_WAIT_TIMEOUT)
        overlapped_adopt_all(t);
    overlapped_look(t);
}

static void overlapped_cancel_all(struct overlapped_thread *t)
{
    for (DWORD i = 1; i < t->used; i++)
        stats_check(t->member.stats, CancelIoEx((HANDLE)t->seats[i]->conn.sock,
                                                &t->seats[i]->io) ||
                                         GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI overlapped_work(void *arg)
{
    struct overlapped_thread *t = arg;
    while (!t->member.leave)
        overlapped_turn(t);
    overlapped_cancel_all(t);
    for (LONG load; (load = t->member.load) > 0;) {
        overlapped_turn(t);
        if (t->member.load == load) /* a cancel that failed is made again */
            overlapped_cancel_all(t);
    }
    return 0;
}

/* The events reset themselves: a signal that is late, its operation was seen
 * to be done, costs one needless look and not an endless loop. */
static bool overlapped_open(struct crew_member *m)
{
    struct overlapped_thread *t = (struct overlapped_thread *)m;
    t->events[0] = m->wake;
    for (t->used = 1; t->used < OVERLAPPED_EVENTS; t->used++) {
        t->events[t->used] = CreateEventW(NULL, FALSE, FALSE, NULL);
        if (t->events[t->used] == NULL)
            return false;
    }
    t->used = 1;
    return true;
}

static void overlapped_close(struct crew_member *m)
{
    struct overlapped_thread *t = (struct overlapped_thread *)m;
    for (DWORD i = 1; i < OVERLAPPED_EVENTS && t->events[i]; i++)
        stats_check(m->crew->accept_stats, CloseHandle(t->events[i]));
}

static void overlapped_accept(struct crew *crew, SOCKET sock)
{
    u_long blocking = 0;
    /* The listener's event selection and mode are inherited. */
    if (WSAEventSelect(sock, NULL, 0) ||
        ioctlsocket(sock, (long)FIONBIO, &blocking)) {
        socket_refuse(crew->accept_stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(crew->accept_stats, sock);
    if (c)
        crew_give(crew, c);
}

/* Takes every connection that waits. False: out of resources. */
static bool overlapped_accept_all(struct crew *crew)
{
    while (!server_stopping(crew->srv)) {
        crew_tend(crew);
        SOCKET sock = accept(crew->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            overlapped_accept(crew, sock);
            continue;
        }
        DWORD error = (DWORD)WSAGetLastError();
        if (error == WSAEWOULDBLOCK)
            return true;
        if (accept_failed(crew->accept_stats, error) == ACCEPT_LATER)
            return false;
    }
    return true;
}

/* Whatever happened: an event that got lost costs a second. Out of resources,
 * FD_ACCEPT is set at once again: sleep without it. */
static void overlapped_wait(struct crew *crew, HANDLE events[2], bool all)
{
    DWORD woken = all ? WSAWaitForMultipleEvents(2, events, FALSE,
                                                 OVERLAPPED_WAIT_MS, FALSE)
                      : WaitForSingleObject(events[0], ACCEPT_RETRY_MS);
    if (!stats_check(crew->accept_stats, woken != WAIT_FAILED))
        Sleep(1);
}

static void overlapped_run(struct server *srv)
{
    struct crew crew = {.srv = srv,
                        .accept_stats = thread_stats_open(srv),
                        .work = overlapped_work,
                        .member_size = sizeof(struct overlapped_thread),
                        .open = overlapped_open,
                        .close = overlapped_close,
                        .seats = OVERLAPPED_EVENTS - 1};
    HANDLE events[2] = {srv->stop_event, NULL};
    if (crew.accept_stats == NULL)
        server_cannot_start(srv, "calloc");
    events[1] = WSACreateEvent();
    if (events[1] == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, events[1], FD_ACCEPT))
        server_cannot_start(srv, "WSAEventSelect");
    server_ready(srv);
    while (!server_stopping(srv)) {
        WSANETWORKEVENTS happened;
        stats_check(crew.accept_stats,
                    !WSAEnumNetworkEvents(srv->listener, events[1], &happened));
        overlapped_wait(&crew, events, overlapped_accept_all(&crew));
    }
    crew_end(&crew);
    stats_check(crew.accept_stats, !WSAEventSelect(srv->listener, NULL, 0));
    stats_check(crew.accept_stats, WSACloseEvent(events[1]));
    thread_stats_close(crew.accept_stats);
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
    .conns_per_thread = OVERLAPPED_EVENTS - 1,
    .options = overlapped_options,
    .run = overlapped_run,
};
