/* What completes later: ports, events and completion routines. */
#include "faults.h"
#include "common/rio.h"

#if defined(_MSC_VER)
#define OVERLAPPED_THREAD __declspec(thread)
#else
#define OVERLAPPED_THREAD _Thread_local
#endif

enum { OVERLAPPED_LATE_MS = 50 };

static OVERLAPPED_THREAD const struct fault_here *overlapped_here;
static LPFN_ACCEPTEX overlapped_accept_ex;
static LPFN_DISCONNECTEX overlapped_disconnect_ex;
static LPFN_TRANSMITFILE overlapped_transmit_file;
static LPFN_TRANSMITPACKETS overlapped_transmit_packets;

/* The completion that is kept back. */
static SRWLOCK overlapped_lock = SRWLOCK_INIT;
static struct overlapped_kept {
    HANDLE port; /* NULL: none */
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *io;
    ULONGLONG due;
} overlapped_kept;

SOCKET fault_at(const struct fault_here *here, SOCKET s)
{
    overlapped_here = here;
    return s;
}

/* A call that pends although nothing is outstanding, and completes with the
 * error: what a fault below the system's surface looks like. */
static void overlapped_pend(SOCKET s, OVERLAPPED *io,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE done,
                            DWORD error)
{
    WSASetLastError(fault_finish(s, io, done, error) ? WSA_IO_PENDING
                                                     : WSAENOBUFS);
}

struct overlapped_late {
    LPWSAOVERLAPPED_COMPLETION_ROUTINE done;
    WSAOVERLAPPED *io;
    DWORD error, bytes, flags;
};

static OVERLAPPED_THREAD LPWSAOVERLAPPED_COMPLETION_ROUTINE
    overlapped_late_done;

static void CALLBACK overlapped_at_last(ULONG_PTR arg)
{
    struct overlapped_late late = *(struct overlapped_late *)arg;
    free((void *)arg);
    late.done(late.error, late.bytes, late.io, late.flags);
}

/* Instead of the routine: queues that behind what is queued already. */
static void CALLBACK overlapped_wait(DWORD error, DWORD bytes,
                                     WSAOVERLAPPED *io, DWORD flags)
{
    LPWSAOVERLAPPED_COMPLETION_ROUTINE done = overlapped_late_done;
    struct overlapped_late *late = malloc(sizeof *late);
    if (late)
        *late = (struct overlapped_late){done, io, error, bytes, flags};
    if (!late ||
        !QueueUserAPC(overlapped_at_last, GetCurrentThread(), (ULONG_PTR)late))
        done(error, bytes, io, flags);
}

/* The routine to give to the system. One fault a thread is late at a time,
 * and a model has one routine. */
static LPWSAOVERLAPPED_COMPLETION_ROUTINE
overlapped_routine(struct fault fault, LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    if (fault.kind != FAULT_LATE || !done)
        return done;
    overlapped_late_done = done;
    return overlapped_wait;
}

/* Whether the operation of a receive or send ends here: then it is not made. */
static bool overlapped_ends(struct fault fault, SOCKET s, WSAOVERLAPPED *io,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    fault_doomed(io, true);
    if (fault.kind == FAULT_COMPLETE)
        overlapped_pend(s, io, done, fault.error);
    return fault.kind == FAULT_FAIL || fault.kind == FAULT_COMPLETE;
}

static WSABUF overlapped_cut(struct fault fault, const WSABUF *buffer)
{
    WSABUF cut = *buffer;
    if (fault.kind == FAULT_SHORT && cut.len > 1)
        cut.len = 1;
    return cut;
}

int fault_wsa_recv(const struct fault_here *here, SOCKET s, WSABUF *buffers,
                   DWORD count, DWORD *bytes, DWORD *flags, WSAOVERLAPPED *io,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct fault fault = fault_ask(here);
    if (overlapped_ends(fault, s, io, done))
        return SOCKET_ERROR;
    WSABUF cut = overlapped_cut(fault, buffers);
    return WSARecv(s, count == 1 ? &cut : buffers, count, bytes, flags, io,
                   overlapped_routine(fault, done));
}

