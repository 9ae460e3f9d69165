#define WITNESS_ITSELF
#include "witness.h"
#include "rules.h"
#include "witness_main.h"
#undef ExitProcess
#include <stdlib.h>

static LPFN_ACCEPTEX witness_real_accept_ex;

static const struct conn *witness_conn(const WSABUF *buffers)
{
    return CONTAINING_RECORD(buffers, struct conn, io);
}

static int witness_begun(const struct conn *c, int failed)
{
    int error = WSAGetLastError();
    if (failed && error != WSA_IO_PENDING)
        rules_not_begun(c);
    WSASetLastError(error);
    return failed;
}

int witness_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD *flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    rules_post(witness_conn(buffers), io, GetCurrentThreadId());
    return witness_begun(witness_conn(buffers),
                         WSARecv(s, buffers, count, bytes, flags, io, done));
}

int witness_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *bytes,
                 DWORD flags, WSAOVERLAPPED *io,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    rules_post(witness_conn(buffers), io, GetCurrentThreadId());
    return witness_begun(witness_conn(buffers),
                         WSASend(s, buffers, count, bytes, flags, io, done));
}

/* Without an OVERLAPPED it is for a socket: of a connection, or the listener,
 * which has none of these options but SO_ACCEPTCONN. */
BOOL witness_cancel(HANDLE sock, OVERLAPPED *io)
{
    BOOL listens = FALSE;
    int size = sizeof listens;
    getsockopt((SOCKET)sock, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens,
               &size);
    if (!listens)
        rules_cancel(io, GetCurrentThreadId());
    return CancelIoEx(sock, io);
}

BOOL witness_dequeue(HANDLE port, DWORD *bytes, ULONG_PTR *key, OVERLAPPED **io,
                     DWORD wait_ms)
{
    BOOL ok = GetQueuedCompletionStatus(port, bytes, key, io, wait_ms);
    DWORD error = GetLastError();
    if (*io)
        rules_accept_taken(*io, GetCurrentThreadId());
    SetLastError(error);
    return ok;
}

static BOOL PASCAL FAR witness_accept_ex(SOCKET listener, SOCKET s, void *to,
                                         DWORD size, DWORD local, DWORD remote,
                                         DWORD *bytes, OVERLAPPED *io)
{
    rules_accept(io, s, GetCurrentThreadId());
    BOOL ok =
        witness_real_accept_ex(listener, s, to, size, local, remote, bytes, io);
    int error = WSAGetLastError();
    if (!ok && error != WSA_IO_PENDING)
        rules_accept_failed(io);
    WSASetLastError(error);
    return ok;
}

int witness_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out,
                  DWORD out_size, DWORD *bytes, WSAOVERLAPPED *io,
                  LPWSAOVERLAPPED_COMPLETION_ROUTINE done)
{
    int failed = WSAIoctl(s, code, in, in_size, out, out_size, bytes, io, done);
    if (!failed && code == SIO_GET_EXTENSION_FUNCTION_POINTER) {
        witness_real_accept_ex = *(LPFN_ACCEPTEX *)out;
        *(LPFN_ACCEPTEX *)out = witness_accept_ex;
    }
    return failed;
}

int witness_closesocket(SOCKET s)
{
    rules_accept_socket(s, GetCurrentThreadId());
    return closesocket(s);
}

struct witness_begin {
    LPTHREAD_START_ROUTINE run;
    void *arg;
};

static DWORD WINAPI witness_thread(void *arg)
{
    struct witness_begin begin = *(struct witness_begin *)arg;
    free(arg);
    DWORD code = begin.run(begin.arg);
    rules_thread_end(GetCurrentThreadId());
    return code;
}

HANDLE witness_thread_start(LPTHREAD_START_ROUTINE run, void *arg)
{
    struct witness_begin *begin = malloc(sizeof *begin);
    if (!begin)
        die("malloc");
    *begin = (struct witness_begin){run, arg};
    rules_thread_begin();
    HANDLE thread = thread_start(witness_thread, begin);
    if (!thread)
        die("thread_start");
    return thread;
}

struct conn *witness_open(struct thread_stats *stats, SOCKET accepted)
{
    rules_accept_socket(accepted, GetCurrentThreadId());
    struct conn *c = conn_open(stats, accepted);
    if (c)
        rules_open(c, GetCurrentThreadId());
    return c;
}

enum conn_want witness_advance(struct thread_stats *stats, struct conn *c,
                               DWORD bytes)
{
    rules_taken(c, GetCurrentThreadId());
    return conn_advance(stats, c, bytes);
}

enum conn_want witness_fail(struct thread_stats *stats, struct conn *c,
                            DWORD error)
{
    rules_taken(c, GetCurrentThreadId());
    return conn_fail(stats, c, error);
}

void witness_close(struct thread_stats *stats, struct conn *c)
{
    rules_close(c, GetCurrentThreadId());
    conn_close(stats, c);
}

void witness_refuse(struct thread_stats *stats, struct conn *c, DWORD error)
{
    rules_gone(c);
    conn_refuse(stats, c, error);
}

void witness_socket_refuse(struct thread_stats *stats, SOCKET accepted,
                           DWORD error)
{
    rules_accept_socket(accepted, GetCurrentThreadId());
    socket_refuse(stats, accepted, error);
}

void witness_exit(UINT code)
{
    rules_end();
    ExitProcess(code);
}
