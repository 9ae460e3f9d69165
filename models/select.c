/* select(): each of the threads asks for its own set of sockets which of them
 * can go on, and sleeps until one can. The thread that called run() has the
 * listener in its set, accepts, keeps its share and gives the others theirs,
 * always to the one with the fewest, because a set's price grows with its
 * size. A thread that sleeps in select() can be woken only by a socket: each
 * has one more, a datagram socket that talks to itself, to say: look at inbox.
 * Ceiling: FD_SETSIZE sockets a thread, that one among them.
 *
 * Windows' fd_set is a count and an array. FD_SET and FD_ISSET search it, which
 * would make every round quadratic; so the arrays are filled and read here. */
#include <stdlib.h>
#include <string.h>
#include "model.h"

enum {
    SELECT_ACCEPTS = 256,  /* a round: the open connections want theirs */
    SELECT_WAIT_MS = 1000, /* then look at what may have been missed */
    SELECT_JOIN_MS = 15000
};

struct select_conn {
    struct conn conn;
    struct select_conn *next; /* in its thread's inbox */
    struct select_set *set;   /* it waits in: to receive or to send */
    u_int place;
};

struct select_set {
    fd_set sockets;
    struct select_conn *conns[FD_SETSIZE]; /* in the same order; or NULL */
};

struct select_thread {
    struct select *p;
    struct worker *worker;
    HANDLE handle;
    SOCKET bell;        /* place 0 of recv; of the first thread: the listener */
    volatile LONG load; /* given by the first thread, taken off by this one */
    SRWLOCK lock;       /* of inbox */
    struct select_conn *inbox;
    struct select_set recv, send;
    fd_set can_recv, can_send;
    ULONGLONG try_at; /* those that wait to send, again; 0: all, now */
    struct select_conn *ready[FD_SETSIZE];
};

struct select {
    struct server *srv;
    ULONGLONG retry_at; /* no accept before, after a shortage */
    uint32_t count;
    struct select_thread **threads; /* [0] is the one that called run() */
};

/* One receive and its echo; then it is the others' turn. */
static void select_serve(struct worker *w, struct conn *c)
{
    bool received = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        received |= !sends;
        if (error == WSAEWOULDBLOCK && sends) {
            conn_blocked(w, c);
            return;
        }
        if (error == 0)
            conn_advance(w, c, (DWORD)bytes);
        else if (error != WSAEWOULDBLOCK) /* whatever select() said */
            conn_fail(w, c, error);
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
    conn_close(t->worker, &s->conn);
    InterlockedDecrement(&t->load);
}

