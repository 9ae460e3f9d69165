/* Completion port, one completion at a time; iocp.c has the port at its best.
 * The lesson here is accepting, an option for each piece of advice:
 *   depth        `most` AcceptEx calls pending, or from `least` as clients come
 *   signal       FD_ACCEPT, of a client that found none pending, or a timer
 *   first_bytes  AcceptEx waits for data; a sweep, at the signal and each tick,
 *                refuses clients that send none for `timeout_ms`
 *   poster       the thread that called run() makes the sockets, or a worker
 *   pointer      to AcceptEx: kept, looked up each time, or of mswsock.lib
 *
 * Lifetime: an open connection has one operation: pending in the kernel,
 * finished and queued in the port, or in the hands of the thread that took it
 * there, which alone touches and closes it. A pending AcceptEx owns its
 * OVERLAPPED and buffer, also after the sweep closed its socket, until its end
 * is taken. To post, sweep or take holds one lock, so each socket is closed or
 * given on once; one that became a connection is no accept's. At the end the
 * workers leave first; then one thread cancels and takes all that is pending.
 */
#include <stdlib.h>
#include <string.h>
#include "model.h"

enum {
    IOCP_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, /* AcceptEx asks for the 16 */
    IOCP_TICK_MS = 500 /* of the timer; and then look whether it stops */
};

/* server.tuning, then words of it */
enum { IOCP_DEPTH, IOCP_LEAST, IOCP_MOST, IOCP_SIGNAL };
enum { IOCP_FIRST_BYTES = 4, IOCP_TIMEOUT_MS, IOCP_POSTER, IOCP_POINTER };
enum { IOCP_FIXED, IOCP_ADAPTIVE };
enum { IOCP_TIMER, IOCP_FD_ACCEPT };
enum { IOCP_THREAD, IOCP_WORKER };
enum { IOCP_CACHED, IOCP_LOOKED_UP, IOCP_LIBRARY };

struct iocp_accept_conn {
    struct conn conn;
    OVERLAPPED io;
};

struct accept_slot {
    OVERLAPPED io;
    bool posted;
    SOCKET sock;  /* INVALID_SOCKET: none, or closed by the sweep */
    char *buffer; /* the first bytes, then both addresses */
};

struct iocp_accept {
    struct io_threads workers;
    struct server *srv;
    HANDLE port;
    bool thread;            /* which called run() posts; or else workers do */
    bool closing;           /* the workers have left */
    WSAEVENT signal, ended; /* FD_ACCEPT; an accept of that thread */
    SRWLOCK lock;           /* of what follows */
    struct thread_stats *stats; /* of the thread that holds it */
    LPFN_ACCEPTEX accept_ex;
    struct accept_slot *accepts, *accepts_end;
    DWORD first_bytes;               /* of each buffer, for data */
    uint32_t wanted, pending, taken; /* accepts; taken since the last tick */
    ULONGLONG retry_at; /* after a shortage, in GetTickCount64's time */
};

/* Posts the next operation; its end always comes by the port. */
static void iocp_accept_serve(struct iocp_accept *p, struct thread_stats *stats,
                              struct iocp_accept_conn *i)
{
    struct conn *c = &i->conn;
    while (c->want != CONN_CLOSE && !p->closing) {
        DWORD flags = 0;
        i->io = (OVERLAPPED){0};
        int failed =
            c->want == CONN_RECV
                ? WSARecv(c->sock, &c->io, 1, NULL, &flags, &i->io, NULL)
                : WSASend(c->sock, &c->io, 1, NULL, 0, &i->io, NULL);
        if (!failed || WSAGetLastError() == WSA_IO_PENDING)
            return;
        conn_fail(stats, c, (DWORD)WSAGetLastError());
    }
    conn_close(stats, c);
}

/* Gives an accepted socket to the workers, by its first operation. */
static void iocp_accept_adopt(struct iocp_accept *p, struct accept_slot *a,
                              DWORD bytes)
{
    SOCKET sock = a->sock, listener = p->srv->listener;
    a->sock = INVALID_SOCKET;
    if (setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&listener, sizeof listener)) {
        socket_refuse(p->stats, sock, (DWORD)WSAGetLastError());
        return;
    }
    struct conn *c = conn_open(p->stats, sock);
    if (c == NULL)
        return;
    if (!CreateIoCompletionPort((HANDLE)sock, p->port, (ULONG_PTR)c, 0)) {
        conn_refuse(p->stats, c, GetLastError());
        return;
    }
    if (p->first_bytes > 0) { /* 0 bytes: the peer's FIN came */
        memcpy(c->io.buf, a->buffer, bytes);
        conn_advance(p->stats, c, bytes);
    }
    iocp_accept_serve(p, p->stats, (struct iocp_accept_conn *)c);
}

