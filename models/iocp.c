/* Completion port: srv->threads workers sleep in GetQueuedCompletionStatus on
 * one port; the kernel wakes as many as there are processors and gives each the
 * next finished operation, whosever it is. AcceptEx completes on a port of its
 * own, served by the thread that called run(): making the next socket is slow
 * and would hold up a worker. Ceiling: memory and handles, not threads.
 *
 * Lifetime: an open connection has one operation: pending in the kernel,
 * finished and queued in the port, or in the hands of the thread that took it
 * there. Only that thread touches the connection; to post is to pass it on,
 * and it is closed only in hand, when nothing is pending. At the end the
 * workers leave first; then one thread cancels what is pending and takes every
 * completion before it frees what that belongs to. A pending AcceptEx owns its
 * OVERLAPPED and buffer, also after the sweep closed its socket, until the
 * thread that called run() takes its completion. That thread alone closes these
 * sockets, each once; one that it hands on is not its own any more. */
#include <stdlib.h>
#include <string.h>
#include "model.h"

enum {
    IOCP_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, /* AcceptEx asks for the 16 */
    IOCP_WAIT_MS = 1000, /* then look whether the server stops */
    IOCP_SWEEP_MS = 500  /* between looks for those that send nothing */
};

/* server.tuning */
enum { IOCP_ACCEPTS, IOCP_INLINE, IOCP_ACCEPT_BYTES, IOCP_ACCEPT_TIMEOUT_MS };

struct iocp_conn {
    struct conn conn;
    OVERLAPPED io;
};

struct iocp_accept {
    OVERLAPPED io;
    bool posted;
    SOCKET sock;  /* INVALID_SOCKET: none, or closed by the sweep */
    char *buffer; /* the first bytes, then both addresses */
};

struct iocp {
    struct crew crew; /* the workers */
    struct server *srv;
    struct thread_stats *accept_stats; /* of the thread that called run() */
    HANDLE port, accept_port;
    LPFN_ACCEPTEX accept_ex;
    bool skip; /* what succeeds at once is not queued as well */
    struct iocp_accept *accepts;
    char *buffers;      /* of accepts */
    DWORD accept_bytes; /* of each for data */
    uint32_t pending;   /* of accepts */
    ULONGLONG retry_at; /* after a shortage, in GetTickCount64's time */
    ULONGLONG sweep_at; /* the next one, if accepts wait for data */
};

/* What a port's wait brought. */
struct iocp_done {
    ULONG_PTR key;
    OVERLAPPED *io;
    DWORD bytes;
    BOOL ok;
};

