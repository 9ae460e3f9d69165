/* Event selection: a socket sets its event when something happens to it
 * (WSAEventSelect). Each thread waits for the events of up to 63 connections,
 * and for one more event that brings new ones. Threads grow and shrink with
 * the connections. The thread that called run() accepts, woken by FD_ACCEPT.
 * Ceiling: MAXIMUM_WAIT_OBJECTS a thread, so threads and their switches.
 *
 * A wait tells only of the lowest event that is set. So the events stand in
 * the array twice, one round behind the other, and each wait begins behind the
 * event it told of last: a wait serves one connection, and all take turns. */
#include <string.h>
#include "model.h"

enum {
    EVENT_SELECT_EVENTS = WSA_MAXIMUM_WAIT_EVENTS,
    EVENT_SELECT_WAIT_MS = 1000 /* then look whether anybody was given */
};

struct event_select_conn {
    struct conn conn;
    bool closing; /* FD_CLOSE came; it comes once */
};

struct event_select_thread {
    struct crew_member member;
    DWORD used;       /* seats; 0 is member.wake: new connections, or leave */
    DWORD from;       /* the seat where the next wait begins */
    ULONGLONG try_at; /* when blocked sends are tried unasked */
    WSAEVENT events[EVENT_SELECT_EVENTS], rounds[2 * EVENT_SELECT_EVENTS];
    struct event_select_conn *seats[EVENT_SELECT_EVENTS];
};

/* One receive and its echo; then it is the others' turn. */
static void event_select_serve(struct thread_stats *stats,
                               struct event_select_conn *e)
{
    struct conn *c = &e->conn;
    bool received = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        received |= !sends;
        if (error == WSAEWOULDBLOCK && sends) { /* FD_WRITE will come */
            conn_blocked(stats, c);
            return;
        }
        if (error == 0)
            conn_advance(stats, c, (DWORD)bytes);
        else if (error != WSAEWOULDBLOCK)
            conn_fail(stats, c, error);
        else if (e->closing)
            conn_advance(stats, c, 0); /* the end of what FD_CLOSE told of */
    }
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
    conn_close(t->member.stats, &t->seats[seat]->conn);
    t->used--;
    t->seats[seat] = t->seats[t->used];
    t->events[seat] = t->events[t->used];
    t->events[t->used] = event; /* for the next connection */
    t->from = seat;
    event_select_arrange(t);
    crew_left(&t->member);
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
    struct conn *c;
    while ((c = crew_take(&t->member)) != NULL) {
        DWORD error = event_select_sit(t, (struct event_select_conn *)c);
        if (error) {
            conn_refuse(t->member.stats, c, error);
            crew_left(&t->member);
        }
    }
}

static void event_select_try(struct event_select_thread *t, DWORD seat)
{
    struct event_select_conn *e = t->seats[seat];
    /* FD_CLOSE may come before the last bytes were read, and nothing comes
     * after them: to the end, which is no further than a socket's buffer. */
    do
        event_select_serve(t->member.stats, e);
    while (e->closing && e->conn.want == CONN_RECV);
    if (e->conn.want == CONN_CLOSE)
        event_select_leave(t, seat);
}

static void event_select_look(struct event_select_thread *t, DWORD seat)
{
    struct event_select_conn *e = t->seats[seat];
    struct conn *c = &e->conn;
    WSANETWORKEVENTS which;
    if (WSAEnumNetworkEvents(c->sock, t->events[seat], &which)) {
        conn_fail(t->member.stats, c, (DWORD)WSAGetLastError());
        event_select_leave(t, seat);
        return;
    }
    /* What is not awaited is not lost: serving tries it in its turn. */
    long awaited = c->want == CONN_SEND ? FD_WRITE : FD_READ;
    if (which.lNetworkEvents & FD_CLOSE)
        e->closing = true;
    if ((which.lNetworkEvents & awaited) || e->closing)
        event_select_try(t, seat);
}

/* FD_CLOSE comes once: should the peer reset after it, nothing need come to
 * one whose send is blocked. */
