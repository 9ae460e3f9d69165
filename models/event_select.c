/* Event selection: a socket sets its event when something happens to it
 * (WSAEventSelect). Each thread waits for the events of up to 63 connections,
 * and for one more that tells it of new ones. The thread that called run()
 * accepts, woken by FD_ACCEPT.
 * Ceiling: MAXIMUM_WAIT_OBJECTS (64 handles) a thread, so threads and their
 * switches. Full: start another thread (worker_pool.c).
 * Compare select.c, which asks anew each time; and overlapped.c: the same
 * threads and events, but an event says what is done, not what can be done.
 *
 * A wait reports only the lowest event that is set. So the events stand in
 * the array twice, one round behind the other, and each wait begins behind the
 * event that it reported last: a wait serves one connection, and all take
 * turns. */
#include <string.h>
#include "model.h"

enum {
    EVENT_SELECT_EVENTS = WSA_MAXIMUM_WAIT_EVENTS,
    EVENT_SELECT_WAIT_MS = 1000 /* then look at what may have been missed */
};

struct event_select_conn {
    struct conn conn;
    bool closing; /* FD_CLOSE came; it comes once */
};

struct event_select_thread {
    struct pool_worker worker;
    DWORD used;       /* events waited for; 0 is worker.wake */
    DWORD from;       /* the event where the next wait begins */
    ULONGLONG try_at; /* when blocked sends are tried unasked */
    WSAEVENT events[EVENT_SELECT_EVENTS], rounds[2 * EVENT_SELECT_EVENTS];
    struct event_select_conn *conns[EVENT_SELECT_EVENTS];
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool event_select_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false, any = false;
    if (!conn_borrow(stats, c))
        return true;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) {
            if (sends)
                conn_blocked(stats, c);
            break;
        }
        any = true;
        received |= !sends && !error; /* --shortage ladder: at once */
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
    conn_repay(stats, c); /* a buffer in vain, or one whose bytes all went */
    return any;
}

/* To be called after every change of events. */
static void event_select_arrange(struct event_select_thread *t)
{
    memcpy(t->rounds, t->events, t->used * sizeof *t->events);
    memcpy(t->rounds + t->used, t->events, t->used * sizeof *t->events);
    t->from %= t->used;
}

/* Closes a connection; the last one moves into its place. */
static void event_select_close(struct event_select_thread *t, DWORD i)
{
    const WSAEVENT event = t->events[i];
    conn_close(t->worker.stats, &t->conns[i]->conn);
    t->used--;
    t->conns[i] = t->conns[t->used];
    t->events[i] = t->events[t->used];
    t->events[t->used] = event; /* for the next connection */
    t->from = i;
    event_select_arrange(t);
    worker_pool_gone(&t->worker);
}

/* An error code, or 0. */
static DWORD event_select_add(struct event_select_thread *t,
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
    t->conns[t->used++] = e;
    event_select_arrange(t);
    return 0;
}

static void event_select_adopt_all(struct event_select_thread *t)
{
    struct conn *c;
    while ((c = worker_pool_take(&t->worker)) != NULL) {
        DWORD error = event_select_add(t, (struct event_select_conn *)c);
        if (error) {
            conn_refuse(t->worker.stats, c, error);
            worker_pool_gone(&t->worker);
        }
    }
}

static void event_select_try(struct event_select_thread *t, DWORD i)
{
    struct event_select_conn *e = t->conns[i];
    struct conn *c = &e->conn;
    bool any = event_select_serve(t->worker.stats, c);
    /* FD_CLOSE may come before the last bytes were read, and nothing comes
     * after them: to the end, which is no further than a socket's buffer. */
    while (e->closing && c->want == CONN_RECV && any)
        any = event_select_serve(t->worker.stats, c);
    if (e->closing && c->want == CONN_RECV)
        conn_advance(t->worker.stats, c, 0);
    if (c->want == CONN_CLOSE)
        event_select_close(t, i);
}

static void event_select_look(struct event_select_thread *t, DWORD i)
{
    struct event_select_conn *e = t->conns[i];
    struct conn *c = &e->conn;
    WSANETWORKEVENTS which;
    if (WSAEnumNetworkEvents(c->sock, t->events[i], &which)) {
        conn_fail(t->worker.stats, c, (DWORD)WSAGetLastError());
        event_select_close(t, i);
        return;
    }
    /* An event not awaited is not lost: serving tries it in its turn. */
    long awaited = c->want == CONN_SEND ? FD_WRITE : FD_READ;
    if (which.lNetworkEvents & FD_CLOSE)
        e->closing = true;
    if ((which.lNetworkEvents & awaited) || e->closing)
        event_select_try(t, i);
}