static void select_look(struct select_thread *t, struct select_conn *s)
{
    select_serve(t->worker, &s->conn);
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
    while (rung > 0 && t->bell != t->p->srv->listener)
        rung = recv(t->bell, rings, sizeof rings, 0);
    worker_check(t->worker, rung >= 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    AcquireSRWLockExclusive(&t->lock);
    struct select_conn *s = t->inbox;
    t->inbox = NULL;
    ReleaseSRWLockExclusive(&t->lock);
    while (s) {
        struct select_conn *next = s->next;
        select_enter(t, s);
        s = next;
    }
}

static void select_give(struct select_thread *t, struct select_conn *s)
{
    AcquireSRWLockExclusive(&t->lock);
    s->next = t->inbox;
    t->inbox = s;
    ReleaseSRWLockExclusive(&t->lock);
}

/* A ring costs its thread a round: one for all that it was given. */
static void select_ring_all(struct select *p)
{
    for (uint32_t i = 1; i < p->count; i++) {
        struct select_thread *t = p->threads[i];
        AcquireSRWLockExclusive(&t->lock);
        bool ring = t->inbox != NULL || server_stopping(p->srv);
        ReleaseSRWLockExclusive(&t->lock);
        if (ring) /* lost: SELECT_WAIT_MS finds the inbox */
            worker_check(p->threads[0]->worker,
                         send(t->bell, "", 1, 0) == 1 ||
                             WSAGetLastError() == WSAEWOULDBLOCK);
    }
}

static void select_accept(struct select *p, SOCKET sock)
{
    struct select_thread *self = p->threads[0], *least = self;
    u_long yes = 1;
    if (ioctlsocket(sock, (long)FIONBIO, &yes)) {
        socket_refuse(self->worker, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct select_conn *s = (struct select_conn *)conn_open(self->worker, sock);
    if (s == NULL)
        return;
    for (uint32_t i = 1; i < p->count; i++)
        if (p->threads[i]->load < least->load)
            least = p->threads[i];
    if (least->load == FD_SETSIZE - 1) {
        conn_refuse(self->worker, &s->conn, WSAEMFILE);
        return;
    }
    /* What is there already needs no round. */
    select_serve(self->worker, &s->conn);
    if (s->conn.want == CONN_CLOSE) {
        conn_close(self->worker, &s->conn);
        return;
    }
    InterlockedIncrement(&least->load);
    if (least == self)
        select_enter(self, s);
    else
        select_give(least, s);
}

/* False: out of resources, more may wait. */
static bool select_accept_some(struct select *p)
{
    for (uint32_t i = 0; i < SELECT_ACCEPTS; i++) {
        SOCKET sock = accept(p->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET) {
            select_accept(p, sock);
            continue;
        }
        DWORD error = (DWORD)WSAGetLastError();
        if (error == WSAEWOULDBLOCK)
            break;
        if (accept_failed(p->threads[0]->worker, error) == ACCEPT_LATER)
            return false;
    }
    return true;
}

static void select_pause(struct select_thread *t, DWORD wait_ms)
{
    if (!worker_check(t->worker, WaitForSingleObject(t->p->srv->stop_event,
                                                     wait_ms) != WAIT_FAILED))
        Sleep(1);
}

static void select_accept_all(struct select *p)
{
    if (!select_accept_some(p))
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
    select_ring_all(p);
}

/* What to ask select() about: the set from a place on. */
static fd_set *select_ask(fd_set *can, const struct select_set *set, u_int from)
{
    can->fd_count = set->sockets.fd_count - from;
    memcpy(can->fd_array, set->sockets.fd_array + from,
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

/* Waits and returns how many are in t->ready. */
static u_int select_wait(struct select_thread *t, bool accepting)
{
    DWORD wait_ms = accepting ? SELECT_WAIT_MS : ACCEPT_RETRY_MS;
    struct timeval wait = {(long)(wait_ms / 1000),
                           (long)(wait_ms % 1000) * 1000};
    fd_set *can_recv = select_ask(&t->can_recv, &t->recv, accepting ? 0 : 1);
    fd_set *can_send = select_ask(&t->can_send, &t->send, 0);
    int count = 0;
    /* It calls it an error to be asked about nothing. */
    if (can_recv->fd_count + can_send->fd_count == 0)
        select_pause(t, wait_ms);
    else
        count = select(0, can_recv, can_send, NULL, &wait);
    if (!worker_check(t->worker, count != SOCKET_ERROR)) {
        select_pause(t, ACCEPT_RETRY_MS);
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
    struct select *p = t->p;
    bool first = t == p->threads[0];
    u_int ready = select_wait(t, !first || GetTickCount64() >= p->retry_at);
    bool rung = ready == 0;
    for (u_int i = 0; i < ready; i++)
        if (t->ready[i] == NULL)
            rung = true;
        else
            select_look(t, t->ready[i]);
    if (rung && first && GetTickCount64() >= p->retry_at)
        select_accept_all(p);
    else if (rung && !first)
        select_adopt_all(t);
    if (GetTickCount64() >= t->try_at)
        select_try(t);
}

static DWORD WINAPI select_work(void *arg)
{
    struct select_thread *t = arg;
    while (!server_stopping(t->p->srv))
        select_turn(t);
    return 0;
}

/* A datagram socket connected to itself. */
static SOCKET select_bell(struct worker *w)
{
    struct sockaddr_in self = {.sin_family = AF_INET};
    int size = sizeof self;
    u_long yes = 1;
    SOCKET bell = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bell != INVALID_SOCKET &&
        (bind(bell, (struct sockaddr *)&self, size) ||
         getsockname(bell, (struct sockaddr *)&self, &size) ||
         connect(bell, (struct sockaddr *)&self, size) ||
         ioctlsocket(bell, (long)FIONBIO, &yes))) {
        worker_error(w, (DWORD)WSAGetLastError());
        worker_check(w, !closesocket(bell));
        return INVALID_SOCKET;
    }
    worker_check(w, bell != INVALID_SOCKET);
    return bell;
}

static void select_free(struct select_thread *t)
{
    struct select_set *sets[] = {&t->recv, &t->send};
    select_adopt_all(t);
    for (int i = 0; i < 2; i++)
        while (sets[i]->sockets.fd_count > 0 &&
               sets[i]->conns[sets[i]->sockets.fd_count - 1])
            select_close(t, sets[i]->conns[sets[i]->sockets.fd_count - 1]);
    if (t->bell != t->p->srv->listener)
        worker_check(t->worker, !closesocket(t->bell));
    worker_leave(t->worker);
    free(t);
}

/* A thread with its set, which runs but for the first. False: no resources. */
static bool select_start(struct select *p)
{
    bool first = p->count == 0;
    struct select_thread *t = calloc(1, sizeof *t);
    struct worker *worker = worker_enter(p->srv);
    SOCKET bell = first    ? p->srv->listener
                  : worker ? select_bell(worker)
                           : INVALID_SOCKET;
    if (t && worker && bell != INVALID_SOCKET) {
        InitializeSRWLock(&t->lock);
        t->p = p;
        t->worker = worker;
        t->bell = t->recv.sockets.fd_array[0] = bell;
        t->recv.sockets.fd_count = 1;
        if (first || (t->handle = thread_start(select_work, t)) != NULL) {
            p->threads[p->count++] = t;
            return true;
        }
        worker_error(worker, GetLastError());
    } else if (worker && t == NULL) {
        worker_error(worker, ERROR_NOT_ENOUGH_MEMORY);
    }
    if (bell != p->srv->listener && bell != INVALID_SOCKET)
        worker_check(worker, !closesocket(bell));
    if (worker)
        worker_leave(worker);
    free(t);
    return false;
}

static void select_run(struct server *srv)
{
    struct select p = {.srv = srv};
    u_long yes = 1;
    if (ioctlsocket(srv->listener, (long)FIONBIO, &yes))
        server_cannot_start(srv, "ioctlsocket(FIONBIO)");
    p.threads = calloc(srv->threads, sizeof *p.threads);
    if (p.threads == NULL || !select_start(&p))
        server_cannot_start(srv, "calloc");
    while (p.count < srv->threads && select_start(&p))
        ;
    server_ready(srv);
    while (!server_stopping(srv))
        select_turn(p.threads[0]);
    select_ring_all(&p);
    for (uint32_t i = 1; i < p.count; i++)
        thread_join(p.threads[0]->worker, p.threads[i]->handle, SELECT_JOIN_MS);
    while (p.count > 0)
        select_free(p.threads[--p.count]);
    free(p.threads);
}

const struct io_model model_select = {
    .name = "select",
    .summary = "select: each thread asks for its own set of sockets",
    .ceiling = "FD_SETSIZE - 1 = 16,383 connections a thread",
    .conn_size = sizeof(struct select_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .run = select_run,
};
