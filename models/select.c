/* select(): each thread asks for its own set of sockets which of them can go
 * on, and sleeps until one can. Threads grow and shrink with the connections;
 * the thread that called run() sleeps in accept() and gives each to the thread
 * with the fewest, because a set's price grows with its size. What sleeps in
 * select() can be woken only by a socket: each thread has one more, a datagram
 * socket that talks to itself, to say: connections came, or leave.
 * Ceiling: FD_SETSIZE sockets a thread, that one among them.
 *
 * Windows' fd_set is a count and an array. FD_SET and FD_ISSET search it, which
 * would make every round quadratic; so the arrays are filled and read here. */
#include <string.h>
#include "model.h"

enum { SELECT_WAIT_MS = 1000 }; /* then look at what may have been missed */

struct select_conn {
    struct conn conn;
    struct select_set *set; /* it waits in: to receive or to send */
    u_int place;
};

struct select_set {
    fd_set sockets;
    struct select_conn *conns[FD_SETSIZE]; /* in the same order; or NULL */
};

struct select_thread {
    struct crew_member member;
    SOCKET bell; /* place 0 of recv */
    struct select_set recv, send;
    fd_set can_recv, can_send;
    ULONGLONG try_at; /* those that wait to send, again; 0: all, now */
    struct select_conn *ready[FD_SETSIZE];
};

/* One receive and its echo; then it is the others' turn. */
static void select_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        received |= !sends;
        if (error == WSAEWOULDBLOCK && sends) {
            conn_blocked(stats, c);
            return;
        }
        if (error == 0)
            conn_advance(stats, c, (DWORD)bytes);
        else if (error != WSAEWOULDBLOCK) /* whatever select() said */
            conn_fail(stats, c, error);
    }
}

static void select_leave(struct select_conn *s)
{
    struct select_set *set = s->set;
    const u_int last = --set->sockets.fd_count;
    set->sockets.fd_array[s->place] = set->sockets.fd_array[last];
    set->conns[s->place] = set->conns[last];
    set->conns[s->place]->place = s->place;
}

static struct select_set *select_set(struct select_thread *t,
                                     const struct select_conn *s)
{
    return s->conn.want == CONN_SEND ? &t->send : &t->recv;
}

static void select_enter(struct select_thread *t, struct select_conn *s)
{
    s->set = select_set(t, s);
    s->place = s->set->sockets.fd_count++;
    s->set->sockets.fd_array[s->place] = s->conn.sock;
    s->set->conns[s->place] = s;
}

static void select_close(struct select_thread *t, struct select_conn *s)
{
    select_leave(s);
    conn_close(t->member.stats, &s->conn);
    crew_left(&t->member);
}

static void select_look(struct select_thread *t, struct select_conn *s)
{
    select_serve(t->member.stats, &s->conn);
    if (s->conn.want == CONN_CLOSE) {
        select_close(t, s);
    } else if (s->set != select_set(t, s)) {
        select_leave(s);
        select_enter(t, s);
    }
}

