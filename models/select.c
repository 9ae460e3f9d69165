/* select(): each thread asks about its own set of sockets which of them can go
 * on, and sleeps until one can. The thread that called run() sleeps in accept()
 * and gives each connection to the thread with the fewest, because the price of
 * a set grows with its size. A sleep in select() ends only by a socket: each
 * thread has a wake-up socket, a datagram socket that talks to itself, for
 * "connections came" and "leave".
 * Ceiling: FD_SETSIZE sockets a thread, the wake-up socket among them. Full:
 * start another thread (worker_pool.c).
 * Compare event_select.c: the same loop, but the system remembers the set.
 *
 * Windows' fd_set is a count and an array. FD_SET and FD_ISSET search it, which
 * would make every round quadratic; so the arrays are filled and read here. */
#include <string.h>
#include "model.h"

enum { SELECT_WAIT_MS = 1000 }; /* then look at what may have been missed */

struct select_conn {
    struct conn conn;
    struct select_set *set; /* it waits in: to receive or to send */
    u_int index;
};

struct select_set {
    fd_set sockets;
    struct select_conn *conns[FD_SETSIZE]; /* in the same order; or NULL */
};

struct select_thread {
    struct pool_worker worker;
    SOCKET wake_up; /* index 0 of recv */
    struct select_set recv, send;
    fd_set can_recv, can_send;
    ULONGLONG try_at; /* blocked sends, again; 0: all sockets, now */
    struct select_conn *ready[FD_SETSIZE];
};

/* One receive and its echo; then it is the others' turn. False: nothing could
 * be received or sent. */
static bool select_serve(struct thread_stats *stats, struct conn *c)
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

static struct select_set *select_set(struct select_thread *t,
                                     const struct select_conn *s)
{
    return s->conn.want == CONN_SEND ? &t->send : &t->recv;
}

static void select_add(struct select_thread *t, struct select_conn *s)
{
    s->set = select_set(t, s);
    s->index = s->set->sockets.fd_count++;
    s->set->sockets.fd_array[s->index] = s->conn.sock;
    s->set->conns[s->index] = s;
}

/* The last one moves into its place. */
static void select_remove(struct select_conn *s)
{
    struct select_set *set = s->set;
    const u_int last = --set->sockets.fd_count;
    set->sockets.fd_array[s->index] = set->sockets.fd_array[last];
    set->conns[s->index] = set->conns[last];
    set->conns[s->index]->index = s->index;
}

/* Copies the set for select(), which overwrites the copy with its answer. A set
 * must have a socket: without one it is NULL. */
static fd_set *select_ask(fd_set *can, const struct select_set *set)
{
    can->fd_count = set->sockets.fd_count;
    memcpy(can->fd_array, set->sockets.fd_array,
           can->fd_count * sizeof *can->fd_array);
    return can->fd_count > 0 ? can : NULL;
}

/* The connections of an answer, which has the order of the question: a search
 * ends just behind the last one. In another order it only takes longer. */
static u_int select_gather(struct select_conn **ready, const fd_set *can,
                           const struct select_set *set)
{
    u_int at = 0;
    for (u_int i = 0; i < can->fd_count; i++) {
        while (set->sockets.fd_array[at] != can->fd_array[i])
            at = at + 1 < set->sockets.fd_count ? at + 1 : 0;
        ready[i] = set->conns[at];
    }
    return can->fd_count;
}

static void select_close(struct select_thread *t, struct select_conn *s)
{
    select_remove(s);
    conn_close(t->worker.stats, &s->conn);
    worker_pool_gone(&t->worker);
}

static void select_try(struct select_thread *t, struct select_conn *s)
{
    select_serve(t->worker.stats, &s->conn);
    if (s->conn.want == CONN_CLOSE) {
        select_close(t, s);
    } else if (s->set != select_set(t, s)) {
        select_remove(s);
        select_add(t, s);
    }
}

