/* A completion port whose sockets are used again: when a peer has closed, its
 * socket is disconnected, not closed, and given to AcceptEx once more; making
 * one is the expensive part of accepting. `by` says how: DisconnectEx, or an
 * empty TransmitFile or TransmitPackets with TF_DISCONNECT | TF_REUSE_SOCKET.
 * Where a test at the start finds that this does not work (under Wine the sends
 * of a second life fail), sockets are closed, and `listening` says so.
 * Ceiling: memory and handles. A disconnect may take as long as TIME_WAIT.
 * Compare iocp.c: there each connection has a socket made for it.
 *
 * Lifetime: a socket that is accepting, open or leaving has one operation:
 * pending, queued in its port, or in the hands of the thread that took it
 * there, which alone touches the socket. Its struct holds the OVERLAPPED and is
 * the key of its port, with which a socket stays associated; it is freed when
 * all is over: the workers have left, and one thread has cancelled what was
 * pending and taken every completion. */
#include <stdlib.h>
#include "model.h"

enum {
    IOCP_REUSE_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16,
    IOCP_REUSE_WAIT_MS = 1000 /* then look whether the server stops */
};

enum { IOCP_REUSE_BY, IOCP_REUSE_ACCEPTS, IOCP_REUSE_TEST }; /* .tuning */
enum { BY_DISCONNECT, BY_TRANSMIT, BY_PACKETS, BY_CLOSE };

enum iocp_reuse_state { UNMADE, SPARE, ACCEPTING, OPEN, LEAVING };

struct iocp_reuse_socket {
    OVERLAPPED accept_io, io;
    SOCKET sock;
    enum iocp_reuse_state state;
    bool has_port;                  /* from its first life on */
    struct conn *conn;              /* while it is open */
    struct iocp_reuse_socket *next; /* in the list of its state */
    char addresses[2 * IOCP_REUSE_ADDRESS];
};

struct iocp_reuse_conn {
    struct conn conn;
    struct iocp_reuse_socket *socket;
    bool failed; /* and not ended by the peer's FIN */
};

struct iocp_reuse {
    struct io_threads workers;
    struct server *srv;
    HANDLE port, accept_port;
    LPFN_ACCEPTEX accept_ex;
    uint32_t by;
    union {
        LPFN_DISCONNECTEX disconnect_ex;
        LPFN_TRANSMITFILE transmit_file;
        LPFN_TRANSMITPACKETS transmit_packets;
    } leave;
    uint32_t pending; /* of accepts */
    ULONGLONG retry_at;
    SRWLOCK lock; /* of what follows */
    struct iocp_reuse_socket *sockets, *spare, *unmade;
    uint32_t count, used;
    volatile uint32_t spares;
};

static void iocp_reuse_put(struct iocp_reuse *p, struct iocp_reuse_socket *s,
                           enum iocp_reuse_state state)
{
    s->state = state;
    s->has_port = s->has_port && state == SPARE;
    AcquireSRWLockExclusive(&p->lock);
    struct iocp_reuse_socket **list = state == SPARE ? &p->spare : &p->unmade;
    s->next = *list;
    *list = s;
    p->spares += state == SPARE;
    ReleaseSRWLockExclusive(&p->lock);
}

