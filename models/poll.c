/* WSAPoll(): each thread hands an array of its sockets to one call, each with
 * the event it waits for, and sleeps until one can go on. The thread that
 * called run() sleeps in accept() and gives each connection to the thread with
 * the fewest. A sleep in WSAPoll() ends only by a socket: each thread has a
 * wake-up socket, a datagram socket that talks to itself, for "connections
 * came" and "leave". Ceiling: none of its own, but each call walks the whole
 * array, in the system and here: its price grows with the connections of a
 * thread, most of them idle or not. Compare select.c: there the answer
 * overwrites the question, which is copied anew for each call, and a set has a
 * fixed size. Here both stay in the array, an event is changed where it stands,
 * and errors come unasked: POLLERR, POLLHUP and POLLNVAL (to ask for them, or
 * for POLLPRI, makes the call fail). POLLHUP says as well that the peer has
 * sent its FIN, and says so at each call: a connection that still has bytes to
 * send then, to a peer that does not read, would keep its thread awake. So it
 * rests: the call is not asked about it, and its send is tried by the clock.
 *
 * Lifetime: a connection is in the array of one thread, which alone touches it,
 * from the inbox to conn_close(); nothing is ever pending in the system. */
#include "model.h"

enum {
    POLL_WAIT_MS = 1000, /* then look at what may have been missed */
    POLL_REST_MS = 10    /* between the tries of sends that rest */
};

struct poll_conn {
    struct conn conn;
    ULONG index; /* in the arrays of its thread */
};

struct poll_thread {
    struct pool_worker worker;
    ULONG count;              /* of both arrays */
    ULONG asked;              /* of them; those behind rest */
    WSAPOLLFD *fds;           /* index 0: the wake-up socket */
    struct poll_conn **conns; /* in the same order */
    ULONGLONG adopt_at;       /* in GetTickCount64's time */
    ULONGLONG try_at;         /* the same: those that rest */
};

/* One receive and its echo; then it is the others' turn. */
static void poll_serve(struct thread_stats *stats, struct conn *c)
{
    bool received = false;
    while (c->want == CONN_SEND || (c->want == CONN_RECV && !received)) {
        const bool sends = c->want == CONN_SEND;
        int bytes = sends ? send(c->sock, c->io.buf, (int)c->io.len, 0)
                          : recv(c->sock, c->io.buf, (int)c->io.len, 0);
        DWORD error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
        if (error == WSAEWOULDBLOCK) {
            if (sends)
                conn_blocked(stats, c);
            return;
        }
        received |= !sends;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, (DWORD)bytes);
    }
}

/* A connection changes places with another one. */
static void poll_move(struct poll_thread *t, struct poll_conn *p, ULONG to)
{
    const WSAPOLLFD fd = t->fds[p->index];
    t->fds[p->index] = t->fds[to];
    t->conns[p->index] = t->conns[to];
    t->conns[p->index]->index = p->index;
    t->fds[to] = fd;
    t->conns[to] = p;
    p->index = to;
}

static void poll_add(struct poll_thread *t, struct poll_conn *p)
{
    p->index = t->count++;
    t->fds[p->index] = (WSAPOLLFD){.fd = p->conn.sock};
    t->conns[p->index] = p;
    poll_move(t, p, t->asked++);
}

static void poll_close(struct poll_thread *t, struct poll_conn *p)
{
    if (p->index < t->asked)
        poll_move(t, p, --t->asked);
    poll_move(t, p, --t->count);
    conn_close(t->worker.stats, &p->conn);
    worker_pool_gone(&t->worker);
}

static void poll_try(struct poll_thread *t, struct poll_conn *p)
{
    poll_serve(t->worker.stats, &p->conn);
    if (p->conn.want == CONN_CLOSE) {
        poll_close(t, p);
        return;
    }
    WSAPOLLFD *fd = &t->fds[p->index];
    fd->events = p->conn.want == CONN_SEND ? POLLWRNORM : POLLRDNORM;
    const bool rests = p->conn.want == CONN_SEND && (fd->revents & POLLHUP);
    if (rests && p->index < t->asked)
        poll_move(t, p, --t->asked);
    else if (!rests && p->index >= t->asked)
        poll_move(t, p, t->asked++);
}

static void poll_adopt_all(struct poll_thread *t)
{
    char bytes[16];
    int received = 1;
    struct conn *c;
    while (received > 0)
        received = recv(t->fds[0].fd, bytes, sizeof bytes, 0);
    stats_check(t->worker.stats,
                received >= 0 || WSAGetLastError() == WSAEWOULDBLOCK);
    while ((c = worker_pool_take(&t->worker)) != NULL) {
        poll_add(t, (struct poll_conn *)c);
        poll_try(t, (struct poll_conn *)c); /* data may be there already */
    }
}

