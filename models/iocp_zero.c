/* Zero-byte receives on a completion port: a connection waits with a receive
 * that has no buffer, so that nothing of it is locked in memory, and borrows a
 * buffer when data came. `then` says how it is read: by non-blocking receives
 * until nothing is left (drain), or by one overlapped receive. After `turns`
 * receives a connection that still has data waits behind all others again: one
 * that is drained to its end looks faster and starves them.
 * Ceiling: memory and handles; each wait costs a receive more than iocp.c's.
 * Compare iocp.c: there a receive waits with the connection's own buffer.
 *
 * Lifetime: an open connection has one operation: pending in the kernel,
 * finished and queued in the port, or in the hands of the thread that took it
 * there. Only that thread touches the connection, receives without blocking
 * while nothing is pending; to post is to pass it on, and it is closed only in
 * hand, when nothing is pending. At the end the workers leave first; then one
 * thread cancels what is pending and takes every completion before it frees
 * what that belongs to. */
#include "model.h"

enum { IOCP_ZERO_WAIT_MS = 1000 }; /* then look whether the server stops */

enum { IOCP_ZERO_THEN, IOCP_ZERO_TURNS }; /* server.tuning */
enum { IOCP_ZERO_DRAIN, IOCP_ZERO_OVERLAPPED };

struct iocp_zero_conn {
    struct conn conn;
    OVERLAPPED io;
};

struct iocp_zero {
    struct io_threads workers;
    struct server *srv;
    HANDLE port;
    bool drain;
    bool skip; /* an immediate success is not queued as well */
};

/* The operation in hand is done. Without a buffer it was the wait for data. */
static void iocp_zero_done(struct iocp_zero *p, struct thread_stats *stats,
                           struct conn *c, DWORD error, DWORD bytes)
{
    if (error) {
        conn_fail(stats, c, error);
    } else if (c->want == CONN_RECV && c->io.len == 0) {
        conn_borrow(stats, c);
    } else {
        conn_advance(stats, c, bytes);
        if (!p->drain)
            conn_repay(stats, c);
    }
}

/* One receive of a drain. False: nothing is left, or its turns are over. */
static bool iocp_zero_drain(struct thread_stats *stats, struct conn *c,
                            uint32_t *turns)
{
    int bytes = -1;
    DWORD error = WSAEWOULDBLOCK;
    if ((*turns)-- > 0) {
        bytes = recv(c->sock, c->io.buf, (int)c->io.len, 0);
        error = bytes < 0 ? (DWORD)WSAGetLastError() : 0;
    }
    if (error == WSAEWOULDBLOCK)
        return false;
    if (error)
        conn_fail(stats, c, error);
    else
        conn_advance(stats, c, (DWORD)bytes);
    return true;
}

/* Goes on with a connection in hand until an operation is pending. */
static void iocp_zero_serve(struct iocp_zero *p, struct thread_stats *stats,
                            struct iocp_zero_conn *z)
{
    struct conn *c = &z->conn;
    uint32_t turns = p->srv->tuning[IOCP_ZERO_TURNS];
    while (c->want != CONN_CLOSE) {
        DWORD bytes = 0, flags = 0;
        if (p->drain && c->want == CONN_RECV && c->io.len > 0) {
            if (!iocp_zero_drain(stats, c, &turns))
                conn_repay(stats, c);
            continue;
        }
        const bool waits = c->want == CONN_RECV && c->io.len == 0;
        z->io = (OVERLAPPED){0};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, &bytes, &flags, &z->io, NULL)
                : WSASend(c->sock, &c->io, 1, &bytes, 0, &z->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        if (error == WSA_IO_PENDING || (!error && !p->skip))
            return;
        /* More data is there already: it is the others' turn. */
        if (!error && waits &&
            stats_check(stats, PostQueuedCompletionStatus(
                                   p->port, 0, (ULONG_PTR)z, &z->io)))
            return;
        iocp_zero_done(p, stats, c, error, bytes);
    }
    conn_close(stats, c);
}

