/* Non-blocking calls: each thread asks its sockets in turn, again and again,
 * whether they have something. No socket wakes it: the price of this style is
 * the calls that find nothing. The thread that called run() sleeps in accept()
 * and gives each connection to the thread with the fewest.
 * After an idle round a thread gives the processor away (see the back-off),
 * which the textbooks' loop does not: idle_us=0 turns that off.
 * Ceiling: a round: each connection waits for all the others to be asked.
 * Compare select.c: the same calls, but only on sockets that have something. */
#include "model.h"
#include "common/clock.h"

enum { NONBLOCKING_IDLE_US = 50 }; /* the first sleep; each is twice the last */

enum { NONBLOCKING_IDLE, NONBLOCKING_YIELDS }; /* server.tuning */

struct nonblocking_conn {
    struct conn conn;
    struct nonblocking_conn *next;
};

struct nonblocking_thread {
    struct pool_worker worker;
    struct nonblocking_conn *conns;
    HANDLE timer;
    uint32_t idle_rounds; /* since the last that found something */
    uint32_t idle_us;     /* the next sleep */
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool nonblocking_serve(struct thread_stats *stats, struct conn *c)
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
        received |= !sends;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
    conn_repay(stats, c); /* a buffer in vain, or one whose bytes all went */
    return any;
}

/* The first of a list. */
static void nonblocking_close(struct nonblocking_thread *t,
                              struct nonblocking_conn **at)
{
    struct nonblocking_conn *n = *at;
    *at = n->next;
    conn_close(t->worker.stats, &n->conn);
    worker_pool_gone(&t->worker);
}

static void nonblocking_adopt_all(struct nonblocking_thread *t)
{
    struct nonblocking_conn *n;
    while ((n = (struct nonblocking_conn *)worker_pool_take(&t->worker)) !=
           NULL) {
        n->next = t->conns;
        t->conns = n;
    }
}

/* Asks all in turn. False: an idle round, nothing was found. */
static bool nonblocking_round(struct nonblocking_thread *t)
{
    struct nonblocking_conn **at = &t->conns, *n;
    bool any = false;
    while ((n = *at) != NULL) {
        any |= nonblocking_serve(t->worker.stats, &n->conn);
        if (n->conn.want == CONN_CLOSE)
            nonblocking_close(t, at);
        else
            at = &n->next;
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
 * be as late as that; Windows 10 1803 brought timers with steps of about 0.5
 * ms, so the first sleeps last that long there. Under Wine a sleep lasts as
 * long as requested, plus the delay of the host. The record has what they were
 * asked to take, and took. False with GetLastError(). */
static bool nonblocking_open(struct pool_worker *w)
{
    struct nonblocking_thread *t = (struct nonblocking_thread *)w;
    t->idle_us = NONBLOCKING_IDLE_US;
    t->timer = CreateWaitableTimerExW(
        NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
    if (t->timer == NULL)
        t->timer = CreateWaitableTimerExW(NULL, NULL, 0, TIMER_ALL_ACCESS);
    return t->timer != NULL;
}

static void nonblocking_close_timer(struct pool_worker *w)
{
    struct nonblocking_thread *t = (struct nonblocking_thread *)w;
    if (t->timer)
        stats_check(w->pool->srv->stats, CloseHandle(t->timer));
}

static void nonblocking_back_off(struct nonblocking_thread *t)
{
    const struct server *srv = t->worker.pool->srv;
    const uint32_t limit = srv->tuning[NONBLOCKING_IDLE];
    struct thread_stats *stats = t->worker.stats;
    if (limit == 0 || t->idle_rounds < srv->tuning[NONBLOCKING_YIELDS]) {
        t->idle_rounds++;
        SwitchToThread();
        return;
    }
    if (t->idle_us > limit)
        t->idle_us = limit;
    const int64_t begin_ns = clock_ns();
    LARGE_INTEGER due = {.QuadPart = -10 * (LONGLONG)t->idle_us};
    HANDLE either[2] = {t->worker.wake, t->timer};
    if (!stats_check(stats,
                     SetWaitableTimer(t->timer, &due, 0, NULL, NULL, FALSE)) ||
        !stats_check(stats, WaitForMultipleObjects(2, either, FALSE,
                                                   1 + t->idle_us / 1000) !=
                                WAIT_FAILED))
        Sleep(1);
    stats_slept(stats, t->idle_us, clock_ns() - begin_ns);
    t->idle_us *= 2;
}

static DWORD WINAPI nonblocking_work(void *arg)
{
    struct nonblocking_thread *t = arg;
    while (!t->worker.leave) {
        nonblocking_adopt_all(t);
        if (nonblocking_round(t)) {
            t->idle_rounds = 0;
            t->idle_us = NONBLOCKING_IDLE_US;
        } else {
            nonblocking_back_off(t);
        }
    }
    nonblocking_adopt_all(t);
    while (t->conns)
        nonblocking_close(t, &t->conns);
    return 0;
}

static void nonblocking_accepted(void *arg, SOCKET sock)
{
    struct worker_pool *pool = arg;
    u_long yes = 1;
    worker_pool_maintain(pool);
    if (ioctlsocket(sock, (long)FIONBIO, &yes))
        socket_refuse(pool->srv->stats, sock, (DWORD)WSAGetLastError());
    else
        worker_pool_give(pool, sock);
}

static void nonblocking_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = nonblocking_work,
                               .worker_size = sizeof(struct nonblocking_thread),
                               .capacity = (LONG)srv->max_conns + 1,
                               .open = nonblocking_open,
                               .close = nonblocking_close_timer};
    server_ready(srv);
    accept_loop(srv, nonblocking_accepted, &pool);
    worker_pool_end(&pool);
}

const struct io_model model_nonblocking = {
    .name = "nonblocking",
    .summary = "FIONBIO: each thread asks its sockets in turn",
    .ceiling = "processors: every round asks every socket",
    .conn_size = sizeof(struct nonblocking_conn),
    .options =
        {
            {"idle_us", 1000, 0, 1000000,
             "longest sleep after idle rounds, us; 0: never sleep", NULL},
            {"yields", 32, 0, 1000000, "idle rounds before the first sleep",
             NULL},
        },
    .borrows = true,
    .run = nonblocking_run,
};