static void poll_try_resting(struct poll_thread *t)
{
    if (GetTickCount64() < t->try_at)
        return;
    t->try_at = GetTickCount64() + POLL_REST_MS;
    for (ULONG i = t->count; i-- > t->asked;)
        poll_try(t, t->conns[i]);
}

static void poll_turn(struct poll_thread *t)
{
    int ready = WSAPoll(t->fds, t->asked,
                        t->asked < t->count ? POLL_REST_MS : POLL_WAIT_MS);
    if (!stats_check(t->worker.stats, ready != SOCKET_ERROR))
        Sleep(1);
    const bool woken = ready > 0 && t->fds[0].revents != 0;
    /* From the end, since the place of one that goes is taken by the last. */
    for (ULONG i = t->asked; ready > woken && i-- > 1;)
        if (t->fds[i].revents != 0) {
            ready--;
            poll_try(t, t->conns[i]);
        }
    poll_try_resting(t);
    /* Or a wake-up that was lost would be missed. */
    if (!woken && GetTickCount64() < t->adopt_at)
        return;
    t->adopt_at = GetTickCount64() + POLL_WAIT_MS;
    poll_adopt_all(t);
}

static DWORD WINAPI poll_work(void *arg)
{
    struct poll_thread *t = arg;
    struct conn *c;
    while (!t->worker.leave)
        poll_turn(t);
    while ((c = worker_pool_take(&t->worker)) != NULL)
        poll_add(t, (struct poll_conn *)c);
    while (t->count > 1)
        poll_close(t, t->conns[t->count - 1]);
    return 0;
}

/* A datagram socket connected to itself. */
static bool poll_open_wake_up(SOCKET wake_up)
{
    struct sockaddr_in self = {.sin_family = AF_INET};
    int size = sizeof self;
    u_long yes = 1;
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return wake_up != INVALID_SOCKET &&
           !bind(wake_up, (struct sockaddr *)&self, size) &&
           !getsockname(wake_up, (struct sockaddr *)&self, &size) &&
           !connect(wake_up, (struct sockaddr *)&self, size) &&
           !ioctlsocket(wake_up, (long)FIONBIO, &yes);
}

/* Both arrays in one piece, by pages: the part that is never used takes no
 * memory. */
static bool poll_open(struct pool_worker *w)
{
    struct poll_thread *t = (struct poll_thread *)w;
    const size_t places = (size_t)w->pool->capacity + 1;
    t->fds = VirtualAlloc(NULL, places * (sizeof *t->fds + sizeof *t->conns),
                          MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (t->fds == NULL)
        return false;
    t->conns = (struct poll_conn **)(t->fds + places);
    t->fds[0].fd = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    t->fds[0].events = POLLRDNORM;
    t->count = t->asked = 1;
    return poll_open_wake_up(t->fds[0].fd);
}

static void poll_end(struct pool_worker *w)
{
    struct poll_thread *t = (struct poll_thread *)w;
    struct thread_stats *stats = w->pool->srv->stats;
    if (t->fds == NULL)
        return;
    if (t->fds[0].fd != INVALID_SOCKET)
        stats_check(stats, !closesocket(t->fds[0].fd));
    stats_check(stats, VirtualFree(t->fds, 0, MEM_RELEASE));
}

/* A datagram that is lost is found after POLL_WAIT_MS. */
static void poll_wake(struct pool_worker *w)
{
    stats_check(w->pool->srv->stats,
                send(((struct poll_thread *)w)->fds[0].fd, "", 1, 0) == 1 ||
                    WSAGetLastError() == WSAEWOULDBLOCK);
}

static void poll_accepted(void *arg, SOCKET sock)
{
    struct worker_pool *pool = arg;
    u_long yes = 1;
    worker_pool_maintain(pool);
    if (ioctlsocket(sock, (long)FIONBIO, &yes))
        socket_refuse(pool->srv->stats, sock, (DWORD)WSAGetLastError());
    else
        worker_pool_give(pool, sock);
}

static void poll_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = poll_work,
                               .worker_size = sizeof(struct poll_thread),
                               .capacity = (LONG)srv->max_conns + 1,
                               .open = poll_open,
                               .close = poll_end,
                               .wake = poll_wake};
    server_ready(srv);
    accept_loop(srv, poll_accepted, &pool);
    worker_pool_end(&pool);
}

const struct io_model model_poll = {
    .name = "poll",
    .summary = "WSAPoll: each thread asks about its own array of sockets",
    .ceiling = "the walk through all sockets of a thread at each call",
    .conn_size = sizeof(struct poll_conn),
    .run = poll_run,
};