static void event_select_try_blocked(struct event_select_thread *t)
{
    t->try_at = GetTickCount64() + EVENT_SELECT_WAIT_MS;
    for (DWORD seat = t->used; seat-- > 1;)
        if (t->seats[seat]->conn.want == CONN_SEND)
            event_select_try(t, seat);
}

static void event_select_turn(struct event_select_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->rounds + t->from, FALSE,
                                           EVENT_SELECT_WAIT_MS, FALSE);
    if (!stats_check(t->member.stats, woken != WSA_WAIT_FAILED))
        Sleep(1);
    DWORD seat = woken == WSA_WAIT_TIMEOUT || woken == WSA_WAIT_FAILED
                     ? 0
                     : (t->from + woken - WSA_WAIT_EVENT_0) % t->used;
    t->from = (seat + 1) % t->used;
    if (seat == 0)
        event_select_adopt_all(t);
    else
        event_select_look(t, seat);
    if (GetTickCount64() >= t->try_at)
        event_select_try_blocked(t);
}

static DWORD WINAPI event_select_work(void *arg)
{
    struct event_select_thread *t = arg;
    while (!t->member.leave)
        event_select_turn(t);
    event_select_adopt_all(t);
    while (t->used > 1)
        event_select_leave(t, t->used - 1);
    return 0;
}

static bool event_select_open(struct crew_member *m)
{
    struct event_select_thread *t = (struct event_select_thread *)m;
    t->events[0] = m->wake;
    t->used = 1;
    event_select_arrange(t);
    return true;
}

static void event_select_close(struct crew_member *m)
{
    struct event_select_thread *t = (struct event_select_thread *)m;
    for (DWORD i = 1; i < EVENT_SELECT_EVENTS && t->events[i]; i++)
        stats_check(m->crew->accept_stats, WSACloseEvent(t->events[i]));
}

static void event_select_accept(struct crew *crew, SOCKET sock)
{
    /* The listener's event selection is inherited. */
    if (WSAEventSelect(sock, NULL, 0)) {
        socket_refuse(crew->accept_stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(crew->accept_stats, sock);
    if (c)
        crew_give(crew, c);
}

/* Takes every connection that waits. False: out of resources. */
static bool event_select_accept_all(struct crew *crew)
{
    while (!server_stopping(crew->srv)) {
        crew_tend(crew);
        SOCKET sock = accept(crew->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            event_select_accept(crew, sock);
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
static void event_select_wait(struct crew *crew, HANDLE events[2], bool all)
{
    DWORD woken = WSAWaitForMultipleEvents(
        all ? 2 : 1, events, FALSE,
        all ? EVENT_SELECT_WAIT_MS : ACCEPT_RETRY_MS, FALSE);
    if (!stats_check(crew->accept_stats, woken != WSA_WAIT_FAILED))
        Sleep(1);
}

static void event_select_run(struct server *srv)
{
    struct crew crew = {.srv = srv,
                        .accept_stats = thread_stats_open(srv),
                        .work = event_select_work,
                        .member_size = sizeof(struct event_select_thread),
                        .open = event_select_open,
                        .close = event_select_close,
                        .seats = EVENT_SELECT_EVENTS - 1};
    WSAEVENT events[2] = {srv->stop_event, NULL};
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
        event_select_wait(&crew, events, event_select_accept_all(&crew));
    }
    crew_end(&crew);
    stats_check(crew.accept_stats, !WSAEventSelect(srv->listener, NULL, 0));
    stats_check(crew.accept_stats, WSACloseEvent(events[1]));
    thread_stats_close(crew.accept_stats);
}

const struct io_model model_event_select = {
    .name = "event_select",
    .summary = "WSAEventSelect: an event a socket, 63 to a thread",
    .ceiling = "63 connections a thread, so threads",
    .conn_size = sizeof(struct event_select_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .conns_per_thread = EVENT_SELECT_EVENTS - 1,
    .run = event_select_run,
};
