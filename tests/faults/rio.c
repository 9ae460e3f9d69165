/* A stand-in for the functions of registered I/O, over overlapped receives and
 * sends. It holds the model to what their documentation says: a request lies
 * within a registered buffer, which serves one request at a time; request
 * queues are charged to completion queues, whose size is not exceeded; nothing
 * is deregistered or closed with requests outstanding; a queue belongs to one
 * thread. What the documentation has an error for gets that; the rest, which
 * would corrupt memory, ends the process.
 *
 * One lock for all. A thread for each completion queue takes the ends of the
 * overlapped calls from a port and puts results into the queue. */
#include "faults.h"
#include <stdio.h>
#include <string.h>
#include "common/rio.h"

#if defined(_MSC_VER)
#define RIO_THREAD __declspec(thread)
#else
#define RIO_THREAD _Thread_local
#endif

struct RIO_BUFFERID_t {
    char *base;
    DWORD size;
    unsigned outstanding;
};

struct rio_request {
    OVERLAPPED io;
    struct RIO_RQ_t *queue;
    struct RIO_BUFFERID_t *buffer;
    ULONG *outstanding; /* the queue's, of its kind */
    RIORESULT result;
    struct rio_request *next; /* finished later */
};

struct RIO_CQ_t {
    HANDLE port, thread;
    RIO_NOTIFICATION_COMPLETION notification;
    DWORD size, charged, owner;
    unsigned outstanding, lost; /* requests; those that never end */
    bool armed;
    struct rio_request *first, **end; /* finished, not yet taken */
};

struct RIO_RQ_t {
    struct RIO_CQ_t *done; /* of receives and sends */
    SOCKET sock;           /* INVALID_SOCKET: closed */
    ULONG receives, sends, receives_most, sends_most;
    struct RIO_RQ_t *next;
};

enum { RIO_MISUSED = 71 }; /* the exit code */

static SRWLOCK rio_lock = SRWLOCK_INIT;
static struct RIO_RQ_t *rio_queues; /* with a socket, or requests */
static RIO_THREAD const struct fault_here *rio_here;

void fault_rio_at(const struct fault_here *here)
{
    rio_here = here;
}

static void rio_rule(bool holds, const char *rule)
{
    if (holds)
        return;
    complain("registered I/O is misused: %s", rule);
    TerminateProcess(GetCurrentProcess(), RIO_MISUSED);
}

/* Whoever is first is the owner: Windows does not lock, and has no error. */
static void rio_own(struct RIO_CQ_t *q)
{
    if (!q->owner)
        q->owner = GetCurrentThreadId();
    rio_rule(q->owner == GetCurrentThreadId(),
             "a queue is used by two threads");
}

/* --- under the lock --------------------------------------------------------
 */

static void rio_notify(struct RIO_CQ_t *q)
{
    if (!q->armed || !q->first)
        return;
    q->armed = false;
    PostQueuedCompletionStatus(q->notification.Iocp.IocpHandle, 0,
                               (ULONG_PTR)q->notification.Iocp.CompletionKey,
                               q->notification.Iocp.Overlapped);
}

static void rio_finish(struct rio_request *r, DWORD error, DWORD bytes)
{
    struct RIO_CQ_t *q = r->queue->done;
    r->result.Status = (LONG)error;
    r->result.BytesTransferred = error ? 0 : bytes;
    r->next = NULL;
    *(q->first ? q->end : &q->first) = r;
    q->end = &r->next;
    rio_notify(q);
}

/* A request queue that is closed is gone with its last request. */
static void rio_release(struct RIO_RQ_t *gone)
{
    if (gone->sock != INVALID_SOCKET || gone->receives || gone->sends)
        return;
    struct RIO_RQ_t **at = &rio_queues;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    gone->done->charged -= gone->receives_most + gone->sends_most;
    free(gone);
}

/* --- completion queues -----------------------------------------------------
 */

static DWORD WINAPI rio_pump(void *arg)
{
    struct RIO_CQ_t *q = arg;
    for (;;) {
        OVERLAPPED *io = NULL;
        ULONG_PTR key;
        DWORD bytes, flags, error = 0;
        GetQueuedCompletionStatus(q->port, &bytes, &key, &io, INFINITE);
        if (io == NULL)
            return 0;
        struct rio_request *r = CONTAINING_RECORD(io, struct rio_request, io);
        AcquireSRWLockExclusive(&rio_lock);
        if (r->queue->sock == INVALID_SOCKET)
            error = WSA_OPERATION_ABORTED;
        else if (!WSAGetOverlappedResult(r->queue->sock, io, &bytes, FALSE,
                                         &flags))
            error = (DWORD)WSAGetLastError();
        rio_finish(r, error, bytes);
        ReleaseSRWLockExclusive(&rio_lock);
    }
}