/* Goes on with a connection in hand until an operation is pending. */
static void iocp_serve(struct iocp *p, struct thread_stats *stats,
                       struct iocp_conn *c)
{
    struct conn *conn = &c->conn;
    uint32_t turns = p->srv->tuning[IOCP_INLINE];
    while (conn->want != CONN_CLOSE) {
        DWORD bytes = 0, flags = 0;
        c->io = (OVERLAPPED){0};
        int failed =
            conn->want == CONN_RECV
                ? WSARecv(conn->sock, &conn->io, 1, &bytes, &flags, &c->io,
                          NULL)
                : WSASend(conn->sock, &conn->io, 1, &bytes, 0, &c->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        if (error == WSA_IO_PENDING || (!error && !p->skip))
            return;
        /* A peer whose bytes are always there would keep this thread for
         * itself: after its turns it queues behind the others. */
        if (!error && turns == 0 &&
            stats_check(stats, PostQueuedCompletionStatus(
                                   p->port, bytes, (ULONG_PTR)c, &c->io)))
            return;
        turns -= turns > 0;
        if (error)
            conn_fail(stats, conn, error);
        else
            conn_advance(stats, conn, bytes);
    }
    conn_close(stats, conn);
}

/* False: nothing came in time, or it was the word to leave. */
static bool iocp_take(HANDLE port, struct thread_stats *stats, DWORD wait_ms,
                      struct iocp_done *d)
{
    d->io = NULL;
    d->ok =
        GetQueuedCompletionStatus(port, &d->bytes, &d->key, &d->io, wait_ms);
    if (d->io)
        return true;
    if (!stats_check(stats, d->ok || GetLastError() == WAIT_TIMEOUT))
        Sleep(1); /* or the next one may fail as fast */
    return false;
}

/* Takes the next finished operation and tells its connection. */
static struct iocp_conn *iocp_next(struct iocp *p, struct thread_stats *stats)
{
    struct iocp_done d;
    DWORD flags;
    if (!iocp_take(p->port, stats, IOCP_WAIT_MS, &d))
        return NULL;
    struct iocp_conn *c = (struct iocp_conn *)d.key;
    if (d.ok ||
        WSAGetOverlappedResult(c->conn.sock, d.io, &d.bytes, FALSE, &flags))
        conn_advance(stats, &c->conn, d.bytes);
    else /* Winsock's code; the port has the file system's */
        conn_fail(stats, &c->conn, (DWORD)WSAGetLastError());
    return c;
}

static DWORD WINAPI iocp_work(void *arg)
{
    struct crew_member *m = arg;
    struct iocp *p = (struct iocp *)m->crew;
    for (;;) {
        struct iocp_conn *c = iocp_next(p, m->stats);
        if (c)
            iocp_serve(p, m->stats, c);
        else if (server_stopping(p->srv))
            return 0;
    }
}

/* One that is not told looks for itself once in IOCP_WAIT_MS. */
static void iocp_wake(struct crew_member *m)
{
    struct iocp *p = (struct iocp *)m->crew;
    stats_check(p->accept_stats,
                PostQueuedCompletionStatus(p->port, 0, 0, NULL));
}

/* Gives an accepted socket to the workers by its first receive, or by the echo
 * of what came with it. */
static void iocp_adopt(struct iocp *p, SOCKET sock, const char *data,
                       DWORD bytes)
{
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    if (setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&p->srv->listener, sizeof p->srv->listener)) {
        socket_refuse(p->accept_stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(p->accept_stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0) ||
        (p->skip && !SetFileCompletionNotificationModes((HANDLE)sock, modes))) {
        conn_refuse(p->accept_stats, c, GetLastError());
        return;
    }
    if (p->accept_bytes > 0) { /* none came: the peer's FIN did */
        memcpy(c->io.buf, data, bytes);
        conn_advance(p->accept_stats, c, bytes);
    }
    iocp_serve(p, p->accept_stats, (struct iocp_conn *)c);
}

static void iocp_accept_failed(struct iocp *p, SOCKET sock, DWORD error)
{
    if (sock != INVALID_SOCKET)
        stats_check(p->accept_stats, !closesocket(sock));
    if (server_stopping(p->srv) ||
        accept_failed(p->accept_stats, error) == ACCEPT_LATER)
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
}

static void iocp_accept_post(struct iocp *p, struct iocp_accept *a)
{
    DWORD bytes;
    SOCKET sock = WSASocketW(p->srv->family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                             WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    a->io = (OVERLAPPED){0};
    /* With room for data it completes when some came: that saves a receive,
     * but one who sends nothing holds the accept until the sweep. */
    if (sock != INVALID_SOCKET &&
        (p->accept_ex(p->srv->listener, sock, a->buffer, p->accept_bytes,
                      IOCP_ADDRESS, IOCP_ADDRESS, &bytes, &a->io) ||
         WSAGetLastError() == WSA_IO_PENDING)) {
        a->sock = sock;
        a->posted = true;
        p->pending++;
    } else {
        iocp_accept_failed(p, sock, (DWORD)WSAGetLastError());
    }
}

/* Takes one finished AcceptEx. False: none came in time. */
static bool iocp_accept_next(struct iocp *p, DWORD wait_ms)
{
    struct iocp_done d;
    DWORD flags;
    if (!iocp_take(p->accept_port, p->accept_stats, wait_ms, &d))
        return false;
    struct iocp_accept *a = CONTAINING_RECORD(d.io, struct iocp_accept, io);
    SOCKET sock = a->sock;
    a->sock = INVALID_SOCKET;
    a->posted = false;
    p->pending--;
    BOOL ok =
        WSAGetOverlappedResult(p->srv->listener, d.io, &d.bytes, FALSE, &flags);
    if (sock == INVALID_SOCKET)
        return true; /* the sweep closed and counted it, whatever came since */
    if (ok)
        iocp_adopt(p, sock, a->buffer, d.bytes);
    else
        iocp_accept_failed(p, sock, (DWORD)WSAGetLastError());
    return true;
}

/* Refuses those that connected and sent nothing for too long. To close its
 * socket is what ends an AcceptEx; its completion tells that it ended. */
static void iocp_sweep(struct iocp *p)
{
    const uint32_t limit_ms = p->srv->tuning[IOCP_ACCEPT_TIMEOUT_MS];
    if (GetTickCount64() < p->sweep_at)
        return;
    p->sweep_at = GetTickCount64() + IOCP_SWEEP_MS;
    while (iocp_accept_next(p, 0)) /* those whose bytes did come */
        ;
    for (uint32_t i = 0; i < p->srv->tuning[IOCP_ACCEPTS]; i++) {
        struct iocp_accept *a = &p->accepts[i];
        DWORD seconds = 0; /* since it connected; all ones: it did not */
        int size = sizeof seconds;
        if (a->sock == INVALID_SOCKET ||
            !stats_check(p->accept_stats,
                         !getsockopt(a->sock, SOL_SOCKET, SO_CONNECT_TIME,
                                     (char *)&seconds, &size)) ||
            seconds == UINT32_MAX || seconds < (limit_ms + 999) / 1000)
            continue;
        socket_refuse(p->accept_stats, a->sock, WSAETIMEDOUT);
        a->sock = INVALID_SOCKET;
    }
}

/* Until no AcceptEx is pending; a cancel that failed is made again, and what
 * it does not end, having a client but no bytes, its closed socket does. */
static void iocp_accept_end(struct iocp *p)
{
    const uint32_t accepts = p->srv->tuning[IOCP_ACCEPTS];
    while (p->pending > 0) {
        stats_check(p->accept_stats,
                    CancelIoEx((HANDLE)p->srv->listener, NULL) ||
                        GetLastError() == ERROR_NOT_FOUND);
        while (p->pending > 0 && iocp_accept_next(p, IOCP_WAIT_MS))
            ;
        for (uint32_t i = 0; p->pending > 0 && i < accepts; i++)
            if (p->accepts[i].sock != INVALID_SOCKET) {
                stats_check(p->accept_stats, !closesocket(p->accepts[i].sock));
                p->accepts[i].sock = INVALID_SOCKET;
            }
    }
}

static void iocp_accept_all(struct iocp *p)
{
    const uint32_t accepts = p->srv->tuning[IOCP_ACCEPTS];
    const DWORD wait_ms = p->accept_bytes > 0 ? IOCP_SWEEP_MS : IOCP_WAIT_MS;
    while (!server_stopping(p->srv)) {
        for (uint32_t i = 0;
             p->pending < accepts && GetTickCount64() >= p->retry_at;
             i = (i + 1) % accepts)
            if (!p->accepts[i].posted)
                iocp_accept_post(p, &p->accepts[i]);
        iocp_accept_next(p, p->pending < accepts ? ACCEPT_RETRY_MS : wait_ms);
        if (p->accept_bytes > 0)
            iocp_sweep(p);
    }
    iocp_accept_end(p);
}

/* Asks every connection's operation to end. Returns how many are open. */
static uint32_t iocp_cancel_all(struct iocp *p)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < server_slots_used(p->srv); i++) {
        struct conn *c = server_conn(p->srv, i);
        if (c == NULL)
            continue;
        open++;
        stats_check(p->accept_stats, CancelIoEx((HANDLE)c->sock, NULL) ||
                                         GetLastError() == ERROR_NOT_FOUND);
    }
    return open;
}