/* FD_CLOSE comes once: should the peer reset after it, nothing need come to a
 * connection whose send is blocked. */
static void event_select_try_blocked(struct event_select_thread *t)
{
    t->try_at = GetTickCount64() + EVENT_SELECT_WAIT_MS;
    for (DWORD i = t->used; i-- > 1;)
        if (t->conns[i]->conn.want == CONN_SEND)
            event_select_try(t, i);
}

static void event_select_turn(struct event_select_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->rounds + t->from, FALSE,
                                           EVENT_SELECT_WAIT_MS, FALSE);
    if (!stats_check(t->worker.stats, woken != WSA_WAIT_FAILED))
        Sleep(1);
    DWORD i = woken == WSA_WAIT_TIMEOUT || woken == WSA_WAIT_FAILED
                  ? 0
                  : (t->from + woken - WSA_WAIT_EVENT_0) % t->used;
    t->from = (i + 1) % t->used;
    if (i == 0)
        event_select_adopt_all(t);
    else
        event_select_look(t, i);
    if (GetTickCount64() >= t->try_at)
        event_select_try_blocked(t);
}

static DWORD WINAPI event_select_work(void *arg)
{
    struct event_select_thread *t = arg;
    while (!t->worker.leave)
        event_select_turn(t);
    event_select_adopt_all(t);
    while (t->used > 1)
        event_select_close(t, t->used - 1);
    return 0;
}

static bool event_select_open(struct pool_worker *w)
{
    struct event_select_thread *t = (struct event_select_thread *)w;
    t->events[0] = w->wake;
    t->used = 1;
    event_select_arrange(t);
    return true;
}

static void event_select_close_events(struct pool_worker *w)
{
    struct event_select_thread *t = (struct event_select_thread *)w;
    for (DWORD i = 1; i < EVENT_SELECT_EVENTS && t->events[i]; i++)
        stats_check(w->pool->srv->stats, WSACloseEvent(t->events[i]));
}

/* Takes every connection that waits. False: out of resources. */
static bool event_select_accept_all(struct worker_pool *pool)
{
    struct thread_stats *stats = pool->srv->stats;
    while (!server_stopping(pool->srv)) {
        worker_pool_maintain(pool);
        SOCKET sock = accept(pool->srv->listener, NULL, NULL);
        DWORD error = sock == INVALID_SOCKET ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK)
            return true;
        if (error && accept_failed(stats, error) == ACCEPT_LATER)
            return false;
        if (error)
            continue;
        /* The listener's event selection is inherited. */
        if (WSAEventSelect(sock, NULL, 0))
            socket_refuse(stats, sock, (DWORD)WSAGetLastError());
        else
            worker_pool_give(pool, sock);
    }
    return true;
}

static void event_select_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = event_select_work,
                               .worker_size =
                                   sizeof(struct event_select_thread),
                               .capacity = EVENT_SELECT_EVENTS - 1,
                               .open = event_select_open,
                               .close = event_select_close_events};
    WSAEVENT events[2] = {srv->stop_event, WSACreateEvent()};
    if (events[1] == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, events[1], FD_ACCEPT))
        server_cannot_start(srv, "WSAEventSelect");
    server_ready(srv);
    while (!server_stopping(srv)) {
        WSANETWORKEVENTS happened;
        stats_check(srv->stats,
                    !WSAEnumNetworkEvents(srv->listener, events[1], &happened));
        /* Out of resources, FD_ACCEPT is set at once again: sleep without it.
         * An event that got lost costs a second. */
        const bool all = event_select_accept_all(&pool);
        DWORD woken = WSAWaitForMultipleEvents(
            all ? 2 : 1, events, FALSE,
            all ? EVENT_SELECT_WAIT_MS : ACCEPT_RETRY_MS, FALSE);
        if (!stats_check(srv->stats, woken != WSA_WAIT_FAILED))
            Sleep(1);
    }
    worker_pool_end(&pool);
    stats_check(srv->stats, !WSAEventSelect(srv->listener, NULL, 0));
    stats_check(srv->stats, WSACloseEvent(events[1]));
}

const struct io_model model_event_select = {
    .name = "event_select",
    .summary = "WSAEventSelect: an event for each socket, 63 to a thread",
    .ceiling = "threads: each serves 63 connections",
    .conn_size = sizeof(struct event_select_conn),
    .conns_per_thread = EVENT_SELECT_EVENTS - 1,
    .borrows = true,
    .run = event_select_run,
};
