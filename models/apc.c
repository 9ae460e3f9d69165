/* Completion routines: srv->threads threads sleep alertably in SleepEx; the
 * kernel queues each finished operation as an APC to the thread that posted
 * it, which runs the routines in that order, and each posts the next operation.
 * The thread that called run() sleeps in accept() and gives each connection to
 * the thread that has the fewest, by an APC too.
 * Ceiling: memory and handles; a connection cannot change its thread, so one
 * may be busy beside an idle one.
 *
 * Lifetime: a connection has one operation, and its routine runs once, on the
 * thread that posted it, which alone touches, closes and cancels. A thread ends
 * when its last connection was closed: no routine is owed to it then. */
#include "model.h"

enum { APC_WAIT_MS = 1000 }; /* then look at what may have been missed */

struct apc_thread {
    struct crew_member member;
    struct apc_conn *open; /* for cancelling */
};

struct apc_conn {
    struct conn conn;
    WSAOVERLAPPED io; /* hEvent is free for our use: its thread */
    struct apc_conn *next, *prev;
};

static void apc_close(struct apc_thread *t, struct apc_conn *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        t->open = c->next;
    if (c->next)
        c->next->prev = c->prev;
    conn_close(t->member.stats, &c->conn);
    crew_left(&t->member);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags);

/* Posts the next operation. One that succeeds at once still runs its routine,
 * in its turn: the queue of APCs is fair. */
static void apc_serve(struct apc_thread *t, struct apc_conn *c)
{
    struct conn *conn = &c->conn;
    while (conn->want != CONN_CLOSE && !t->member.leave) {
        DWORD flags = 0;
        c->io = (WSAOVERLAPPED){.hEvent = t};
        int failed =
            conn->want == CONN_RECV
                ? WSARecv(conn->sock, &conn->io, 1, NULL, &flags, &c->io,
                          apc_done)
                : WSASend(conn->sock, &conn->io, 1, NULL, 0, &c->io, apc_done);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        conn_fail(t->member.stats, conn, (DWORD)WSAGetLastError());
    }
    apc_close(t, c);
}

static void CALLBACK apc_done(DWORD error, DWORD bytes, WSAOVERLAPPED *io,
                              DWORD flags)
{
    struct apc_conn *c = CONTAINING_RECORD(io, struct apc_conn, io);
    struct apc_thread *t = io->hEvent;
    (void)flags;
    if (error)
        conn_fail(t->member.stats, &c->conn, error);
    else
        conn_advance(t->member.stats, &c->conn, bytes);
    apc_serve(t, c);
}

/* The first operation must be posted by the thread that is to run its routine.
 * This is an APC to that thread. */
static void CALLBACK apc_adopt(ULONG_PTR arg)
{
    struct apc_conn *c = (struct apc_conn *)arg;
    struct apc_thread *t = c->io.hEvent;
    c->prev = NULL;
    c->next = t->open;
    if (c->next)
        c->next->prev = c;
    t->open = c;
    apc_serve(t, c);
}

/* As an APC it only ends the sleep, so that the thread looks at `leave`. */
static void CALLBACK apc_awake(ULONG_PTR arg)
{
    (void)arg;
}

static void apc_wake(struct crew_member *m)
{
    stats_check(m->crew->accept_stats, QueueUserAPC(apc_awake, m->thread, 0));
}

static void apc_cancel_all(struct apc_thread *t)
{
    for (struct apc_conn *c = t->open; c; c = c->next)
        stats_check(t->member.stats, CancelIoEx((HANDLE)c->conn.sock, &c->io) ||
                                         GetLastError() == ERROR_NOT_FOUND);
}

static DWORD WINAPI apc_work(void *arg)
{
    struct apc_thread *t = arg;
    while (!t->member.leave)
        SleepEx(APC_WAIT_MS, TRUE);
    apc_cancel_all(t);
    while (t->member.load > 0)
        if (SleepEx(APC_WAIT_MS, TRUE) == 0) /* no routine ran */
            apc_cancel_all(t);
    return 0;
}

static void apc_accept(struct crew *crew, SOCKET sock)
{
    struct apc_conn *c = (struct apc_conn *)conn_open(crew->accept_stats, sock);
    if (c == NULL)
        return;
    struct crew_member *least = crew->first;
    for (struct crew_member *m = least->next; m; m = m->next)
        if (m->load < least->load)
            least = m;
    c->io.hEvent = least;
    crew_given(least);
    if (!QueueUserAPC(apc_adopt, least->thread, (ULONG_PTR)c)) {
        DWORD error = GetLastError();
        crew_left(least);
        conn_refuse(crew->accept_stats, &c->conn, error);
    }
}

static void apc_accept_all(struct crew *crew)
{
    while (!server_stopping(crew->srv)) {
        SOCKET sock = accept(crew->srv->listener, NULL, NULL);
        if (sock != INVALID_SOCKET)
            apc_accept(crew, sock);
        else if (accept_failed(crew->accept_stats, (DWORD)WSAGetLastError()) ==
                 ACCEPT_LATER)
            stats_check(crew->accept_stats,
                        WaitForSingleObject(crew->srv->stop_event,
                                            ACCEPT_RETRY_MS) != WAIT_FAILED);
    }
}

static void apc_run(struct server *srv)
{
    struct crew crew = {.srv = srv,
                        .accept_stats = thread_stats_open(srv),
                        .work = apc_work,
                        .member_size = sizeof(struct apc_thread),
                        .wake = apc_wake};
    if (crew.accept_stats == NULL)
        server_cannot_start(srv, "calloc");
    while (crew.count < srv->threads && crew_start(&crew))
        ;
    if (crew.count == 0)
        server_cannot_start(srv, "CreateThread");
    server_ready(srv);
    apc_accept_all(&crew);
    crew_end(&crew);
    thread_stats_close(crew.accept_stats);
}

const struct io_model model_apc = {
    .name = "apc",
    .summary = "overlapped I/O by completion routines, in an alertable sleep",
    .ceiling = "memory and handles; a connection stays on its thread",
    .conn_size = sizeof(struct apc_conn),
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .run = apc_run,
};
