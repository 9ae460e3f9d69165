/* AFD poll requests, what wepoll, mio and libuv wait with: each thread has a
 * completion port and asks the driver below Winsock (\Device\Afd), by a request
 * for each connection, to report once when the socket can be received from or
 * sent to. The thread that called run() sleeps in accept() and gives each
 * connection to the thread with the fewest.
 * Nothing of this is documented by Microsoft: not the device, not its request
 * IOCTL_AFD_POLL, not AFD_POLL_INFO or its flags. They are known from those
 * libraries, have been the same since Windows Vista, and may change.
 * Ceiling: memory and handles, not threads.
 * Compare poll.c, whose array is walked at each call: here a wait costs the
 * same however many connections are idle. And iocp.c: a completion says there
 * what was done, here what can be done, and each request reports one time.
 *
 * Lifetime: an open connection has one request: pending in the driver, finished
 * and queued in the port, or in the hands of its thread, which alone touches
 * the connection. A request owns its IO_STATUS_BLOCK and AFD_POLL_INFO until
 * its completion was taken, also after a cancel and after the socket's close:
 * so a connection is closed only in hand. At the end each thread cancels its
 * requests and takes every completion before it ends. */
#include <stdio.h>
#include "common/machine.h"
#include "model.h"
#include <winternl.h>

enum {
    AFD_POLL_BATCH = 64,    /* finished requests, taken at a time */
    AFD_POLL_WAIT_MS = 1000 /* then look at what may have been missed */
};

/* --- what no header has ----------------------------------------------------
 */

enum {
    IOCTL_AFD_POLL = 0x12024,
    AFD_POLL_RECEIVE = 0x1,
    AFD_POLL_SEND = 0x4,
    AFD_POLL_DISCONNECT = 0x8, /* the peer's FIN */
    AFD_POLL_ABORT = 0x10,
    AFD_POLL_LOCAL_CLOSE = 0x20
};

typedef struct {
    LARGE_INTEGER Timeout;
    ULONG NumberOfHandles;
    ULONG Exclusive;
    struct {
        HANDLE Handle;
        ULONG Events;
        NTSTATUS Status;
    } Handles[1];
} AFD_POLL_INFO;

/* Of ntdll.dll; afd_poll_missing() has looked them up before run(). */
static NTSTATUS(NTAPI *nt_create_file)(HANDLE *, ACCESS_MASK,
                                       OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *,
                                       LARGE_INTEGER *, ULONG, ULONG, ULONG,
                                       ULONG, void *, ULONG);
static NTSTATUS(NTAPI *nt_device_io_control_file)(HANDLE, HANDLE,
                                                  PIO_APC_ROUTINE, void *,
                                                  IO_STATUS_BLOCK *, ULONG,
                                                  void *, ULONG, void *, ULONG);
static ULONG(NTAPI *nt_error)(NTSTATUS);

/* A handle to send requests by. NULL with GetLastError(). */
static HANDLE afd_poll_device(void)
{
    static wchar_t name[] = L"\\Device\\Afd\\iomodels";
    UNICODE_STRING path = {sizeof name - sizeof *name, sizeof name, name};
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK status;
    HANDLE afd = NULL;
    InitializeObjectAttributes(&attributes, &path, 0, NULL, NULL);
    NTSTATUS result = nt_create_file(
        &afd, SYNCHRONIZE, &attributes, &status, NULL, 0,
        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, NULL, 0);
    if (NT_SUCCESS(result))
        return afd;
    SetLastError(nt_error(result));
    return NULL;
}

/* --- the model --------------------------------------------------------------
 */

struct afd_poll_conn {
    struct conn conn;
    SOCKET base; /* the driver's own, below layered providers */
    IO_STATUS_BLOCK status;
    AFD_POLL_INFO poll;
};

struct afd_poll_thread {
    struct pool_worker worker;
    HANDLE afd, port;
    uint32_t open; /* connections, each with a request */
};

/* One receive and its echo; then it is the others' turn. The calls say what
 * happened to the connection; a request's answer is but a hint. */