static void iocp_stop(struct iocp *p)
{
    crew_end(&p->crew);
    for (uint32_t open; (open = iocp_cancel_all(p)) > 0;) {
        struct iocp_conn *c;
        while (open > 0 && (c = iocp_next(p, p->accept_stats))) {
            conn_close(p->accept_stats, &c->conn);
            open--;
        }
    }
}

/* Not with a layered provider whose handles are not the file system's: it
 * would queue the completion all the same. */
static bool iocp_can_skip(struct iocp *p)
{
    WSAPROTOCOL_INFOW info;
    int size = sizeof info;
    return stats_check(p->accept_stats,
                       !getsockopt(p->srv->listener, SOL_SOCKET,
                                   SO_PROTOCOL_INFOW, (char *)&info, &size)) &&
           (info.dwServiceFlags1 & XP1_IFS_HANDLES);
}

/* False: no memory. */
static bool iocp_accept_make(struct iocp *p)
{
    const uint32_t accepts = p->srv->tuning[IOCP_ACCEPTS];
    p->accept_bytes = p->srv->tuning[IOCP_ACCEPT_BYTES];
    if (p->accept_bytes > p->srv->buffer_size)
        p->accept_bytes = p->srv->buffer_size; /* they become its first echo */
    const size_t each = p->accept_bytes + 2 * (size_t)IOCP_ADDRESS;
    p->accepts = calloc(accepts, sizeof *p->accepts);
    p->buffers = calloc(accepts, each);
    if (p->accepts == NULL || p->buffers == NULL)
        return false;
    for (uint32_t i = 0; i < accepts; i++) {
        p->accepts[i].sock = INVALID_SOCKET;
        p->accepts[i].buffer = p->buffers + i * each;
    }
    return true;
}