/* A spare one, or a new one. NULL with WSAGetLastError(). */
static struct iocp_reuse_socket *iocp_reuse_get(struct iocp_reuse *p)
{
    AcquireSRWLockExclusive(&p->lock);
    struct iocp_reuse_socket **list = p->spare ? &p->spare : &p->unmade;
    struct iocp_reuse_socket *s = *list;
    if (s)
        *list = s->next;
    else if (p->used < p->count)
        s = &p->sockets[p->used++];
    p->spares -= s && s->state == SPARE;
    ReleaseSRWLockExclusive(&p->lock);
    WSASetLastError(WSAENOBUFS); /* too many are leaving */
    if (s && s->state == UNMADE)
        s->sock = WSASocketW(p->srv->family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                             WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (s && s->sock == INVALID_SOCKET) {
        iocp_reuse_put(p, s, UNMADE);
        return NULL;
    }
    if (s) {
        s->state = ACCEPTING;
        s->accept_io = (OVERLAPPED){0};
    }
    return s;
}

static void iocp_reuse_close(struct iocp_reuse *p, struct thread_stats *stats,
                             struct iocp_reuse_socket *s)
{
    stats_check(stats, !closesocket(s->sock));
    iocp_reuse_put(p, s, UNMADE);
}

/* The disconnect itself: FALSE with WSAGetLastError(), or pending. */
static BOOL iocp_reuse_disconnect(void *arg, SOCKET sock, OVERLAPPED *io)
{
    const struct iocp_reuse *p = arg;
    const DWORD flags = TF_DISCONNECT | TF_REUSE_SOCKET;
    if (p->by == BY_TRANSMIT)
        return p->leave.transmit_file(sock, NULL, 0, 0, io, NULL, flags);
    if (p->by == BY_PACKETS)
        return p->leave.transmit_packets(sock, NULL, 0, 0, io, flags);
    return p->leave.disconnect_ex(sock, io, TF_REUSE_SOCKET, 0);
}

/* --- connections ---------------------------------------------------------- */

/* Ends a connection in hand. Only one that the peer ended, with nothing owed to
 * it, leaves its socket: others end by a reset. */
static void iocp_reuse_end(struct iocp_reuse *p, struct thread_stats *stats,
                           struct iocp_reuse_conn *i)
{
    struct iocp_reuse_socket *s = i->socket;
    if (p->by == BY_CLOSE || i->failed || i->conn.io.len > 0 ||
        server_stopping(p->srv)) {
        conn_close(stats, &i->conn);
        iocp_reuse_put(p, s, UNMADE);
        return;
    }
    conn_detach(stats, &i->conn);
    s->state = LEAVING;
    s->io = (OVERLAPPED){0};
    if (iocp_reuse_disconnect(p, s->sock, &s->io) ||
        WSAGetLastError() == WSA_IO_PENDING)
        return;
    stats_error(stats, (DWORD)WSAGetLastError());
    iocp_reuse_close(p, stats, s);
}

/* Posts the next operation of a connection in hand, or ends it. */
static void iocp_reuse_serve(struct iocp_reuse *p, struct thread_stats *stats,
                             struct iocp_reuse_conn *i)
{
    struct conn *c = &i->conn;
    while (c->want != CONN_CLOSE) {
        DWORD flags = 0;
        OVERLAPPED *io = &i->socket->io;
        *io = (OVERLAPPED){0};
        int failed = c->want == CONN_RECV
                         ? WSARecv(c->sock, &c->io, 1, NULL, &flags, io, NULL)
                         : WSASend(c->sock, &c->io, 1, NULL, 0, io, NULL);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        i->failed = true;
        conn_fail(stats, c, (DWORD)WSAGetLastError());
    }
    iocp_reuse_end(p, stats, i);
}

/* False: nothing came in time, or the worker is to leave. */
static bool iocp_reuse_take(HANDLE port, struct thread_stats *stats,
                            DWORD wait_ms, ULONG_PTR *key, OVERLAPPED **io)
{
    DWORD bytes;
    *io = NULL;
    BOOL ok = GetQueuedCompletionStatus(port, &bytes, key, io, wait_ms);
    if (*io)
        return true;
    if (!stats_check(stats, ok || GetLastError() == WAIT_TIMEOUT))
        Sleep(1); /* or the next one may fail as fast */
    return false;
}

/* Takes the next finished operation. False: none came. *next: the connection
 * that it was of; NULL: a disconnect, whose socket is kept unless there are as
 * many spare ones as accept. */
static bool iocp_reuse_next(struct iocp_reuse *p, struct thread_stats *stats,
                            struct iocp_reuse_conn **next)
{
    ULONG_PTR key;
    OVERLAPPED *io;
    DWORD bytes, flags, error = 0;
    *next = NULL;
    if (!iocp_reuse_take(p->port, stats, IOCP_REUSE_WAIT_MS, &key, &io))
        return false;
    struct iocp_reuse_socket *s = (struct iocp_reuse_socket *)key;
    if (!WSAGetOverlappedResult(s->sock, io, &bytes, FALSE, &flags))
        error = (DWORD)WSAGetLastError();
    if (s->state == OPEN)
        *next = (struct iocp_reuse_conn *)s->conn;
    if (*next && error) {
        (*next)->failed = true;
        conn_fail(stats, s->conn, error);
    } else if (*next) {
        conn_advance(stats, s->conn, bytes);
    } else if (!error && p->spares < p->srv->tuning[IOCP_REUSE_ACCEPTS]) {
        iocp_reuse_put(p, s, SPARE);
    } else {
        if (error && !server_stopping(p->srv))
            stats_error(stats, error);
        iocp_reuse_close(p, stats, s);
    }
    return true;
}

static DWORD WINAPI iocp_reuse_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_reuse *p = (struct iocp_reuse *)t->all;
    struct iocp_reuse_conn *i;
    while (iocp_reuse_next(p, t->stats, &i) || !server_stopping(p->srv))
        if (i)
            iocp_reuse_serve(p, t->stats, i);
    return 0;
}