static void select_adopt_all(struct select_thread *t)
{
    char rings[16];
    int rung = 1;
    struct conn *c;
    while (rung > 0)
        rung = recv(t->bell, rings, sizeof rings, 0);
    stats_check(t->member.stats,
                rung >= 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    while ((c = crew_take(&t->member)) != NULL) {
        select_enter(t, (struct select_conn *)c);
        select_look(t, (struct select_conn *)c); /* what is there already */
    }
}

/* What to ask select() about: it overwrites it with its answer. */
static fd_set *select_ask(fd_set *can, const struct select_set *set)
{
    can->fd_count = set->sockets.fd_count;
    memcpy(can->fd_array, set->sockets.fd_array,
           can->fd_count * sizeof *can->fd_array);
    return can;
}

/* Whose sockets the answer names. They come in the order that they were asked
 * in, so a search ends just behind the last; if not, it only takes longer. */
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

/* Waits and returns how many are in t->ready; the bell is NULL there. */
static u_int select_wait(struct select_thread *t)
{
    struct timeval wait = {SELECT_WAIT_MS / 1000, 0};
    fd_set *can_recv = select_ask(&t->can_recv, &t->recv);
    fd_set *can_send = select_ask(&t->can_send, &t->send);
    int count = select(0, can_recv, can_send, NULL, &wait);
    if (!stats_check(t->member.stats, count != SOCKET_ERROR)) {
        Sleep(1);
        t->try_at = 0;
    }
    if (count <= 0)
        return 0;
    u_int ready = select_gather(t->ready, can_recv, &t->recv);
    return ready + select_gather(t->ready + ready, can_send, &t->send);
}

/* That a reset makes a socket writable is not documented. And when select()
 * failed, for one socket perhaps, that one is found by its own error. */
static void select_try(struct select_thread *t)
{
    const bool all = t->try_at == 0;
    t->try_at = GetTickCount64() + SELECT_WAIT_MS;
    for (u_int i = t->send.sockets.fd_count; i-- > 0;)
        select_look(t, t->send.conns[i]);
    for (u_int i = t->recv.sockets.fd_count; all && i-- > 1;)
        select_look(t, t->recv.conns[i]);
}

static void select_turn(struct select_thread *t)
{
    u_int ready = select_wait(t);
    bool rung = ready == 0;
    for (u_int i = 0; i < ready; i++)
        if (t->ready[i] == NULL)
            rung = true;
        else
            select_look(t, t->ready[i]);
    if (rung)
        select_adopt_all(t);
    if (GetTickCount64() >= t->try_at)
        select_try(t);
}

static DWORD WINAPI select_work(void *arg)
{
    struct select_thread *t = arg;
    struct conn *c;
    while (!t->member.leave)
        select_turn(t);
    while ((c = crew_take(&t->member)) != NULL)
        select_enter(t, (struct select_conn *)c);
    while (t->send.sockets.fd_count > 0)
        select_close(t, t->send.conns[t->send.sockets.fd_count - 1]);
    while (t->recv.sockets.fd_count > 1)
        select_close(t, t->recv.conns[t->recv.sockets.fd_count - 1]);
    return 0;
}

/* A datagram socket connected to itself. */
static bool select_open(struct crew_member *m)
{
    struct select_thread *t = (struct select_thread *)m;
    struct sockaddr_in self = {.sin_family = AF_INET};
    int size = sizeof self;
    u_long yes = 1;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    t->bell = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    t->recv.sockets.fd_array[0] = t->bell;
    t->recv.sockets.fd_count = 1;
    return t->bell != INVALID_SOCKET &&
           !bind(t->bell, (struct sockaddr *)&self, size) &&
           !getsockname(t->bell, (struct sockaddr *)&self, &size) &&
           !connect(t->bell, (struct sockaddr *)&self, size) &&
           !ioctlsocket(t->bell, (long)FIONBIO, &yes);
}

static void select_close_bell(struct crew_member *m)
{
    struct select_thread *t = (struct select_thread *)m;
    if (t->recv.sockets.fd_count == 1 && t->bell != INVALID_SOCKET)
        stats_check(m->crew->accept_stats, !closesocket(t->bell));
}

/* A ring that is lost is found after SELECT_WAIT_MS. */
static void select_ring(struct crew_member *m)
{
    stats_check(m->crew->accept_stats,
                send(((struct select_thread *)m)->bell, "", 1, 0) == 1 ||
                    WSAGetLastError() == WSAEWOULDBLOCK);
}

static void select_accept(struct crew *crew, SOCKET sock)
{
    u_long yes = 1;
    if (ioctlsocket(sock, (long)FIONBIO, &yes)) {
        socket_refuse(crew->accept_stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(crew->accept_stats, sock);
    if (c)
        crew_give(crew, c);
}

static void select_accept_all(struct crew *crew)
{
    while (!server_stopping(crew->srv)) {
        crew_tend(crew);
        SOCKET sock = accept(crew->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET)
            select_accept(crew, sock);
        else if (accept_failed(crew->accept_stats, (DWORD)WSAGetLastError()) ==
                 ACCEPT_LATER)
            stats_check(crew->accept_stats,
                        WaitForSingleObject(crew->srv->stop_event,
                                            ACCEPT_RETRY_MS) != WAIT_FAILED);
    }
}

static void select_run(struct server *srv)
{
    struct crew crew = {.srv = srv,
                        .accept_stats = thread_stats_open(srv),
                        .work = select_work,
                        .member_size = sizeof(struct select_thread),
                        .open = select_open,
                        .close = select_close_bell,
                        .wake = select_ring,
                        .seats = FD_SETSIZE - 1};
    if (crew.accept_stats == NULL)
        server_cannot_start(srv, "calloc");
    server_ready(srv);
    select_accept_all(&crew);
    crew_end(&crew);
    thread_stats_close(crew.accept_stats);
}

const struct io_model model_select = {
    .name = "select",
    .summary = "select: each thread asks for its own set of sockets",
    .ceiling = "FD_SETSIZE - 1 = 16,383 connections a thread, so threads",
    .conn_size = sizeof(struct select_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .conns_per_thread = FD_SETSIZE - 1,
    .run = select_run,
};