static void select_adopt_all(struct select_thread *t)
{
    char bytes[16];
    int received = 1;
    struct conn *c;
    while (received > 0)
        received = recv(t->wake_up, bytes, sizeof bytes, 0);
    stats_check(t->worker.stats,
                received >= 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    while ((c = worker_pool_take(&t->worker)) != NULL) {
        select_add(t, (struct select_conn *)c);
        select_try(t, (struct select_conn *)c); /* data may be there already */
    }
}

/* Waits and returns how many are in t->ready, the wake-up socket as NULL. */
static u_int select_wait(struct select_thread *t)
{
    struct timeval wait = {SELECT_WAIT_MS / 1000, 0};
    fd_set *can_recv = select_ask(&t->can_recv, &t->recv);
    fd_set *can_send = select_ask(&t->can_send, &t->send);
    int count = select(0, can_recv, can_send, NULL, &wait);
    if (!stats_check(t->worker.stats, count != SOCKET_ERROR)) {
        Sleep(1);
        t->try_at = 0;
    }
    if (count <= 0)
        return 0;
    u_int ready = select_gather(t->ready, &t->can_recv, &t->recv);
    return ready + select_gather(t->ready + ready, &t->can_send, &t->send);
}

/* It is not documented that a reset makes a socket writable. And a socket that
 * makes select() fail is found by its own error. */
static void select_try_unasked(struct select_thread *t)
{
    const bool all = t->try_at == 0;
    t->try_at = GetTickCount64() + SELECT_WAIT_MS;
    for (u_int i = t->send.sockets.fd_count; i-- > 0;)
        select_try(t, t->send.conns[i]);
    for (u_int i = t->recv.sockets.fd_count; all && i-- > 1;)
        select_try(t, t->recv.conns[i]);
}

static void select_turn(struct select_thread *t)
{
    u_int ready = select_wait(t);
    bool woken = ready == 0;
    for (u_int i = 0; i < ready; i++)
        if (t->ready[i] == NULL)
            woken = true;
        else
            select_try(t, t->ready[i]);
    const bool due = GetTickCount64() >= t->try_at;
    if (woken || due) /* or a wake-up that was lost would be missed */
        select_adopt_all(t);
    if (due)
        select_try_unasked(t);
}

static DWORD WINAPI select_work(void *arg)
{
    struct select_thread *t = arg;
    struct conn *c;
    while (!t->worker.leave)
        select_turn(t);
    while ((c = worker_pool_take(&t->worker)) != NULL)
        select_add(t, (struct select_conn *)c);
    while (t->send.sockets.fd_count > 0)
        select_close(t, t->send.conns[t->send.sockets.fd_count - 1]);
    while (t->recv.sockets.fd_count > 1)
        select_close(t, t->recv.conns[t->recv.sockets.fd_count - 1]);
    return 0;
}

/* A datagram socket connected to itself. */
static bool select_open(struct pool_worker *w)
{
    struct select_thread *t = (struct select_thread *)w;
    struct sockaddr_in self = {.sin_family = AF_INET};
    int size = sizeof self;
    u_long yes = 1;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    t->wake_up = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    t->recv.sockets.fd_array[0] = t->wake_up;
    t->recv.sockets.fd_count = 1;
    return t->wake_up != INVALID_SOCKET &&
           !bind(t->wake_up, (struct sockaddr *)&self, size) &&
           !getsockname(t->wake_up, (struct sockaddr *)&self, &size) &&
           !connect(t->wake_up, (struct sockaddr *)&self, size) &&
           !ioctlsocket(t->wake_up, (long)FIONBIO, &yes);
}

static void select_close_wake_up(struct pool_worker *w)
{
    struct select_thread *t = (struct select_thread *)w;
    if (t->recv.sockets.fd_count == 1 && t->wake_up != INVALID_SOCKET)
        stats_check(w->pool->srv->stats, !closesocket(t->wake_up));
}

/* A datagram that is lost is found after SELECT_WAIT_MS. */
static void select_wake(struct pool_worker *w)
{
    stats_check(w->pool->srv->stats,
                send(((struct select_thread *)w)->wake_up, "", 1, 0) == 1 ||
                    WSAGetLastError() == WSAEWOULDBLOCK);
}

static void select_accepted(void *arg, SOCKET sock)
{
    struct worker_pool *pool = arg;
    u_long yes = 1;
    worker_pool_maintain(pool);
    if (ioctlsocket(sock, (long)FIONBIO, &yes))
        socket_refuse(pool->srv->stats, sock, (DWORD)WSAGetLastError());
    else
        worker_pool_give(pool, sock);
}

static void select_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = select_work,
                               .worker_size = sizeof(struct select_thread),
                               .capacity = FD_SETSIZE - 1,
                               .open = select_open,
                               .close = select_close_wake_up,
                               .wake = select_wake};
    server_ready(srv);
    accept_loop(srv, select_accepted, &pool);
    worker_pool_end(&pool);
}

const struct io_model model_select = {
    .name = "select",
    .summary = "select: each thread asks about its own set of sockets",
    .ceiling = "threads: each serves FD_SETSIZE - 1 = 16,383 connections",
    .conn_size = sizeof(struct select_conn),
    .conns_per_thread = FD_SETSIZE - 1,
    .borrows = true,
    .run = select_run,
};