static void afd_poll_serve(struct thread_stats *stats, struct conn *c)
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

/* True: the request is pending. An answer that is there at once is queued in
 * the port as well. With AFD_POLL_LOCAL_CLOSE a request ends when its socket is
 * closed; without, it would stay. */
static bool afd_poll_ask(struct afd_poll_thread *t, struct afd_poll_conn *a)
{
    AFD_POLL_INFO *poll = &a->poll;
    *poll =
        (AFD_POLL_INFO){.Timeout.QuadPart = INT64_MAX, .NumberOfHandles = 1};
    poll->Handles[0].Handle = (HANDLE)a->base;
    poll->Handles[0].Events =
        AFD_POLL_ABORT | AFD_POLL_LOCAL_CLOSE |
        (a->conn.want == CONN_SEND ? AFD_POLL_SEND
                                   : AFD_POLL_RECEIVE | AFD_POLL_DISCONNECT);
    NTSTATUS result = nt_device_io_control_file(
        t->afd, NULL, NULL, &a->status, &a->status, IOCTL_AFD_POLL, poll,
        sizeof *poll, poll, sizeof *poll);
    if (NT_SUCCESS(result)) /* STATUS_PENDING is one */
        return true;
    conn_fail(t->worker.stats, &a->conn, nt_error(result));
    return false;
}

static void afd_poll_close(struct afd_poll_thread *t, struct afd_poll_conn *a)
{
    t->open--;
    conn_close(t->worker.stats, &a->conn);
    worker_pool_gone(&t->worker);
}

/* Goes on with a connection in hand until a request is pending. */
static void afd_poll_try(struct afd_poll_thread *t, struct afd_poll_conn *a)
{
    bool pending = false;
    afd_poll_serve(t->worker.stats, &a->conn);
    while (a->conn.want != CONN_CLOSE && !pending)
        pending = afd_poll_ask(t, a);
    if (!pending)
        afd_poll_close(t, a);
}

static void afd_poll_adopt(struct afd_poll_thread *t, struct afd_poll_conn *a)
{
    DWORD bytes;
    if (WSAIoctl(a->conn.sock, SIO_BASE_HANDLE, NULL, 0, &a->base,
                 sizeof a->base, &bytes, NULL, NULL)) {
        conn_refuse(t->worker.stats, &a->conn, (DWORD)WSAGetLastError());
        worker_pool_gone(&t->worker);
        return;
    }
    t->open++;
    afd_poll_try(t, a); /* data may be there already */
}

/* Takes the requests that have finished, up to a batch of them. Returns how
 * many; 0: none came in time, or a wake-up did. */
static ULONG afd_poll_take(struct afd_poll_thread *t,
                           struct afd_poll_conn **hand)
{
    struct thread_stats *stats = t->worker.stats;
    OVERLAPPED_ENTRY entries[AFD_POLL_BATCH];
    ULONG count = 0, taken = 0;
    if (!GetQueuedCompletionStatusEx(t->port, entries, AFD_POLL_BATCH, &count,
                                     AFD_POLL_WAIT_MS, FALSE)) {
        if (!stats_check(stats, GetLastError() == WAIT_TIMEOUT))
            Sleep(1); /* or the next one may fail as fast */
        return 0;
    }
    for (ULONG n = 0; n < count; n++) {
        if (entries[n].lpOverlapped == NULL) /* it only woke this thread */
            continue;
        struct afd_poll_conn *a = CONTAINING_RECORD(
            entries[n].lpOverlapped, struct afd_poll_conn, status);
        /* The call for a batch succeeds whatever became of each. */
        if (!NT_SUCCESS(a->status.Status) && !t->worker.leave)
            conn_fail(stats, &a->conn, nt_error(a->status.Status));
        hand[taken++] = a;
    }
    return taken;
}

