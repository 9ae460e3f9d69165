/* Completion port: srv->threads workers take finished operations of any
 * connection from one port, up to `batch` at a time; the kernel lets as many of
 * them run as there are processors. Of a batch all sends come first, then all
 * receives: by then the first peers have answered, and a result that is there
 * at once need not pass through the port: its connection joins one line, where
 * all get their turn, whichever worker is free. AcceptEx completes on a port of
 * its own, served by the thread that called run(): making a socket is slow and
 * would hold up a worker. Ceiling: memory and handles, not threads. Compare
 * apc.c: there a connection stays with the thread that posts for it.
 *
 * Lifetime: an open connection is in one place: its one operation is pending in
 * the kernel or finished and queued in the port; or it is queued there without
 * one; or stands in line; or is in the hand of the worker that took it, which
 * alone touches it. It is closed only in hand, when nothing is pending. At the
 * end the workers leave first; then one thread cancels what is pending and
 * takes every completion before it frees what that belongs to. A pending
 * AcceptEx owns its OVERLAPPED and its socket until the thread that called
 * run() takes its completion, which gives the socket on or closes it, once. */
#include <stdlib.h>
#include "model.h"

enum {
    IOCP_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, /* AcceptEx asks for the 16 */
    IOCP_BATCH_MAX = 64,
    IOCP_WAIT_MS = 1000 /* then look whether the server stops */
};
enum { IOCP_ACCEPTS, IOCP_BATCH, IOCP_INLINE, IOCP_CONCURRENCY }; /* tuning */

struct iocp_conn {
    struct conn conn;
    OVERLAPPED io;
    bool ended;             /* with a result that was not looked at */
    struct iocp_conn *next; /* in line */
};

struct iocp_accept {
    OVERLAPPED io;
    bool posted;
    SOCKET sock; /* INVALID_SOCKET: none */
    char addresses[2 * IOCP_ADDRESS];
};

struct iocp {
    struct io_threads workers;
    struct server *srv;
    HANDLE port, accept_port;
    LPFN_ACCEPTEX accept_ex;
    bool skip;            /* an immediate success is not queued as well */
    volatile LONG asleep; /* workers that found nobody in line */
    SRWLOCK lock;         /* of the line */
    struct iocp_conn *first, **end;
    volatile ULONG in_line;
    struct iocp_accept *accepts;
    uint32_t pending;   /* of accepts */
    ULONGLONG retry_at; /* after a shortage, in GetTickCount64's time */
};

struct iocp_worker {
    struct iocp *p;
    struct thread_stats *stats;
    struct iocp_conn *hand[2 * IOCP_BATCH_MAX]; /* served, and new ones */
    ULONG count;
};

/* Those in hand go to the end of the line; its first come into the hand, but
 * not more than a worker's share: others may have an empty one. */
static void iocp_change(struct iocp_worker *w, ULONG most)
{
    struct iocp *p = w->p;
    AcquireSRWLockExclusive(&p->lock);
    for (ULONG n = 0; n < w->count; n++, p->in_line++) {
        w->hand[n]->next = NULL;
        *(p->first ? p->end : &p->first) = w->hand[n];
        p->end = &w->hand[n]->next;
    }
    const ULONG share = (p->in_line + p->srv->threads - 1) / p->srv->threads;
    for (w->count = 0; p->first && w->count < share && w->count < most;) {
        w->hand[w->count++] = p->first;
        p->first = p->first->next;
    }
    p->in_line -= w->count;
    ReleaseSRWLockExclusive(&p->lock);
}

/* Changes those in hand, and what the port has, for the first of the line.
 * Waits only where there is nobody. False: nobody came. */
static bool iocp_take(struct iocp_worker *w)
{
    struct iocp *p = w->p;
    OVERLAPPED_ENTRY entries[IOCP_BATCH_MAX];
    ULONG count = 0, most = p->srv->tuning[IOCP_BATCH];
    const LONG sleeps = w->count == 0 && p->in_line == 0;
    InterlockedExchangeAdd(&p->asleep, sleeps);
    BOOL ok = GetQueuedCompletionStatusEx(p->port, entries, most, &count,
                                          sleeps ? IOCP_WAIT_MS : 0, FALSE);
    InterlockedExchangeAdd(&p->asleep, -sleeps);
    if (!ok && !stats_check(w->stats, GetLastError() == WAIT_TIMEOUT))
        Sleep(1); /* or the next one may fail as fast */
    for (ULONG n = 0; ok && n < count; n++) {
        struct iocp_conn *i = (struct iocp_conn *)entries[n].lpCompletionKey;
        if (i == NULL) /* it only woke this worker */
            continue;
        i->ended = entries[n].lpOverlapped != NULL;
        w->hand[w->count++] = i;
    }
    iocp_change(w, most);
    if (p->in_line > 0 && p->asleep > 0)
        stats_check(w->stats, PostQueuedCompletionStatus(p->port, 0, 0, NULL));
    return w->count > 0;
}

