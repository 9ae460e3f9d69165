/* Non-blocking calls: one thread asks the listener and then each socket in
 * turn, again and again, whether it has something. Nothing wakes it: the price
 * of this style is the calls that find nothing.
 * After an idle round it gives the processor away (see the back-off below),
 * which the textbooks' loop does not: idle_us=0 turns that off.
 * Ceiling: a round: each connection waits for all the others to be asked.
 * Compare select.c: the same calls, but only on sockets that have something. */
#include "model.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION /* missing in older headers */
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002
#endif

enum {
    NONBLOCKING_STRIDE = 256,  /* sockets asked before the listener again */
    NONBLOCKING_ACCEPTS = 128, /* then at most: the others want their turn */
    NONBLOCKING_IDLE_US = 50   /* the first sleep; each is twice the last */
};

enum { NONBLOCKING_IDLE, NONBLOCKING_YIELDS }; /* server.tuning */

struct nonblocking_conn {
    struct conn conn;
    struct nonblocking_conn *next;
};

struct nonblocking {
    struct server *srv;
    struct nonblocking_conn *conns;
    ULONGLONG retry_at; /* no accept before, after a shortage */
    HANDLE timer;
    uint32_t idle_rounds; /* since the last that found something */
    uint32_t idle_us;     /* the next sleep */
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool nonblocking_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false, any = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) {
            if (sends)
                conn_blocked(stats, c);
            return any;
        }
        any = true;
        received |= !sends;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
    return any;
}

static void nonblocking_accept(struct nonblocking *p, SOCKET sock,
                               struct nonblocking_conn **at)
{
    u_long yes = 1;
    if (ioctlsocket(sock, (long)FIONBIO, &yes)) {
        socket_refuse(p->srv->stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct nonblocking_conn *n =
        (struct nonblocking_conn *)conn_open(p->srv->stats, sock);
    if (n == NULL)
        return;
    n->next = *at;
    *at = n;
}

/* Accepts what waits, to be asked next. False: nothing did. */
static bool nonblocking_accept_all(struct nonblocking *p,
                                   struct nonblocking_conn **at)
{
    if (p->retry_at > GetTickCount64())
        return false;
    for (uint32_t i = 0; i < NONBLOCKING_ACCEPTS; i++) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        DWORD error = sock == INVALID_SOCKET ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK)
            return i > 0;
        if (!error) {
            nonblocking_accept(p, sock, at);
        } else if (accept_failed(p->srv->stats, error) == ACCEPT_LATER) {
            p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
            return i > 0;
        }
    }
    return true;
}

/* Asks all in turn. False: an idle round, nothing was found. */
static bool nonblocking_round(struct nonblocking *p)
{
    struct nonblocking_conn **at = &p->conns, *n;
    bool any = nonblocking_accept_all(p, at);
    for (uint32_t asked = 1; (n = *at) != NULL; asked++) {
        any |= nonblocking_serve(p->srv->stats, &n->conn);
        if (n->conn.want == CONN_CLOSE) {
            *at = n->next;
            conn_close(p->srv->stats, &n->conn);
        } else {
            at = &n->next;
        }
        if (asked % NONBLOCKING_STRIDE == 0)
            any |= nonblocking_accept_all(p, at);
    }
    return any;
}

/* --- the back-off: no part of the style, but of sharing a machine ---------
 *
 * After an idle round the processor is given away: first only until the next
 * time slice (`yields` rounds), then the thread sleeps, longer each time, up to
 * `idle_us`, which bounds how late an answer can be. idle_us=0 never sleeps and
 * keeps a processor busy. */

/* Sleep() and older timers count in ticks of up to 15.6 ms, and an answer can
 * be as late as that; Windows 10 1803 brought timers that are not bound to the
 * tick. NULL with GetLastError(). */
static HANDLE nonblocking_timer(void)
{
    HANDLE timer = CreateWaitableTimerExW(
        NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
    if (timer == NULL)
        timer = CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
    return timer;
}

static void nonblocking_back_off(struct nonblocking *p)
{
    const uint32_t limit = p->srv->tuning[NONBLOCKING_IDLE];
    struct thread_stats *stats = p->srv->stats;
    if (limit == 0 || p->idle_rounds < p->srv->tuning[NONBLOCKING_YIELDS]) {
        p->idle_rounds++;
        SwitchToThread();
        return;
    }
    if (p->idle_us > limit)
        p->idle_us = limit;
    LARGE_INTEGER due = {.QuadPart = -10 * (LONGLONG)p->idle_us};
    HANDLE either[2] = {p->srv->stop_event, p->timer};
    if (!stats_check(stats,
                     SetWaitableTimer(p->timer, &due, 0, NULL, NULL, FALSE)) ||
        !stats_check(stats, WaitForMultipleObjects(2, either, FALSE,
                                                   1 + p->idle_us / 1000) !=
                                WAIT_FAILED))
        Sleep(1);
    p->idle_us *= 2;
}

static void nonblocking_run(struct server *srv)
{
    struct nonblocking p = {.srv = srv, .idle_us = NONBLOCKING_IDLE_US};
    u_long yes = 1;
    if (ioctlsocket(srv->listener, (long)FIONBIO, &yes))
        server_cannot_start(srv, "ioctlsocket(FIONBIO)");
    p.timer = nonblocking_timer();
    if (p.timer == NULL)
        server_cannot_start(srv, "CreateWaitableTimerEx");
    server_ready(srv);
    while (!server_stopping(srv)) {
        if (nonblocking_round(&p)) {
            p.idle_rounds = 0;
            p.idle_us = NONBLOCKING_IDLE_US;
        } else {
            nonblocking_back_off(&p);
        }
    }
    while (p.conns) {
        struct nonblocking_conn *n = p.conns;
        p.conns = n->next;
        conn_close(srv->stats, &n->conn);
    }
    stats_check(srv->stats, CloseHandle(p.timer));
}

const struct io_model model_nonblocking = {
    .name = "nonblocking",
    .summary = "FIONBIO: one thread asks each socket in turn",
    .ceiling = "one processor: every round asks every socket",
    .conn_size = sizeof(struct nonblocking_conn),
    .max_threads = 1,
    .options =
        {
            {"idle_us", 1000, 0, 1000000,
             "longest sleep after idle rounds, us; 0: never sleep"},
            {"yields", 32, 0, 1000000, "idle rounds before the first sleep"},
        },
    .run = nonblocking_run,
};