/* --- accepting ------------------------------------------------------------ */

static void iocp_reuse_adopt(struct iocp_reuse *p, struct iocp_reuse_socket *s)
{
    struct server *srv = p->srv;
    struct conn *c = NULL;
    if (setsockopt(s->sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&srv->listener, sizeof srv->listener))
        socket_refuse(srv->stats, s->sock, (DWORD)WSAGetLastError());
    else if (!s->has_port &&
             !CreateIoCompletionPort((HANDLE)s->sock, p->port, (ULONG_PTR)s, 0))
        socket_refuse(srv->stats, s->sock, GetLastError());
    else
        c = conn_open(srv->stats, s->sock);
    if (c == NULL) { /* and its socket is closed */
        iocp_reuse_put(p, s, UNMADE);
        return;
    }
    struct iocp_reuse_conn *i = (struct iocp_reuse_conn *)c;
    i->socket = s;
    i->failed = false;
    s->conn = c;
    s->has_port = true;
    s->state = OPEN;
    iocp_reuse_serve(p, srv->stats, i);
}

static void iocp_reuse_accept_failed(struct iocp_reuse *p,
                                     struct iocp_reuse_socket *s, DWORD error)
{
    if (s)
        iocp_reuse_close(p, p->srv->stats, s);
    if (server_stopping(p->srv) ||
        accept_failed(p->srv->stats, error) == ACCEPT_LATER)
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
}

static void iocp_reuse_accept_post(struct iocp_reuse *p)
{
    DWORD bytes;
    struct iocp_reuse_socket *s = iocp_reuse_get(p);
    if (s && (p->accept_ex(p->srv->listener, s->sock, s->addresses, 0,
                           IOCP_REUSE_ADDRESS, IOCP_REUSE_ADDRESS, &bytes,
                           &s->accept_io) ||
              WSAGetLastError() == WSA_IO_PENDING))
        p->pending++;
    else
        iocp_reuse_accept_failed(p, s, (DWORD)WSAGetLastError());
}

/* Takes one finished AcceptEx. False: none came in time. */
static bool iocp_reuse_accept_next(struct iocp_reuse *p, DWORD wait_ms)
{
    ULONG_PTR key;
    OVERLAPPED *io;
    DWORD bytes, flags;
    if (!iocp_reuse_take(p->accept_port, p->srv->stats, wait_ms, &key, &io))
        return false;
    struct iocp_reuse_socket *s =
        CONTAINING_RECORD(io, struct iocp_reuse_socket, accept_io);
    p->pending--;
    if (WSAGetOverlappedResult(p->srv->listener, io, &bytes, FALSE, &flags))
        iocp_reuse_adopt(p, s);
    else
        iocp_reuse_accept_failed(p, s, (DWORD)WSAGetLastError());
    return true;
}

static void iocp_reuse_accept_all(struct iocp_reuse *p)
{
    const uint32_t accepts = p->srv->tuning[IOCP_REUSE_ACCEPTS];
    while (!server_stopping(p->srv)) {
        while (p->pending < accepts && GetTickCount64() >= p->retry_at)
            iocp_reuse_accept_post(p);
        iocp_reuse_accept_next(p, p->pending == accepts ? IOCP_REUSE_WAIT_MS
                                                        : ACCEPT_RETRY_MS);
    }
    for (bool done = false; p->pending > 0;) {
        if (!done) /* or it failed: made again */
            done = stats_check(p->srv->stats,
                               CancelIoEx((HANDLE)p->srv->listener, NULL) ||
                                   GetLastError() == ERROR_NOT_FOUND);
        done = iocp_reuse_accept_next(p, IOCP_REUSE_WAIT_MS) && done;
    }
}

