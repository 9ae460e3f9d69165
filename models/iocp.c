/* Completion port: srv->threads workers sleep in GetQueuedCompletionStatus on
 * one port; the kernel wakes as many as there are processors and gives each the
 * next finished operation of any connection. AcceptEx completes on a port of
 * its own, served by the thread that called run(): making the next socket is
 * slow and would hold up a worker. Ceiling: memory and handles, not threads.
 * Compare apc.c: there a connection stays with the thread that posts for it.
 *
 * Lifetime: an open connection has one operation: pending in the kernel,
 * finished and queued in the port, or in the hands of the thread that took it
 * there. Only that thread touches the connection; to post is to pass it on,
 * and it is closed only in hand, when nothing is pending. At the end the
 * workers leave first; then one thread cancels what is pending and takes every
 * completion before it frees what that belongs to. A pending AcceptEx owns its
 * OVERLAPPED and buffer, also after the sweep closed its socket, until the
 * thread that called run() takes its completion. That thread alone closes these
 * sockets, each once; a socket that became a connection is no accept's. */
#include <stdlib.h>
#include <string.h>
#include "model.h"

enum {
    IOCP_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, /* AcceptEx asks for the 16 */
    IOCP_WAIT_MS = 1000, /* then look whether the server stops */
    IOCP_SWEEP_MS = 500  /* between looks for clients that send nothing */
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
    struct io_threads workers;
    struct server *srv;
    HANDLE port, accept_port;
    LPFN_ACCEPTEX accept_ex;
    bool skip; /* an immediate success is not queued as well */
    struct iocp_accept *accepts, *accepts_end;
    DWORD accept_bytes; /* of each buffer, for data */
    uint32_t pending;   /* of accepts */
    ULONGLONG retry_at; /* after a shortage, in GetTickCount64's time */
    ULONGLONG sweep_at; /* the next one, if accepts wait for data */
};

/* The result of a wait for a port. */
struct iocp_done {
    ULONG_PTR key;
    OVERLAPPED *io;
    DWORD bytes;
    BOOL ok;
};

/* Goes on with a connection in hand until an operation is pending. */
static void iocp_serve(struct iocp *p, struct thread_stats *stats,
                       struct iocp_conn *i)
{
    struct conn *c = &i->conn;
    uint32_t turns = p->srv->tuning[IOCP_INLINE];
    while (c->want != CONN_CLOSE) {
        DWORD bytes = 0, flags = 0;
        i->io = (OVERLAPPED){0};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, &bytes, &flags, &i->io, NULL)
                : WSASend(c->sock, &c->io, 1, &bytes, 0, &i->io, NULL);
        DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
        if (error == WSA_IO_PENDING || (!error && !p->skip))
            return;
        /* A peer whose bytes are always there would keep this thread for
         * itself: after its turns it queues behind the others. */
        if (!error && turns == 0 &&
            stats_check(stats, PostQueuedCompletionStatus(
                                   p->port, bytes, (ULONG_PTR)i, &i->io)))
            return;
        turns -= turns > 0;
        if (error)
            conn_fail(stats, c, error);
        else
            conn_advance(stats, c, bytes);
    }
    conn_close(stats, c);
}

/* False: nothing came in time, or the worker is to leave. */
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
    struct iocp_conn *i = (struct iocp_conn *)d.key;
    if (d.ok ||
        WSAGetOverlappedResult(i->conn.sock, d.io, &d.bytes, FALSE, &flags))
        conn_advance(stats, &i->conn, d.bytes);
    else /* Winsock's code; the port has the file system's */
        conn_fail(stats, &i->conn, (DWORD)WSAGetLastError());
    return i;
}

static DWORD WINAPI iocp_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp *p = (struct iocp *)t->all;
    for (;;) {
        struct iocp_conn *i = iocp_next(p, t->stats);
        if (i)
            iocp_serve(p, t->stats, i);
        else if (server_stopping(p->srv))
            return 0;
    }
}

/* Gives an accepted socket to the workers by its first receive, or by the echo
 * of what came with it. */
static void iocp_adopt(struct iocp *p, struct iocp_accept *a, DWORD bytes)
{
    struct server *srv = p->srv;
    const SOCKET sock = a->sock;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    a->sock = INVALID_SOCKET;
    if (setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&srv->listener, sizeof srv->listener)) {
        socket_refuse(srv->stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(srv->stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0) ||
        (p->skip && !SetFileCompletionNotificationModes((HANDLE)sock, modes))) {
        conn_refuse(srv->stats, c, GetLastError());
        return;
    }
    if (p->accept_bytes > 0) { /* 0 bytes: the peer's FIN came */
        memcpy(c->io.buf, a->buffer, bytes);
        conn_advance(srv->stats, c, bytes);
    }
    iocp_serve(p, srv->stats, (struct iocp_conn *)c);
}