static DWORD WINAPI afd_poll_work(void *arg)
{
    struct afd_poll_thread *t = arg;
    struct afd_poll_conn *hand[AFD_POLL_BATCH];
    struct conn *c;
    ULONG count;
    while (!t->worker.leave) {
        count = afd_poll_take(t, hand);
        for (ULONG n = 0; n < count; n++)
            afd_poll_try(t, hand[n]);
        while (!t->worker.leave && (c = worker_pool_take(&t->worker)) != NULL)
            afd_poll_adopt(t, (struct afd_poll_conn *)c);
    }
    while ((c = worker_pool_take(&t->worker)) != NULL) {
        conn_close(t->worker.stats, c);
        worker_pool_gone(&t->worker);
    }
    /* A cancel that failed is made again. */
    while (t->open > 0) {
        stats_check(t->worker.stats, CancelIoEx(t->afd, NULL) ||
                                         GetLastError() == ERROR_NOT_FOUND);
        while (t->open > 0 && (count = afd_poll_take(t, hand)) > 0)
            while (count > 0)
                afd_poll_close(t, hand[--count]);
    }
    return 0;
}

static bool afd_poll_open(struct pool_worker *w)
{
    struct afd_poll_thread *t = (struct afd_poll_thread *)w;
    t->afd = afd_poll_device();
    if (t->afd)
        t->port = CreateIoCompletionPort(t->afd, NULL, 0, 1);
    return t->port != NULL;
}

static void afd_poll_end(struct pool_worker *w)
{
    struct afd_poll_thread *t = (struct afd_poll_thread *)w;
    struct thread_stats *stats = w->pool->srv->stats;
    if (t->afd)
        stats_check(stats, CloseHandle(t->afd));
    if (t->port)
        stats_check(stats, CloseHandle(t->port));
}

/* A wake-up that is lost is found after AFD_POLL_WAIT_MS. */
static void afd_poll_wake(struct pool_worker *w)
{
    stats_check(w->pool->srv->stats,
                PostQueuedCompletionStatus(((struct afd_poll_thread *)w)->port,
                                           0, 0, NULL));
}

static void afd_poll_accepted(void *arg, SOCKET sock)
{
    struct worker_pool *pool = arg;
    u_long yes = 1;
    worker_pool_maintain(pool);
    if (ioctlsocket(sock, (long)FIONBIO, &yes))
        socket_refuse(pool->srv->stats, sock, (DWORD)WSAGetLastError());
    else
        worker_pool_give(pool, sock);
}

static void afd_poll_run(struct server *srv)
{
    struct worker_pool pool = {.srv = srv,
                               .run = afd_poll_work,
                               .worker_size = sizeof(struct afd_poll_thread),
                               .capacity = (LONG)srv->max_conns + 1,
                               .open = afd_poll_open,
                               .close = afd_poll_end,
                               .wake = afd_poll_wake};
    server_ready(srv);
    accept_loop(srv, afd_poll_accepted, &pool);
    worker_pool_end(&pool);
}

static const char *afd_poll_missing(void)
{
    static char why[256];
    char text[128];
    if (!look_up(L"ntdll.dll", "NtCreateFile", &nt_create_file) ||
        !look_up(L"ntdll.dll", "NtDeviceIoControlFile",
                 &nt_device_io_control_file) ||
        !look_up(L"ntdll.dll", "RtlNtStatusToDosError", &nt_error))
        return "ntdll.dll does not export NtCreateFile, NtDeviceIoControlFile "
               "and RtlNtStatusToDosError";
    HANDLE afd = afd_poll_device();
    if (afd != NULL) {
        CloseHandle(afd);
        return NULL;
    }
    const DWORD error = GetLastError();
    snprintf(why, sizeof why,
             "Winsock's driver \\Device\\Afd cannot be opened: %s (%lu): %s",
             error_name(error), error, error_text(error, text, sizeof text));
    return why;
}

const struct io_model model_afd_poll = {
    .name = "afd_poll",
    .summary = "AFD poll requests on a completion port, as wepoll makes them",
    .ceiling = "memory and handles",
    .conn_size = sizeof(struct afd_poll_conn),
    .missing = afd_poll_missing,
    .run = afd_poll_run,
};