int fault_wsa_send(const struct fault_here *here, SOCKET s, WSABUF *buffers,
                   DWORD count, DWORD *bytes, DWORD flags, WSAOVERLAPPED *io,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    struct fault fault = fault_ask(here);
    const DWORD broken =
        fault_broken(s, fault.kind == FAULT_COMPLETE ? fault.error : 0);
    if (broken)
        fault = (struct fault){FAULT_COMPLETE, broken};
    if (overlapped_ends(fault, s, io, done))
        return SOCKET_ERROR;
    WSABUF cut = overlapped_cut(fault, buffers);
    return WSASend(s, count == 1 ? &cut : buffers, count, bytes, flags, io,
                   overlapped_routine(fault, done));
}

/* Of a file that has a port, as a socket has. */
BOOL fault_read_file(const struct fault_here *here, HANDLE file, void *to,
                     DWORD size, DWORD *bytes, OVERLAPPED *io)
{
    struct fault fault = fault_ask(here);
    if (overlapped_ends(fault, (SOCKET)file, io, NULL))
        return FALSE;
    return ReadFile(file, to, fault.kind == FAULT_SHORT ? 1 : size, bytes, io);
}

/* AcceptEx as WSAIoctl gives it to a model. */
static BOOL PASCAL overlapped_accept(SOCKET listener, SOCKET s, void *to,
                                     DWORD data, DWORD local, DWORD remote,
                                     DWORD *bytes, OVERLAPPED *io)
{
    if (overlapped_ends(fault_ask(overlapped_here), listener, io, NULL))
        return FALSE;
    return overlapped_accept_ex(listener, s, to, data, local, remote, bytes,
                                io);
}

/* As mswsock.lib has it. */
BOOL PASCAL fault_accept_ex(SOCKET listener, SOCKET s, void *to, DWORD data,
                            DWORD local, DWORD remote, DWORD *bytes,
                            OVERLAPPED *io)
{
    if (overlapped_accept_ex == NULL)
        overlapped_accept_ex = AcceptEx;
    return overlapped_accept(listener, s, to, data, local, remote, bytes, io);
}

static BOOL PASCAL overlapped_disconnect(SOCKET s, OVERLAPPED *io, DWORD flags,
                                         DWORD reserved)
{
    if (overlapped_ends(fault_ask(overlapped_here), s, io, NULL))
        return FALSE;
    return overlapped_disconnect_ex(s, io, flags, reserved);
}

static BOOL PASCAL overlapped_file(SOCKET s, HANDLE file, DWORD bytes,
                                   DWORD each, OVERLAPPED *io,
                                   TRANSMIT_FILE_BUFFERS *around, DWORD flags)
{
    if (overlapped_ends(fault_ask(overlapped_here), s, io, NULL))
        return FALSE;
    return overlapped_transmit_file(s, file, bytes, each, io, around, flags);
}

static BOOL PASCAL overlapped_packets(SOCKET s,
                                      TRANSMIT_PACKETS_ELEMENT *elements,
                                      DWORD count, DWORD each, OVERLAPPED *io,
                                      DWORD flags)
{
    if (overlapped_ends(fault_ask(overlapped_here), s, io, NULL))
        return FALSE;
    return overlapped_transmit_packets(s, elements, count, each, io, flags);
}

/* Gives the model ours in place of an extension function. */
static void overlapped_replace(const GUID *name, void *function)
{
    static const GUID accept_ex = WSAID_ACCEPTEX,
                      disconnect_ex = WSAID_DISCONNECTEX,
                      transmit_file = WSAID_TRANSMITFILE,
                      transmit_packets = WSAID_TRANSMITPACKETS;
    if (IsEqualGUID(name, &accept_ex)) {
        overlapped_accept_ex = *(LPFN_ACCEPTEX *)function;
        *(LPFN_ACCEPTEX *)function = overlapped_accept;
    } else if (IsEqualGUID(name, &disconnect_ex)) {
        overlapped_disconnect_ex = *(LPFN_DISCONNECTEX *)function;
        *(LPFN_DISCONNECTEX *)function = overlapped_disconnect;
    } else if (IsEqualGUID(name, &transmit_file)) {
        overlapped_transmit_file = *(LPFN_TRANSMITFILE *)function;
        *(LPFN_TRANSMITFILE *)function = overlapped_file;
    } else if (IsEqualGUID(name, &transmit_packets)) {
        overlapped_transmit_packets = *(LPFN_TRANSMITPACKETS *)function;
        *(LPFN_TRANSMITPACKETS *)function = overlapped_packets;
    }
}