/* Of an operation that ended, if any. The call for a batch succeeds whatever
 * became of it, and an entry has the kernel's status, no error of Winsock. */
static void iocp_result(struct iocp_worker *w, struct iocp_conn *i)
{
    DWORD bytes, flags;
    if (!i->ended)
        return;
    i->ended = false;
    if (WSAGetOverlappedResult(i->conn.sock, &i->io, &bytes, FALSE, &flags))
        conn_advance(w->stats, &i->conn, bytes);
    else
        conn_fail(w->stats, &i->conn, (DWORD)WSAGetLastError());
}

/* Does what a connection in hand wants. False: it is closed, or the port will
 * have the end of its operation. */
static bool iocp_go_on(struct iocp_worker *w, struct iocp_conn *i)
{
    struct conn *c = &i->conn;
    DWORD bytes = 0, flags = 0;
    if (c->want == CONN_CLOSE) {
        conn_close(w->stats, c);
        return false;
    }
    i->io = (OVERLAPPED){0};
    int failed = c->want == CONN_RECV
                     ? WSARecv(c->sock, &c->io, 1, &bytes, &flags, &i->io, NULL)
                     : WSASend(c->sock, &c->io, 1, &bytes, 0, &i->io, NULL);
    DWORD error = failed ? (DWORD)WSAGetLastError() : 0;
    if (error == WSA_IO_PENDING || (!error && !w->p->skip))
        return false;
    if (error)
        conn_fail(w->stats, c, error);
    else
        conn_advance(w->stats, c, bytes);
    return true;
}

/* A turn of those in hand: each sends, then each receives. One whose bytes are
 * there already stays: the next change puts it behind all others. */
static void iocp_serve(struct iocp_worker *w)
{
    static const unsigned char order[] = {CONN_SEND, CONN_RECV, CONN_CLOSE};
    for (size_t step = 0; step < sizeof order; step++) {
        ULONG left = 0;
        for (ULONG n = 0; n < w->count; n++) {
            struct iocp_conn *i = w->hand[n];
            iocp_result(w, i);
            if (i->conn.want != order[step] || iocp_go_on(w, i))
                w->hand[left++] = i;
        }
        w->count = left;
    }
}

static DWORD WINAPI iocp_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_worker w = {.p = (struct iocp *)t->all, .stats = t->stats};
    while (!server_stopping(w.p->srv))
        if (iocp_take(&w))
            iocp_serve(&w);
    iocp_change(&w, 0);
    return 0;
}

static void iocp_adopt(struct iocp *p, SOCKET sock)
{
    struct server *srv = p->srv;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
    if (setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&srv->listener, sizeof srv->listener)) {
        socket_refuse(srv->stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(srv->stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0) ||
        (p->skip && !SetFileCompletionNotificationModes((HANDLE)sock, modes)) ||
        !PostQueuedCompletionStatus(p->port, 0, (ULONG_PTR)c, NULL))
        conn_refuse(srv->stats, c, GetLastError());
}

static void iocp_drop_accept(struct iocp *p, struct iocp_accept *a, DWORD error)
{
    if (a->sock != INVALID_SOCKET)
        stats_check(p->srv->stats, !closesocket(a->sock));
    a->sock = INVALID_SOCKET;
    if (server_stopping(p->srv) ||
        accept_failed(p->srv->stats, error) == ACCEPT_LATER)
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
}