static void iocp_accept_drop(struct iocp_accept *p, struct accept_slot *a,
                             DWORD error)
{
    if (a->sock != INVALID_SOCKET)
        stats_check(p->stats, !closesocket(a->sock));
    a->sock = INVALID_SOCKET;
    if (server_stopping(p->srv) ||
        accept_failed(p->stats, error) == ACCEPT_LATER)
        p->retry_at = GetTickCount64() + ACCEPT_RETRY_MS;
}

/* To the provider's function; AcceptEx of mswsock.lib asks so at each call. */
static bool iocp_accept_look_up(struct iocp_accept *p)
{
    GUID accept_ex = WSAID_ACCEPTEX;
    DWORD bytes;
    return !WSAIoctl(p->srv->listener, SIO_GET_EXTENSION_FUNCTION_POINTER,
                     &accept_ex, sizeof accept_ex, &p->accept_ex,
                     sizeof p->accept_ex, &bytes, NULL, NULL);
}

static void iocp_accept_post(struct iocp_accept *p, struct accept_slot *a)
{
    DWORD bytes;
    a->io = (OVERLAPPED){.hEvent = p->thread ? p->ended : NULL};
    a->sock = WSASocketW(p->srv->family, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    /* With room for data it completes when some came: that saves a receive,
     * but a client that sends nothing holds the accept until the sweep. */
    a->posted =
        a->sock != INVALID_SOCKET &&
        (p->srv->tuning[IOCP_POINTER] != IOCP_LOOKED_UP ||
         iocp_accept_look_up(p)) &&
        (p->accept_ex(p->srv->listener, a->sock, a->buffer, p->first_bytes,
                      IOCP_ADDRESS, IOCP_ADDRESS, &bytes, &a->io) ||
         WSAGetLastError() == WSA_IO_PENDING);
    if (a->posted)
        p->pending++;
    else
        iocp_accept_drop(p, a, (DWORD)WSAGetLastError());
}

static void iocp_accept_fill(struct iocp_accept *p)
{
    for (struct accept_slot *a = p->accepts; a < p->accepts_end; a++)
        if (!a->posted && p->pending < p->wanted &&
            GetTickCount64() >= p->retry_at && !server_stopping(p->srv))
            iocp_accept_post(p, a);
}

static void iocp_accept_ended(struct iocp_accept *p, struct accept_slot *a)
{
    DWORD bytes, flags;
    bool ok =
        WSAGetOverlappedResult(p->srv->listener, &a->io, &bytes, FALSE, &flags);
    a->posted = false;
    p->pending--;
    p->taken++;
    if (ok && a->sock != INVALID_SOCKET)
        iocp_accept_adopt(p, a, bytes);
    else if (a->sock != INVALID_SOCKET) /* or the sweep refused the client */
        iocp_accept_drop(p, a, (DWORD)WSAGetLastError());
}

/* By the worker that took it from the port. */
static void iocp_accept_taken(struct iocp_accept *p, struct thread_stats *stats,
                              OVERLAPPED *io)
{
    AcquireSRWLockExclusive(&p->lock);
    p->stats = stats;
    iocp_accept_ended(p, CONTAINING_RECORD(io, struct accept_slot, io));
    iocp_accept_fill(p);
    ReleaseSRWLockExclusive(&p->lock);
}

/* By the thread that called run(), where their ends set an event. Each call
 * resets that: so it is to look once more after the last one. */
static void iocp_accept_look(struct iocp_accept *p)
{
    for (struct accept_slot *a = p->accepts; a < p->accepts_end; a++)
        if (p->thread && a->posted && HasOverlappedIoCompleted(&a->io))
            iocp_accept_ended(p, a);
}

/* For how long its client has been connected, in whole seconds. AcceptEx that
 * waits for data does not report it before. */
static uint32_t iocp_accept_age_ms(struct iocp_accept *p, SOCKET sock)
{
    DWORD seconds = UINT32_MAX; /* none is connected */
    int size = sizeof seconds;
    stats_check(p->stats, !getsockopt(sock, SOL_SOCKET, SO_CONNECT_TIME,
                                      (char *)&seconds, &size));
    return seconds == UINT32_MAX ? 0 : seconds * 1000;
}

/* Refuses clients that sent nothing for too long. Closing its socket ends an
 * AcceptEx with an error; one without a client stays. A client sees a reset
 * under Wine; on Windows that or a FIN: which is not documented, since before
 * SO_UPDATE_ACCEPT_CONTEXT no other option is to be set, and so no linger. */
static void iocp_accept_sweep(struct iocp_accept *p)
{
    for (struct accept_slot *a = p->accepts; a < p->accepts_end; a++)
        if (p->first_bytes > 0 && a->posted && a->sock != INVALID_SOCKET &&
            !HasOverlappedIoCompleted(&a->io) &&
            iocp_accept_age_ms(p, a->sock) >= p->srv->tuning[IOCP_TIMEOUT_MS]) {
            socket_refuse(p->stats, a->sock, WSAETIMEDOUT);
            a->sock = INVALID_SOCKET;
        }
}

/* Twice as many where there were too few, half as many where none ended. */
static void iocp_accept_adapt(struct iocp_accept *p, bool signal, bool tick)
{
    const uint32_t *tuning = p->srv->tuning, most = tuning[IOCP_MOST];
    if (tuning[IOCP_SIGNAL] == IOCP_TIMER)
        signal = tick && p->taken >= p->wanted;
    if (signal)
        p->wanted *= 2;
    else if (tick && p->taken == 0)
        p->wanted /= 2;
    if (p->wanted < tuning[IOCP_LEAST])
        p->wanted = tuning[IOCP_LEAST];
    if (p->wanted > most || tuning[IOCP_DEPTH] == IOCP_FIXED)
        p->wanted = most;
    if (tick)
        p->taken = 0;
}

/* Takes one finished operation. False: none came in time, or a wake-up. */
static bool iocp_accept_take(struct iocp_accept *p, struct thread_stats *stats,
                             DWORD wait_ms)
{
    DWORD bytes, flags;
    ULONG_PTR key;
    OVERLAPPED *io = NULL;
    BOOL ok = GetQueuedCompletionStatus(p->port, &bytes, &key, &io, wait_ms);
    if (io == NULL) {
        if (!stats_check(stats, ok || GetLastError() == WAIT_TIMEOUT))
            Sleep(1);
        return false;
    }
    struct iocp_accept_conn *i = (struct iocp_accept_conn *)key;
    if (key == (ULONG_PTR)p) { /* the listener's */
        iocp_accept_taken(p, stats, io);
        return true;
    }
    if (WSAGetOverlappedResult(i->conn.sock, io, &bytes, FALSE, &flags))
        conn_advance(stats, &i->conn, bytes);
    else
        conn_fail(stats, &i->conn, (DWORD)WSAGetLastError());
    iocp_accept_serve(p, stats, i);
    return true;
}

static DWORD WINAPI iocp_accept_work(void *arg)
{
    struct io_thread *t = arg;
    struct iocp_accept *p = (struct iocp_accept *)t->all;
    while (iocp_accept_take(p, t->stats, IOCP_TICK_MS) ||
           !server_stopping(p->srv))
        ;
    return 0;
}

static void iocp_accept_loop(struct iocp_accept *p)
{
    struct server *srv = p->srv;
    const WSAEVENT events[] = {srv->stop_event, p->signal, p->ended};
    ULONGLONG tick_at = 0;
    while (!server_stopping(srv)) {
        WSANETWORKEVENTS happened = {0};
        stats_check(srv->stats,
                    !WSAEnumNetworkEvents(srv->listener, p->signal, &happened));
        const bool tick = GetTickCount64() >= tick_at;
        tick_at = tick ? GetTickCount64() + IOCP_TICK_MS : tick_at;
        AcquireSRWLockExclusive(&p->lock);
        p->stats = srv->stats;
        iocp_accept_adapt(p, happened.lNetworkEvents & FD_ACCEPT, tick);
        iocp_accept_fill(p);
        iocp_accept_look(p);
        if (tick || happened.lNetworkEvents & FD_ACCEPT)
            iocp_accept_sweep(p);
        DWORD wait_ms = IOCP_TICK_MS;
        if (p->pending < p->wanted)
            wait_ms = GetTickCount64() < p->retry_at ? ACCEPT_RETRY_MS : 0;
        ReleaseSRWLockExclusive(&p->lock);
        if (!stats_check(srv->stats,
                         WSAWaitForMultipleEvents(3, events, FALSE, wait_ms,
                                                  FALSE) != WSA_WAIT_FAILED))
            Sleep(1);
    }
}

static void iocp_accept_cancel(struct iocp_accept *p, SOCKET sock)
{
    stats_check(p->srv->stats, CancelIoEx((HANDLE)sock, NULL) ||
                                   GetLastError() == ERROR_NOT_FOUND);
}

/* Cancels, takes and closes all; a cancel that failed is made again. An
 * AcceptEx that has a client but no bytes is ended by closing its socket. */
static void iocp_accept_end(struct iocp_accept *p)
{
    p->closing = true;
    p->stats = p->srv->stats; /* no other thread is left, no lock needed */
    for (uint32_t open = 1; open > 0;) {
        open = p->pending;
        iocp_accept_cancel(p, p->srv->listener);
        for (struct accept_slot *a = p->accepts; a < p->accepts_end; a++)
            iocp_accept_drop(p, a, WSA_OPERATION_ABORTED);
        iocp_accept_look(p);
        for (uint32_t slot = 0; slot < server_slots_used(p->srv); slot++) {
            struct conn *c = server_conn(p->srv, slot);
            open += c != NULL;
            if (c)
                iocp_accept_cancel(p, c->sock);
        }
        while (open > 0 && iocp_accept_take(p, p->stats, ACCEPT_RETRY_MS))
            ;
    }
}

static void iocp_accept_make(struct iocp_accept *p)
{
    const uint32_t most = p->srv->tuning[IOCP_MOST];
    p->first_bytes = p->srv->tuning[IOCP_FIRST_BYTES];
    if (p->first_bytes > p->srv->buffer_size) /* it is its first echo, too */
        p->first_bytes = p->srv->buffer_size;
    const size_t each = p->first_bytes + 2 * (size_t)IOCP_ADDRESS;
    p->accepts = calloc(most, sizeof *p->accepts + each);
    if (p->accepts == NULL)
        server_cannot_start(p->srv, "calloc");
    p->accepts_end = p->accepts + most; /* the buffers follow */
    for (uint32_t i = 0; i < most; i++) {
        p->accepts[i].sock = INVALID_SOCKET;
        p->accepts[i].buffer = (char *)p->accepts_end + i * each;
    }
}

static void iocp_accept_run(struct server *srv)
{
    struct iocp_accept p = {
        .workers.srv = srv, .srv = srv, .accept_ex = AcceptEx};
    const uint32_t *tuning = srv->tuning;
    if (tuning[IOCP_POINTER] != IOCP_LIBRARY && !iocp_accept_look_up(&p))
        server_cannot_start(srv, "WSAIoctl");
    iocp_accept_make(&p);
    InitializeSRWLock(&p.lock);
    p.thread = tuning[IOCP_POSTER] == IOCP_THREAD;
    p.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (p.port == NULL ||
        (!p.thread && !CreateIoCompletionPort((HANDLE)srv->listener, p.port,
                                              (ULONG_PTR)&p, 0)))
        server_cannot_start(srv, "CreateIoCompletionPort");
    p.ended = CreateEventW(NULL, FALSE, FALSE, NULL);
    p.signal = p.ended ? WSACreateEvent() : WSA_INVALID_EVENT;
    if (p.signal == WSA_INVALID_EVENT ||
        WSAEventSelect(srv->listener, p.signal,
                       tuning[IOCP_SIGNAL] == IOCP_FD_ACCEPT ? FD_ACCEPT : 0))
        server_cannot_start(srv, "WSAEventSelect");
    threads_start(&p.workers, iocp_accept_work);
    server_ready(srv);
    iocp_accept_loop(&p);
    /* A worker that this does not wake looks once in IOCP_TICK_MS. */
    for (uint32_t n = 0; n < p.workers.count; n++)
        stats_check(srv->stats, PostQueuedCompletionStatus(p.port, 0, 0, NULL));
    threads_join(&p.workers);
    iocp_accept_end(&p);
    stats_check(srv->stats, !WSAEventSelect(srv->listener, NULL, 0));
    stats_check(srv->stats, WSACloseEvent(p.signal));
    stats_check(srv->stats, CloseHandle(p.ended));
    stats_check(srv->stats, CloseHandle(p.port));
    free(p.accepts);
}

const struct io_model model_iocp_accept = {
    .name = "iocp_accept",
    .summary = "completion port, with the ways to accept by AcceptEx",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct iocp_accept_conn),
    .accepts_ahead = true,
    .options =
        {
            {"depth", IOCP_ADAPTIVE, 0, 1, "number of calls", "fixed|adaptive"},
            {"least", 16, 1, 1024, "calls at first (adaptive)", NULL},
            {"most", 256, 1, 1024, "most calls; fixed: always", NULL},
            {"signal", IOCP_FD_ACCEPT, 0, 1, "what says that they ran out",
             "timer|fd_accept"},
            {"first_bytes", 0, 0, 65536, "most bytes; 0: not waited for", NULL},
            {"timeout_ms", 2000, 1000, 600000, "ms, in whole seconds", NULL},
            {"poster", IOCP_THREAD, 0, 1, "who posts them", "thread|worker"},
            {"pointer", IOCP_CACHED, 0, 2, "whence AcceptEx comes",
             "cached|looked_up|library"},
        },
    .run = iocp_accept_run,
};