static RIO_CQ PASCAL rio_create_cq(DWORD size, RIO_NOTIFICATION_COMPLETION *n)
{
    if (fault_fails(rio_here))
        return RIO_INVALID_CQ;
    if (size < 1 || size > RIO_MAX_CQ_SIZE || n->Type != RIO_IOCP_COMPLETION ||
        !n->Iocp.Overlapped) {
        WSASetLastError(WSAEINVAL);
        return RIO_INVALID_CQ;
    }
    struct RIO_CQ_t *q = calloc_or_die(1, sizeof *q);
    q->notification = *n;
    q->size = size;
    q->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
    q->thread = CreateThread(NULL, 0, rio_pump, q, 0, NULL);
    if (!q->port || !q->thread)
        die("rio_create_cq");
    return fault_opened(FAULT_HANDLES, q);
}

static void PASCAL rio_close_cq(RIO_CQ q)
{
    rio_rule(q->outstanding == q->lost,
             "a completion queue is closed before its requests have ended");
    PostQueuedCompletionStatus(q->port, 0, 0, NULL);
    WaitForSingleObject(q->thread, INFINITE);
    CloseHandle(q->thread);
    CloseHandle(q->port);
    free(q);
    fault_closed(FAULT_HANDLES, TRUE);
}

static INT PASCAL rio_arm(RIO_CQ q)
{
    const struct fault fault = fault_ask(rio_here);
    if (fault.kind == FAULT_FAIL)
        return (INT)fault.error;
    AcquireSRWLockExclusive(&rio_lock);
    rio_own(q);
    const bool already = q->armed;
    q->armed = true;
    rio_notify(q);
    ReleaseSRWLockExclusive(&rio_lock);
    return already ? WSAEALREADY : 0;
}

/* Late: it looked a moment before there was a result. */
static ULONG PASCAL rio_dequeue(RIO_CQ q, RIORESULT *results, ULONG size)
{
    const struct fault fault = fault_ask(rio_here);
    ULONG count = 0;
    if (fault.kind == FAULT_FAIL)
        return RIO_CORRUPT_CQ;
    if (fault.kind == FAULT_LATE)
        return 0;
    AcquireSRWLockExclusive(&rio_lock);
    rio_own(q);
    while (count < size && q->first) {
        struct rio_request *r = q->first;
        q->first = r->next;
        q->outstanding--;
        r->buffer->outstanding--;
        --*r->outstanding;
        results[count++] = r->result;
        rio_release(r->queue);
        free(r);
    }
    ReleaseSRWLockExclusive(&rio_lock);
    return count;
}

/* --- request queues --------------------------------------------------------
 */

static RIO_RQ PASCAL rio_create_rq(SOCKET s, ULONG receives,
                                   ULONG receive_buffers, ULONG sends,
                                   ULONG send_buffers, RIO_CQ receive_cq,
                                   RIO_CQ send_cq, void *context)
{
    DWORD error = 0;
    if (fault_fails(rio_here))
        return RIO_INVALID_RQ;
    rio_rule(receive_cq == send_cq && !context, "not for the stand-in");
    struct RIO_CQ_t *q = send_cq;
    AcquireSRWLockExclusive(&rio_lock);
    if (!q || receive_buffers != 1 || send_buffers != 1 || !(receives + sends))
        error = WSAEINVAL;
    else if (q->charged + receives + sends > q->size)
        error = WSAENOBUFS;
    else if (!CreateIoCompletionPort((HANDLE)s, q->port, 0, 0))
        error = WSAENOTSOCK;
    struct RIO_RQ_t *made = error ? NULL : calloc_or_die(1, sizeof *made);
    if (made) {
        rio_own(q);
        *made = (struct RIO_RQ_t){.done = q,
                                  .sock = s,
                                  .receives_most = receives,
                                  .sends_most = sends,
                                  .next = rio_queues};
        rio_queues = made;
        q->charged += receives + sends;
    }
    ReleaseSRWLockExclusive(&rio_lock);
    if (error)
        WSASetLastError((int)error);
    return made;
}

void fault_rio_forget(SOCKET s)
{
    AcquireSRWLockExclusive(&rio_lock);
    struct RIO_RQ_t *rq = rio_queues;
    while (rq && rq->sock != s)
        rq = rq->next;
    if (rq) {
        rio_own(rq->done);
        rq->sock = INVALID_SOCKET;
        /* Wine does not end sends when their socket is closed. */
        if (rq->receives || rq->sends)
            CancelIoEx((HANDLE)s, NULL);
        rio_release(rq);
    }
    ReleaseSRWLockExclusive(&rio_lock);
}