static void iocp_post_accept(struct iocp *p, struct iocp_accept *a)
{
    DWORD bytes;
    a->io = (OVERLAPPED){0};
    a->sock = WSASocketW(p->srv->family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    /* Without room for data: it completes when a client connects. */
    a->posted = a->sock != INVALID_SOCKET &&
                (p->accept_ex(p->srv->listener, a->sock, a->addresses, 0,
                              IOCP_ADDRESS, IOCP_ADDRESS, &bytes, &a->io) ||
                 WSAGetLastError() == WSA_IO_PENDING);
    if (a->posted)
        p->pending++;
    else
        iocp_drop_accept(p, a, (DWORD)WSAGetLastError());
}

/* Takes one finished AcceptEx. False: none came in time. */
static bool iocp_take_accept(struct iocp *p, DWORD ms)
{
    OVERLAPPED *io = NULL;
    ULONG_PTR key;
    DWORD bytes, flags;
    BOOL ok = GetQueuedCompletionStatus(p->accept_port, &bytes, &key, &io, ms);
    if (io == NULL) {
        if (!stats_check(p->srv->stats, ok || GetLastError() == WAIT_TIMEOUT))
            Sleep(1);
        return false;
    }
    struct iocp_accept *a = CONTAINING_RECORD(io, struct iocp_accept, io);
    a->posted = false;
    p->pending--;
    if (WSAGetOverlappedResult(p->srv->listener, io, &bytes, FALSE, &flags)) {
        const SOCKET sock = a->sock;
        a->sock = INVALID_SOCKET;
        iocp_adopt(p, sock);
    } else {
        iocp_drop_accept(p, a, (DWORD)WSAGetLastError());
    }
    return true;
}

static void iocp_accept_all(struct iocp *p)
{
    while (!server_stopping(p->srv)) {
        const uint32_t count = p->srv->tuning[IOCP_ACCEPTS];
        for (uint32_t i = 0; i < count; i++)
            if (!p->accepts[i].posted && GetTickCount64() >= p->retry_at)
                iocp_post_accept(p, &p->accepts[i]);
        const bool all = p->pending == count;
        iocp_take_accept(p, all ? IOCP_WAIT_MS : ACCEPT_RETRY_MS);
    }
    while (p->pending > 0) { /* a cancel that failed is made again */
        stats_check(p->srv->stats, CancelIoEx((HANDLE)p->srv->listener, NULL) ||
                                       GetLastError() == ERROR_NOT_FOUND);
        for (DWORD ms = ACCEPT_RETRY_MS; iocp_take_accept(p, ms); ms = 0)
            ; /* wake-up connections that come meanwhile are not waited for */
    }
}

/* Cancels, takes and closes all; a cancel that failed is made again. */
static void iocp_close_all(struct iocp *p)
{
    struct iocp_worker w = {.p = p, .stats = p->srv->stats};
    uint32_t open;
    do {
        open = 0;
        for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
            struct conn *c = server_conn(p->srv, slot);
            open += c != NULL;
            if (c)
                stats_check(w.stats, CancelIoEx((HANDLE)c->sock, NULL) ||
                                         GetLastError() == ERROR_NOT_FOUND);
        }
        while (open > 0 && iocp_take(&w))
            for (; w.count > 0; w.count--, open--) {
                iocp_result(&w, w.hand[w.count - 1]);
                conn_close(w.stats, &w.hand[w.count - 1]->conn);
            }
    } while (open > 0);
}

static void iocp_run(struct server *srv)
{
    struct iocp p = {.workers.srv = srv, .srv = srv, .lock = SRWLOCK_INIT};
    GUID accept_ex = WSAID_ACCEPTEX;
    DWORD bytes;
    if (WSAIoctl(srv->listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex,
                 sizeof accept_ex, &p.accept_ex, sizeof p.accept_ex, &bytes,
                 NULL, NULL))
        server_cannot_start(srv, "WSAIoctl");
    p.accepts = calloc(srv->tuning[IOCP_ACCEPTS], sizeof *p.accepts);
    if (p.accepts == NULL)
        server_cannot_start(srv, "calloc");
    p.skip = srv->tuning[IOCP_INLINE] && sockets_are_files(srv);
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0,
                                    srv->tuning[IOCP_CONCURRENCY]);
    p.accept_port = CreateIoCompletionPort((HANDLE)srv->listener, NULL, 0, 1);
    if (p.port == NULL || p.accept_port == NULL)
        server_cannot_start(srv, "CreateIoCompletionPort");
    threads_start(&p.workers, iocp_work);
    server_ready(srv);
    iocp_accept_all(&p);
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
            /* With fewer than connects come at a time, a backlog that is never
             * empty keeps Wine's server busy: thrice a connection's price. */
            {"accepts", 256, 1, 1024, "AcceptEx calls kept pending", NULL},
            {"batch", 32, 1, IOCP_BATCH_MAX,
             "completions at a time; 1 and inline=0: the plain port", NULL},
            {"inline", 1, 0, 1, "immediate results bypass the port", NULL},
            {"concurrency", 0, 0, 64,
             "workers that may run at a time; 0: one a processor", NULL},
        },
    .run = iocp_run,
};