int fault_wsa_ioctl(const struct fault_here *here, SOCKET s, DWORD code,
                    void *in, DWORD in_size, void *out, DWORD out_size,
                    DWORD *bytes, WSAOVERLAPPED *io,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    if (code == SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER) {
        fault_rio_table(out);
        return 0;
    }
    int failed = WSAIoctl(s, code, in, in_size, out, out_size, bytes, io, done);
    if (!failed && code == SIO_GET_EXTENSION_FUNCTION_POINTER)
        overlapped_replace(in, out);
    return failed;
}

BOOL fault_wsa_result(const struct fault_here *here, SOCKET s,
                      WSAOVERLAPPED *io, DWORD *bytes, BOOL wait, DWORD *flags)
{
    struct fault fault = fault_ask(here);
    DWORD error = fault_doomed(io, true);
    if (fault.kind == FAULT_FAIL)
        error = fault.error;
    if (error) {
        WSASetLastError((int)error);
        return FALSE;
    }
    return WSAGetOverlappedResult(s, io, bytes, wait, flags);
}

HANDLE fault_create_port(const struct fault_here *here, HANDLE file,
                         HANDLE port, ULONG_PTR key, DWORD threads)
{
    if (fault_fails(here))
        return NULL;
    HANDLE made = CreateIoCompletionPort(file, port, key, threads);
    if (port == NULL)
        fault_opened(FAULT_HANDLES, made);
    if (made && file != INVALID_HANDLE_VALUE)
        fault_watch(&(const struct fault_watch){
            .sock = (SOCKET)file, .port = made, .key = key});
    return made;
}

PTP_IO fault_create_pool_io(const struct fault_here *here, HANDLE file,
                            PTP_WIN32_IO_CALLBACK done, void *arg,
                            PTP_CALLBACK_ENVIRON environment)
{
    if (fault_fails(here))
        return NULL;
    PTP_IO made = CreateThreadpoolIo(file, done, arg, environment);
    if (fault_opened(FAULT_HANDLES, made))
        fault_watch(&(const struct fault_watch){.sock = (SOCKET)file,
                                                .pool_io = made,
                                                .pool_done = done,
                                                .pool_arg = arg,
                                                .environment = environment});
    return made;
}

bool fault_request_ends(const struct fault_here *here, HANDLE file,
                        void *context)
{
    struct fault fault = fault_ask(here);
    if (!overlapped_ends(fault, (SOCKET)file, context, NULL))
        return false;
    if (fault.kind == FAULT_FAIL)
        SetLastError(fault.error);
    return true;
}

/* Win32's errors are statuses of a facility of their own, which
 * RtlNtStatusToDosError gives back as they were. */
static LONG overlapped_status(DWORD error)
{
    enum { OVERLAPPED_WIN32 = 0xC007 };
    return (LONG)((DWORD)OVERLAPPED_WIN32 << 16 | error);
}

LONG fault_status(void)
{
    const DWORD error = GetLastError();
    return error == ERROR_IO_PENDING ? (LONG)STATUS_PENDING
                                     : overlapped_status(error);
}

LONG fault_made(LONG status, const HANDLE *made)
{
    if (status >= 0)
        fault_opened(FAULT_HANDLES, *made);
    return status;
}

/* Gives the completion that was kept back when its time has come. */
static bool overlapped_due(HANDLE port, DWORD *bytes, ULONG_PTR *key,
                           OVERLAPPED **io, bool now)
{
    AcquireSRWLockExclusive(&overlapped_lock);
    const struct overlapped_kept kept = overlapped_kept;
    bool due = kept.port == port && (now || GetTickCount64() >= kept.due);
    if (due)
        overlapped_kept.port = NULL;
    ReleaseSRWLockExclusive(&overlapped_lock);
    if (due) {
        *bytes = kept.bytes;
        *key = kept.key;
        *io = kept.io;
    }
    return due;
}