/* Under the lock: the request, or NULL with WSAGetLastError(). */
static struct rio_request *rio_begin(RIO_RQ rq, const RIO_BUF *data,
                                     ULONG count, ULONG *outstanding,
                                     ULONG most, void *context)
{
    struct RIO_BUFFERID_t *b = data->BufferId;
    rio_own(rq->done);
    int error = 0;
    if (rq->sock == INVALID_SOCKET || count != 1)
        error = WSAEINVAL;
    else if (!b->base || (ULONGLONG)data->Offset + data->Length > b->size)
        error = WSAEFAULT;
    else if (*outstanding == most)
        error = WSAENOBUFS;
    if (error) {
        WSASetLastError(error);
        return NULL;
    }
    rio_rule(!b->outstanding, "a buffer has two requests");
    struct rio_request *r = calloc_or_die(1, sizeof *r);
    r->queue = rq;
    r->buffer = b;
    r->outstanding = outstanding;
    r->result.RequestContext = (ULONGLONG)(ULONG_PTR)context;
    b->outstanding++;
    ++*outstanding;
    rq->done->outstanding++;
    return r;
}

static BOOL rio_make(RIO_RQ rq, const RIO_BUF *data, ULONG count, bool sends,
                     void *context)
{
    const struct fault fault = fault_ask(rio_here);
    if (fault.kind == FAULT_FAIL)
        return FALSE;
    AcquireSRWLockExclusive(&rio_lock);
    struct rio_request *r =
        rio_begin(rq, data, count, sends ? &rq->sends : &rq->receives,
                  sends ? rq->sends_most : rq->receives_most, context);
    if (r) {
        WSABUF part = {data->Length, r->buffer->base + data->Offset};
        DWORD bytes, flags = 0, error = fault.error;
        if (fault.kind == FAULT_SHORT && part.len > 1)
            part.len = 1;
        if (fault.kind == FAULT_LATE) { /* it never ends */
            rq->done->lost++;
            error = WSA_IO_PENDING;
        } else if (fault.kind != FAULT_COMPLETE)
            error =
                (sends ? WSASend(rq->sock, &part, 1, &bytes, 0, &r->io, NULL)
                       : WSARecv(rq->sock, &part, 1, &bytes, &flags, &r->io,
                                 NULL))
                    ? (DWORD)WSAGetLastError()
                    : 0;
        if (error && error != WSA_IO_PENDING) /* nothing comes by the port */
            rio_finish(r, error, 0);
    }
    ReleaseSRWLockExclusive(&rio_lock);
    return r != NULL;
}

static BOOL PASCAL rio_receive(RIO_RQ rq, RIO_BUF *data, ULONG count,
                               DWORD flags, void *context)
{
    (void)flags;
    return rio_make(rq, data, count, false, context);
}

static BOOL PASCAL rio_send(RIO_RQ rq, RIO_BUF *data, ULONG count, DWORD flags,
                            void *context)
{
    (void)flags;
    return rio_make(rq, data, count, true, context);
}

/* --- buffers ---------------------------------------------------------------
 */

static RIO_BUFFERID PASCAL rio_register(char *base, DWORD size)
{
    if (fault_fails(rio_here))
        return RIO_INVALID_BUFFERID;
    if (!base || !size) {
        WSASetLastError(base ? WSAEINVAL : WSAEFAULT);
        return RIO_INVALID_BUFFERID;
    }
    struct RIO_BUFFERID_t *b = calloc_or_die(1, sizeof *b);
    b->base = base;
    b->size = size;
    return fault_opened(FAULT_MEMORY, b);
}

static void PASCAL rio_deregister(RIO_BUFFERID b)
{
    rio_rule(!b->outstanding, "a buffer is deregistered while a request has "
                              "it");
    free(b);
    fault_closed(FAULT_MEMORY, TRUE);
}

void fault_rio_table(void *table)
{
    static const RIO_EXTENSION_FUNCTION_TABLE ours = {
        .cbSize = sizeof ours,
        .RIOReceive = rio_receive,
        .RIOSend = rio_send,
        .RIOCloseCompletionQueue = rio_close_cq,
        .RIOCreateCompletionQueue = rio_create_cq,
        .RIOCreateRequestQueue = rio_create_rq,
        .RIODequeueCompletion = rio_dequeue,
        .RIODeregisterBuffer = rio_deregister,
        .RIONotify = rio_arm,
        .RIORegisterBuffer = rio_register};
    memcpy(table, &ours, sizeof ours);
}