/* Cancels, takes and closes all; a cancel that failed is made again. */
static void iocp_reuse_close_all(struct iocp_reuse *p)
{
    struct thread_stats *stats = p->srv->stats;
    struct iocp_reuse_conn *i;
    uint32_t busy;
    do {
        busy = 0;
        for (uint32_t n = 0; n < p->used; n++) {
            struct iocp_reuse_socket *s = &p->sockets[n];
            if (s->state == SPARE) {
                stats_check(stats, !closesocket(s->sock));
                s->state = UNMADE;
            } else if (s->state != UNMADE) {
                busy++;
                stats_check(stats, CancelIoEx((HANDLE)s->sock, NULL) ||
                                       GetLastError() == ERROR_NOT_FOUND);
            }
        }
        for (uint32_t n = busy; n > 0 && iocp_reuse_next(p, stats, &i); n--)
            if (i)
                iocp_reuse_end(p, stats, i);
    } while (busy > 0);
}

static bool iocp_reuse_look_up(SOCKET sock, GUID name, void *function)
{
    DWORD bytes;
    return !WSAIoctl(sock, SIO_GET_EXTENSION_FUNCTION_POINTER, &name,
                     sizeof name, function, sizeof(void *), &bytes, NULL, NULL);
}

static void iocp_reuse_choose(struct iocp_reuse *p)
{
    const GUID names[] = {WSAID_DISCONNECTEX, WSAID_TRANSMITFILE,
                          WSAID_TRANSMITPACKETS};
    p->by = p->srv->tuning[IOCP_REUSE_BY];
    if (p->by == BY_CLOSE)
        return;
    if (!iocp_reuse_look_up(p->srv->listener, names[p->by], &p->leave))
        p->srv->fallback = "sockets are closed, not used again: this system "
                           "does not have the function";
    else if (p->srv->tuning[IOCP_REUSE_TEST] == 0)
        p->srv->fallback = sockets_reusable(iocp_reuse_disconnect, p);
    if (p->srv->fallback)
        p->by = BY_CLOSE;
}

static void iocp_reuse_run(struct server *srv)
{
    struct iocp_reuse p = {.workers.srv = srv, .srv = srv};
    InitializeSRWLock(&p.lock);
    p.count = srv->max_conns + 2 * srv->tuning[IOCP_REUSE_ACCEPTS];
    p.sockets = calloc(p.count, sizeof *p.sockets);
    if (p.sockets == NULL)
        server_cannot_start(srv, "calloc");
    if (!iocp_reuse_look_up(srv->listener, (GUID)WSAID_ACCEPTEX, &p.accept_ex))
        server_cannot_start(srv, "WSAIoctl");
    iocp_reuse_choose(&p);
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    p.accept_port = CreateIoCompletionPort((HANDLE)srv->listener, NULL, 0, 1);
    if (p.port == NULL || p.accept_port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");
    threads_start(&p.workers, iocp_reuse_work);
    server_ready(srv);
    iocp_reuse_accept_all(&p);
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    iocp_reuse_close_all(&p);
    stats_check(srv->stats, CloseHandle(p.accept_port));
    stats_check(srv->stats, CloseHandle(p.port));
    free(p.sockets);
}

const struct io_model model_iocp_reuse = {
    .name = "iocp_reuse",
    .summary = "completion port whose sockets are used again after a close",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_reuse_conn),
    .accepts_ahead = true,
    .options =
        {
            {"by", BY_DISCONNECT, 0, BY_CLOSE,
             "call that a socket leaves its connection by, or close",
             "disconnect|transmit|packets|close"},
            {"accepts", 256, 1, 1024, "AcceptEx calls kept pending", NULL},
            {"test", 0, 0, 1,
             "test at the start; off: sockets are used again in any case",
             "on|off"},
        },
    .run = iocp_reuse_run,
};