static void iocp_accept_drop(struct iocp *p, struct iocp_accept *a, DWORD error)
{
    if (a->sock != INVALID_SOCKET)
        stats_check(p->srv->stats, !closesocket(a->sock));
    a->sock = INVALID_SOCKET;
    if (server_stopping(p->srv) ||
        accept_failed(p->srv->stats, error) == ACCEPT_LATER)
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
}

static void iocp_accept_post(struct iocp *p, struct iocp_accept *a)
{
    DWORD bytes;
    a->io = (OVERLAPPED){0};
    a->sock = WSASocketW(p->srv->family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    /* With room for data it completes when some came: that saves a receive,
     * but a client that sends nothing holds the accept until the sweep. */
    a->posted =
        a->sock != INVALID_SOCKET &&
        (p->accept_ex(p->srv->listener, a->sock, a->buffer, p->accept_bytes,
                      IOCP_ADDRESS, IOCP_ADDRESS, &bytes, &a->io) ||
         WSAGetLastError() == WSA_IO_PENDING);
    if (a->posted)
        p->pending++;
    else
        iocp_accept_drop(p, a, (DWORD)WSAGetLastError());
}

/* Takes one finished AcceptEx. False: none came in time. */
static bool iocp_accept_next(struct iocp *p, DWORD wait_ms)
{
    struct iocp_done d;
    DWORD flags;
    if (!iocp_take(p->accept_port, p->srv->stats, wait_ms, &d))
        return false;
    struct iocp_accept *a = CONTAINING_RECORD(d.io, struct iocp_accept, io);
    bool ok =
        WSAGetOverlappedResult(p->srv->listener, d.io, &d.bytes, FALSE, &flags);
    a->posted = false;
    p->pending--;
    if (a->sock == INVALID_SOCKET)
        return true; /* the sweep closed and counted it, whatever came since */
    if (ok)
        iocp_adopt(p, a, d.bytes);
    else
        iocp_accept_drop(p, a, (DWORD)WSAGetLastError());
    return true;
}

/* For how long it has been connected, in whole seconds; 0: it is not. AcceptEx
 * that waits for data does not report the client before. */
static uint32_t iocp_connected_ms(struct thread_stats *stats, SOCKET sock)
{
    DWORD seconds = 0; /* all ones: not connected */
    int size = sizeof seconds;
    if (!stats_check(stats, !getsockopt(sock, SOL_SOCKET, SO_CONNECT_TIME,
                                        (char *)&seconds, &size)) ||
        seconds == UINT32_MAX)
        return 0;
    return seconds * 1000;
}

/* Refuses clients that connected and sent nothing for too long. Closing its
 * socket ends an AcceptEx, and its completion reports that end. */
static void iocp_sweep(struct iocp *p)
{
    const uint32_t limit_ms = p->srv->tuning[IOCP_ACCEPT_TIMEOUT_MS];
    if (p->accept_bytes == 0 || GetTickCount64() < p->sweep_at)
        return;
    p->sweep_at = GetTickCount64() + IOCP_SWEEP_MS;
    while (iocp_accept_next(p, 0)) /* clients whose bytes did come */
        ;
    for (struct iocp_accept *a = p->accepts; a < p->accepts_end; a++)
        if (a->sock != INVALID_SOCKET &&
            iocp_connected_ms(p->srv->stats, a->sock) >= limit_ms) {
            socket_refuse(p->srv->stats, a->sock, WSAETIMEDOUT);
            a->sock = INVALID_SOCKET;
        }
}

static void iocp_accept_all(struct iocp *p)
{
    while (!server_stopping(p->srv)) {
        for (struct iocp_accept *a = p->accepts; a < p->accepts_end; a++)
            if (!a->posted && GetTickCount64() >= p->retry_at)
                iocp_accept_post(p, a);
        const bool all = p->pending == p->srv->tuning[IOCP_ACCEPTS];
        iocp_accept_next(p, all ? IOCP_SWEEP_MS : ACCEPT_RETRY_MS);
        iocp_sweep(p);
    }
}

/* Until no AcceptEx is pending. A cancel that failed is made again; an AcceptEx
 * that has a client but no bytes is ended by closing its socket. */
static void iocp_accept_end(struct iocp *p)
{
    while (p->pending > 0) {
        stats_check(p->srv->stats, CancelIoEx((HANDLE)p->srv->listener, NULL) ||
                                       GetLastError() == ERROR_NOT_FOUND);
        while (p->pending > 0 && iocp_accept_next(p, IOCP_WAIT_MS))
            ;
        for (struct iocp_accept *a = p->accepts; a < p->accepts_end; a++)
            iocp_accept_drop(p, a, WSA_OPERATION_ABORTED);
    }
}

/* Cancels, takes and closes all; a cancel that failed is made again. */
static void iocp_close_all(struct iocp *p)
{
    struct iocp_conn *i;
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
        for (; open > 0 && (i = iocp_next(p, p->srv->stats)) != NULL; open--)
            conn_close(p->srv->stats, &i->conn);
    } while (open > 0);
}