/* Takes the next finished operation and tells its connection. NULL: nothing
 * came in time, or the worker is to leave. */
static struct iocp_zero_conn *iocp_zero_next(struct iocp_zero *p,
                                             struct thread_stats *stats)
{
    ULONG_PTR key = 0;
    OVERLAPPED *io = NULL;
    DWORD bytes = 0, flags, error = 0;
    BOOL ok = GetQueuedCompletionStatus(p->port, &bytes, &key, &io,
                                        IOCP_ZERO_WAIT_MS);
    if (io == NULL) {
        if (!stats_check(stats, ok || GetLastError() == WAIT_TIMEOUT))
            Sleep(1); /* or the next one may fail as fast */
        return NULL;
    }
    struct iocp_zero_conn *z = (struct iocp_zero_conn *)key;
    /* Winsock's code; the port has the file system's. */
    if (!ok && !WSAGetOverlappedResult(z->conn.sock, io, &bytes, FALSE, &flags))
        error = (DWORD)WSAGetLastError();
    iocp_zero_done(p, stats, &z->conn, error, bytes);
    return z;
}

static DWORD WINAPI iocp_zero_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_zero *p = (struct iocp_zero *)t->all;
    for (;;) {
        struct iocp_zero_conn *z = iocp_zero_next(p, t->stats);
        if (z)
            iocp_zero_serve(p, t->stats, z);
        else if (server_stopping(p->srv))
            return 0;
    }
}

/* Gives an accepted socket to the workers by its first wait. */
static void iocp_zero_accepted(void *arg, SOCKET sock)
{
    struct iocp_zero *p = arg;
    struct thread_stats *stats = p->srv->stats;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    /* For recv() alone: an overlapped call pends all the same. */
    u_long yes = 1;
    if (p->drain && ioctlsocket(sock, (long)FIONBIO, &yes)) {
        socket_refuse(stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0) ||
        (p->skip && !SetFileCompletionNotificationModes((HANDLE)sock, modes)))
        conn_refuse(stats, c, GetLastError());
    else
        iocp_zero_serve(p, stats, (struct iocp_zero_conn *)c);
}

/* Cancels, takes and closes all; a cancel that failed is made again. */
static void iocp_zero_close_all(struct iocp_zero *p)
{
    struct iocp_zero_conn *z;
    uint32_t open;
    do {
        open = 0;
        for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
            struct conn *c = server_conn(p->srv, slot);
            open += c != NULL;
            if (c)
                stats_check(p->srv->stats,
                            CancelIoEx((HANDLE)c->sock, NULL) ||
                                GetLastError() == ERROR_NOT_FOUND);
        }
        for (; open > 0 && (z = iocp_zero_next(p, p->srv->stats)) != NULL;
             open--)
            conn_close(p->srv->stats, &z->conn);
    } while (open > 0);
}

static void iocp_zero_run(struct server *srv)
{
    struct iocp_zero p = {
        .workers.srv = srv,
        .srv = srv,
        .drain = srv->tuning[IOCP_ZERO_THEN] == IOCP_ZERO_DRAIN,
        .skip = sockets_are_files(srv),
        .port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0)};
    if (p.port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");
    threads_start(&p.workers, iocp_zero_work);
    server_ready(srv);
    accept_loop(srv, iocp_zero_accepted, &p);
    /* A worker that this does not wake looks once in IOCP_ZERO_WAIT_MS. */
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    iocp_zero_close_all(&p);
    stats_check(srv->stats, CloseHandle(p.port));
}

const struct io_model model_iocp_zero = {
    .name = "iocp_zero",
    .summary = "completion port with zero-byte receives: no buffer while idle",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_zero_conn),
    .borrows = true,
    .options =
        {
            {"then", IOCP_ZERO_DRAIN, 0, IOCP_ZERO_OVERLAPPED,
             "how data is read: non-blocking until nothing is left, or by one "
             "overlapped receive",
             "drain|overlapped"},
            {"turns", 4, 1, 1000000,
             "most receives of a drain; then it is the others' turn", NULL},
        },
    .run = iocp_zero_run,
};
