/* Overlapped I/O with events: each thread waits for the events of up to 63
 * operations, and for one more that tells it of new connections. The thread
 * that called run() accepts, woken by FD_ACCEPT.
 * Ceiling: MAXIMUM_WAIT_OBJECTS (64 handles) a thread, so threads and their
 * switches. Full: start another thread (worker_pool.c).
 * Compare event_select.c: the same threads and events, but an event there says
 * that a call can be made, here that it is done.
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
    struct pool_worker worker;
    DWORD used; /* events waited for; 0 is worker.wake */
    WSAEVENT events[OVERLAPPED_EVENTS];
    struct overlapped_conn *conns[OVERLAPPED_EVENTS];
};

/* Goes on with a connection whose operation is done until one is pending.
 * False: it is to be closed. */
static bool overlapped_serve(struct overlapped_thread *t,
                             struct overlapped_conn *o)
{
    struct thread_stats *stats = t->worker.stats;
    struct conn *c = &o->conn;
    uint32_t turns = t->worker.pool->srv->tuning[OVERLAPPED_INLINE];
    while (c->want != CONN_CLOSE && !t->worker.leave) {
        DWORD bytes = 0, flags = 0;
        /* The call resets the event. */
        o->io = (WSAOVERLAPPED){.hEvent = o->io.hEvent};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, &bytes, &flags, &o->io, NULL)
                : WSASend(c->sock, &c->io, 1, &bytes, 0, &o->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        /* A peer whose bytes are always there would keep this thread for
         * itself: after its turns it waits, with its event set, for the next
         * look at all. */
        if (error == WSA_IO_PENDING || (!error && turns == 0))
            return true;
        turns -= turns > 0;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, bytes);
    }
    return false;
}

/* Closes a connection; the last one moves into its place. */
static void overlapped_close(struct overlapped_thread *t, DWORD i)
{
    const WSAEVENT event = t->events[i];
    conn_close(t->worker.stats, &t->conns[i]->conn);
    t->used--;
    t->conns[i] = t->conns[t->used];
    t->events[i] = t->events[t->used];
    t->events[t->used] = event; /* for the next connection */
    worker_pool_gone(&t->worker);
}

static void overlapped_adopt_all(struct overlapped_thread *t)
{
    struct overlapped_conn *o;
    while ((o = (struct overlapped_conn *)worker_pool_take(&t->worker)) !=
           NULL) {
        o->io.hEvent = t->events[t->used];
        t->conns[t->used++] = o;
        if (!overlapped_serve(t, o))
            overlapped_close(t, t->used - 1);
    }
}

/* Serves every finished operation once: the wait tells only of the first. */
static void overlapped_look(struct overlapped_thread *t)
{
    for (DWORD i = t->used - 1; i > 0; i--) {
        struct overlapped_conn *o = t->conns[i];
        DWORD bytes, flags;
        if (!HasOverlappedIoCompleted(&o->io))
            continue;
        if (WSAGetOverlappedResult(o->conn.sock, &o->io, &bytes, FALSE, &flags))
            conn_advance(t->worker.stats, &o->conn, bytes);
        else
            conn_fail(t->worker.stats, &o->conn, (DWORD)WSAGetLastError());
        if (!overlapped_serve(t, o))
            overlapped_close(t, i);
    }
}

static void overlapped_turn(struct overlapped_thread *t)
{
    DWORD woken = WSAWaitForMultipleEvents(t->used, t->events, FALSE,
                                           OVERLAPPED_WAIT_MS, FALSE);
    if (!stats_check(t->worker.stats, woken != WSA_WAIT_FAILED))
        Sleep(1);
    if (woken == WSA_WAIT_EVENT_0 || woken == WSA_WAIT_TIMEOUT)
        overlapped_adopt_all(t);
    overlapped_look(t);
}

static void overlapped_cancel_all(struct overlapped_thread *t)
{
    for (DWORD i = 1; i < t->used; i++)
        stats_check(t->worker.stats, CancelIoEx((HANDLE)t->conns[i]->conn.sock,
                                                &t->conns[i]->io) ||
                                         GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI overlapped_work(void *arg)
{
    struct overlapped_thread *t = arg;
    while (!t->worker.leave)
        overlapped_turn(t);
    overlapped_cancel_all(t);
    for (LONG conns; (conns = t->worker.conns) > 0;) {
        overlapped_turn(t);
        if (t->worker.conns == conns) /* a cancel that failed is made again */
            overlapped_cancel_all(t);
    }
    return 0;
}

/* The events reset themselves: a late signal, of an operation that was already
 * seen to be done, costs one needless look and not an endless loop. */
static bool overlapped_open(struct pool_worker *w)
{
    struct overlapped_thread *t = (struct overlapped_thread *)w;
    t->events[0] = w->wake;
    t->used = 1;
    for (DWORD i = 1; i < OVERLAPPED_EVENTS; i++) {
        t->events[i] = CreateEventW(NULL, FALSE, FALSE, NULL);
        if (t->events[i] == NULL)
            return false;
    }
    return true;
}

static void overlapped_close_events(struct pool_worker *w)
{
    struct overlapped_thread *t = (struct overlapped_thread *)w;
    for (DWORD i = 1; i < OVERLAPPED_EVENTS && t->events[i]; i++)
        stats_check(w->pool->srv->stats, CloseHandle(t->events[i]));
}

/* Takes every connection that waits. False: out of resources. */
static bool overlapped_accept_all(struct worker_pool *pool)
{
    struct thread_stats *stats = pool->srv->stats;
    u_long blocking = 0;
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
        /* The listener's event selection and mode are inherited. */
        if (WSAEventSelect(sock, NULL, 0) ||
            ioctlsocket(sock, (long)FIONBIO, &blocking))
            socket_refuse(stats, sock, (DWORD)WSAGetLastError());
        else
            worker_pool_give(pool, sock);
    }
    return true;
}

static void overlapped_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = overlapped_work,
                               .worker_size = sizeof(struct overlapped_thread),
                               .capacity = OVERLAPPED_EVENTS - 1,
                               .open = overlapped_open,
                               .close = overlapped_close_events};
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
        const bool all = overlapped_accept_all(&pool);
        DWORD woken = WSAWaitForMultipleEvents(
            all ? 2 : 1, events, FALSE,
            all ? OVERLAPPED_WAIT_MS : ACCEPT_RETRY_MS, FALSE);
        if (!stats_check(srv->stats, woken != WSA_WAIT_FAILED))
            Sleep(1);
    }
    worker_pool_end(&pool);
    stats_check(srv->stats, !WSAEventSelect(srv->listener, NULL, 0));
    stats_check(srv->stats, WSACloseEvent(events[1]));
}

const struct io_model model_overlapped = {
    .name = "overlapped",
    .summary = "overlapped I/O: an event for each operation, 63 to a thread",
    .ceiling = "threads: each serves 63 connections",
    .conn_size = sizeof(struct overlapped_conn),
    .conns_per_thread = OVERLAPPED_EVENTS - 1,
    .options =
        {
            {"inline", 1, 0, 64,
             "immediate results handled in one turn; 0: all by events", NULL},
        },
    .run = overlapped_run,
};