static void iocp_accept_make(struct iocp *p)
{
    const uint32_t accepts = p->srv->tuning[IOCP_ACCEPTS];
    const uint32_t room = p->srv->tuning[IOCP_ACCEPT_BYTES];
    const uint32_t first_echo = p->srv->buffer_size;
    p->accept_bytes = room < first_echo ? room : first_echo;
    const size_t each = p->accept_bytes + 2 * (size_t)IOCP_ADDRESS;
    p->accepts = calloc(accepts, sizeof *p->accepts + each);
    if (p->accepts == NULL)
        server_cannot_start(p->srv, "calloc");
    p->accepts_end = p->accepts + accepts; /* the buffers follow */
    for (uint32_t i = 0; i < accepts; i++) {
        p->accepts[i].sock = INVALID_SOCKET;
        p->accepts[i].buffer = (char *)p->accepts_end + i * each;
    }
}

/* Whether a socket is a handle of the file system: Windows' own are, a layered
 * provider's need not be. */
static bool iocp_is_file(struct thread_stats *stats, SOCKET sock)
{
    WSAPROTOCOL_INFOW info = {0};
    int size = sizeof info;
    return stats_check(stats, !getsockopt(sock, SOL_SOCKET, SO_PROTOCOL_INFOW,
                                          (char *)&info, &size)) &&
           (info.dwServiceFlags1 & XP1_IFS_HANDLES);
}

static void iocp_run(struct server *srv)
{
    struct iocp p = {.workers.srv = srv, .srv = srv};
    GUID accept_ex = WSAID_ACCEPTEX;
    DWORD bytes;
    if (WSAIoctl(srv->listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex,
                 sizeof accept_ex, &p.accept_ex, sizeof p.accept_ex, &bytes,
                 NULL, NULL))
        server_cannot_start(srv, "WSAIoctl");
    iocp_accept_make(&p);
    /* A layered provider with handles of its own queues such a success, too. */
    p.skip =
        srv->tuning[IOCP_INLINE] > 0 && iocp_is_file(srv->stats, srv->listener);
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    p.accept_port = CreateIoCompletionPort((HANDLE)srv->listener, NULL, 0, 1);
    if (p.port == NULL || p.accept_port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");
    threads_start(&p.workers, iocp_work);
    server_ready(srv);
    iocp_accept_all(&p);
    iocp_accept_end(&p);
    /* A worker that this does not wake looks once in IOCP_WAIT_MS. */
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    iocp_close_all(&p);
    stats_check(srv->stats, CloseHandle(p.accept_port));
    stats_check(srv->stats, CloseHandle(p.port));
    free(p.accepts);
}

const struct io_model model_iocp = {
    .name = "iocp",
    .summary = "completion port with AcceptEx: a worker for each processor",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_conn),
    .accepts_ahead = true,
    .options =
        {
            /* As many as connects come at a time: with fewer, a backlog that is
             * never empty keeps Wine's server busy, at three times a
             * connection's price. */
            {"accepts", 256, 1, 1024, "AcceptEx calls kept pending", NULL},
            {"inline", 1, 0, 64,
             "immediate results handled in one turn; 0: all by the port", NULL},
            {"accept_bytes", 0, 0, 65536,
             "most bytes that AcceptEx receives with a connection; 0: it does "
             "not wait for data",
             NULL},
            {"accept_timeout_ms", 2000, 1000, 600000,
             "time that AcceptEx waits for data, ms, in whole seconds; then "
             "the client is refused",
             NULL},
        },
    .run = iocp_run,
};