static void overlapped_keep(HANDLE port, DWORD bytes, ULONG_PTR key,
                            OVERLAPPED *io)
{
    AcquireSRWLockExclusive(&overlapped_lock);
    overlapped_kept = (struct overlapped_kept){
        port, bytes, key, io, GetTickCount64() + OVERLAPPED_LATE_MS};
    ReleaseSRWLockExclusive(&overlapped_lock);
}

/* Keeps the finished operation back, and gives another if one comes. */
static BOOL overlapped_late(HANDLE port, DWORD *bytes, ULONG_PTR *key,
                            OVERLAPPED **io)
{
    overlapped_keep(port, *bytes, *key, *io);
    *io = NULL;
    BOOL ok =
        GetQueuedCompletionStatus(port, bytes, key, io, OVERLAPPED_LATE_MS);
    if (!ok && *io == NULL)
        ok = overlapped_due(port, bytes, key, io, true);
    return ok;
}

/* An error of the port takes nothing from it. */
BOOL fault_get_queued(const struct fault_here *here, HANDLE port, DWORD *bytes,
                      ULONG_PTR *key, OVERLAPPED **io, DWORD wait_ms)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        *io = NULL;
        return FALSE;
    }
    if (overlapped_due(port, bytes, key, io, false))
        return TRUE;
    BOOL ok = GetQueuedCompletionStatus(port, bytes, key, io, wait_ms);
    if (ok && *io && fault.kind == FAULT_LATE)
        ok = overlapped_late(port, bytes, key, io);
    DWORD error = *io ? fault_doomed(*io, false) : 0;
    if (error) {
        SetLastError(error);
        return FALSE;
    }
    return ok;
}

/* The same for a batch. That an operation of it failed its status says. */
static void overlapped_fail_doomed(const OVERLAPPED_ENTRY *entries, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        OVERLAPPED *io = entries[i].lpOverlapped;
        const DWORD error = io ? fault_doomed(io, false) : 0;
        if (error)
            io->Internal = (ULONG_PTR)(ULONG)overlapped_status(error);
    }
}

BOOL fault_get_batch(const struct fault_here *here, HANDLE port,
                     OVERLAPPED_ENTRY *entries, ULONG size, ULONG *count,
                     DWORD wait_ms, BOOL alertable)
{
    struct fault fault = fault_ask(here);
    OVERLAPPED_ENTRY *first = entries;
    if (fault.kind == FAULT_FAIL)
        return FALSE;
    *count = 1;
    if (overlapped_due(port, &first->dwNumberOfBytesTransferred,
                       &first->lpCompletionKey, &first->lpOverlapped, false))
        return TRUE;
    BOOL ok = GetQueuedCompletionStatusEx(port, entries, size, count, wait_ms,
                                          alertable);
    if (ok)
        overlapped_fail_doomed(entries, *count);
    if (!ok || !first->lpOverlapped || fault.kind != FAULT_LATE)
        return ok;
    if (*count == 1)
        return overlapped_late(port, &first->dwNumberOfBytesTransferred,
                               &first->lpCompletionKey, &first->lpOverlapped) ||
               first->lpOverlapped;
    overlapped_keep(port, first->dwNumberOfBytesTransferred,
                    first->lpCompletionKey, first->lpOverlapped);
    *first = entries[--*count]; /* the last one takes its place */
    return TRUE;
}

/* That there is nothing to cancel must be true by the time it is said. */
BOOL fault_cancel_io(const struct fault_here *here, HANDLE file, OVERLAPPED *io)
{
    struct fault fault = fault_ask(here);
    if (fault.kind != FAULT_FAIL)
        return CancelIoEx(file, io);
    if (fault.error == ERROR_NOT_FOUND)
        CancelIoEx(file, io);
    SetLastError(fault.error);
    return FALSE;
}