static void iocp_run(struct server *srv)
{
    struct iocp p = {.srv = srv, .accept_stats = thread_stats_open(srv)};
    GUID accept_ex = WSAID_ACCEPTEX;
    DWORD bytes;
    if (p.accept_stats == NULL)
        server_cannot_start(srv, "calloc");
    if (WSAIoctl(srv->listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex,
                 sizeof accept_ex, &p.accept_ex, sizeof p.accept_ex, &bytes,
                 NULL, NULL))
        server_cannot_start(srv, "WSAIoctl");
    if (!iocp_accept_make(&p))
        server_cannot_start(srv, "calloc");
    p.skip = srv->tuning[IOCP_INLINE] > 0 && iocp_can_skip(&p);
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    p.accept_port = CreateIoCompletionPort((HANDLE)srv->listener, NULL, 0, 1);
    if (p.port == NULL || p.accept_port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");

    p.crew = (struct crew){.srv = srv,
                           .accept_stats = p.accept_stats,
                           .work = iocp_work,
                           .member_size = sizeof(struct crew_member),
                           .wake = iocp_wake};
    while (p.crew.count < srv->threads && crew_start(&p.crew))
        ;
    if (p.crew.count == 0)
        server_cannot_start(srv, "CreateThread");
    server_ready(srv);
    iocp_accept_all(&p);
    iocp_stop(&p);

    stats_check(p.accept_stats, CloseHandle(p.accept_port));
    stats_check(p.accept_stats, CloseHandle(p.port));
    thread_stats_close(p.accept_stats);
    free(p.accepts);
    free(p.buffers);
}

/* As many accepts as connects come at a time: a backlog that always holds one
 * more than can be accepted keeps Wine's server looking at the listener, at
 * three times the price of a connection. */
static const struct model_option iocp_options[] = {
    {"accepts", 256, 1, 1024, "AcceptEx calls kept pending"},
    {"inline", 1, 0, 64,
     "results there at once that one turn goes on with; 0: all by the port"},
    {"accept_bytes", 0, 0, 65536,
     "AcceptEx waits for data, up to so many bytes; 0: it does not"},
    {"accept_timeout_ms", 2000, 1000, 600000,
     "milliseconds it waits, in whole seconds; then the client is refused"},
    {NULL, 0, 0, 0, NULL},
};

const struct io_model model_iocp = {
    .name = "iocp",
    .summary = "completion port: one worker a processor, AcceptEx",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_conn),
    .accepts_ahead = true,
    .socket_flags = WSA_FLAG_OVERLAPPED,
    .options = iocp_options,
    .run = iocp_run,
};
