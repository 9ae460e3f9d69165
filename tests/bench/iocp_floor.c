/* The floor under the iocp model: an echo server on a completion port with
 * nothing else. The same calls on the wire and the same fairness; no slots, no
 * counters, no sampling, one malloc a connection, and it ends with its process.
 *
 *     iocp_floor [THREADS [BUFFER]]
 *
 * It listens on a free port of 127.0.0.1, prints the server's `listening` line
 * and runs until its standard input says `stop` or closes. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/errors.h"
#include "common/win.h"

enum { FLOOR_ACCEPTS = 256, FLOOR_INLINE = 1 }; /* as iocp.c presets them */
enum { FLOOR_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16 };

struct floor_conn {
    OVERLAPPED io;
    SOCKET sock;
    bool sending;
    DWORD from, filled; /* what is still to be sent lies between */
    char buffer[1];     /* floor_buffer */
};

struct floor_accept {
    OVERLAPPED io;
    SOCKET sock;
    char addresses[2 * FLOOR_ADDRESS];
};

static HANDLE floor_port, floor_accepts;
static SOCKET floor_listener;
static LPFN_ACCEPTEX floor_accept_ex;
static DWORD floor_buffer = 4096;

static void floor_close(struct floor_conn *c)
{
    closesocket(c->sock);
    free(c);
}

/* False: the peer has ended. */
static bool floor_advance(struct floor_conn *c, DWORD bytes)
{
    if (!c->sending) {
        c->from = 0;
        c->filled = bytes;
    } else {
        c->from += bytes;
    }
    c->sending = c->from < c->filled;
    return bytes > 0;
}

static void floor_serve(struct floor_conn *c)
{
    for (int turns = FLOOR_INLINE;; turns--) {
        DWORD bytes = 0, flags = 0;
        WSABUF span = {floor_buffer, c->buffer};
        int failed;
        memset(&c->io, 0, sizeof c->io);
        if (c->sending) {
            span.buf += c->from;
            span.len = c->filled - c->from;
            failed = WSASend(c->sock, &span, 1, &bytes, 0, &c->io, NULL);
        } else {
            failed = WSARecv(c->sock, &span, 1, &bytes, &flags, &c->io, NULL);
        }
        if (failed && WSAGetLastError() == WSA_IO_PENDING)
            return;
        if (!failed && turns == 0) {
            if (!PostQueuedCompletionStatus(floor_port, bytes, (ULONG_PTR)c,
                                            &c->io))
                die("PostQueuedCompletionStatus");
            return;
        }
        if (failed || !floor_advance(c, bytes)) {
            floor_close(c);
            return;
        }
    }
}

static DWORD WINAPI floor_work(void *arg)
{
    (void)arg;
    for (;;) {
        DWORD bytes;
        ULONG_PTR key;
        OVERLAPPED *io = NULL;
        BOOL ok =
            GetQueuedCompletionStatus(floor_port, &bytes, &key, &io, INFINITE);
        struct floor_conn *c = (struct floor_conn *)key;
        if (io == NULL)
            die("GetQueuedCompletionStatus");
        if (ok && floor_advance(c, bytes))
            floor_serve(c);
        else
            floor_close(c);
    }
}

static void floor_accept_post(struct floor_accept *a)
{
    DWORD bytes;
    memset(&a->io, 0, sizeof a->io);
    a->sock = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                         WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (a->sock == INVALID_SOCKET ||
        (!floor_accept_ex(floor_listener, a->sock, a->addresses, 0,
                          FLOOR_ADDRESS, FLOOR_ADDRESS, &bytes, &a->io) &&
         WSAGetLastError() != WSA_IO_PENDING))
        die("AcceptEx");
}

static void floor_adopt(SOCKET sock)
{
    const int on = 1;
    struct floor_conn *c =
        calloc(1, offsetof(struct floor_conn, buffer) + floor_buffer);
    if (c == NULL)
        die("calloc");
    c->sock = sock;
    if (setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&floor_listener, sizeof floor_listener) ||
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, (const char *)&on,
                   sizeof on) ||
        !CreateIoCompletionPort((HANDLE)sock, floor_port, (ULONG_PTR)c, 0) ||
        !SetFileCompletionNotificationModes(
            (HANDLE)sock, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                              FILE_SKIP_SET_EVENT_ON_HANDLE))
        floor_close(c);
    else
        floor_serve(c);
}

static DWORD WINAPI floor_accept_all(void *arg)
{
    static struct floor_accept accepts[FLOOR_ACCEPTS];
    (void)arg;
    for (int i = 0; i < FLOOR_ACCEPTS; i++)
        floor_accept_post(&accepts[i]);
    for (;;) {
        DWORD bytes;
        ULONG_PTR key;
        OVERLAPPED *io = NULL;
        BOOL ok = GetQueuedCompletionStatus(floor_accepts, &bytes, &key, &io,
                                            INFINITE);
        if (io == NULL)
            die("GetQueuedCompletionStatus");
        struct floor_accept *a = CONTAINING_RECORD(io, struct floor_accept, io);
        if (ok)
            floor_adopt(a->sock);
        else
            closesocket(a->sock);
        floor_accept_post(a);
    }
}

static void floor_listen(void)
{
    GUID accept_ex = WSAID_ACCEPTEX;
    SOCKADDR_IN address = {.sin_family = AF_INET};
    int size = sizeof address;
    DWORD bytes;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    floor_listener = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                                WSA_FLAG_OVERLAPPED);
    if (floor_listener == INVALID_SOCKET ||
        bind(floor_listener, (SOCKADDR *)&address, size) ||
        listen(floor_listener, SOMAXCONN) ||
        getsockname(floor_listener, (SOCKADDR *)&address, &size) ||
        WSAIoctl(floor_listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex,
                 sizeof accept_ex, &floor_accept_ex, sizeof floor_accept_ex,
                 &bytes, NULL, NULL))
        die("listen");
    printf("{\"event\":\"listening\",\"model\":\"iocp_floor\","
           "\"address\":\"127.0.0.1\",\"port\":%u,\"protocol\":1,"
           "\"pid\":%lu}\n",
           ntohs(address.sin_port), GetCurrentProcessId());
    fflush(stdout);
}

static void floor_start(LPTHREAD_START_ROUTINE run)
{
    HANDLE thread = CreateThread(NULL, 64 * 1024, run, NULL,
                                 STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread == NULL)
        die("CreateThread");
    CloseHandle(thread);
}

int main(int argc, char **argv)
{
    SYSTEM_INFO system;
    WSADATA data;
    program_name_set("iocp_floor");
    GetSystemInfo(&system);
    unsigned long threads =
        argc > 1 ? strtoul(argv[1], NULL, 10) : system.dwNumberOfProcessors;
    if (argc > 2)
        floor_buffer = (DWORD)strtoul(argv[2], NULL, 10);
    if (threads == 0 || threads > 1024 || floor_buffer == 0) {
        complain("usage: iocp_floor [THREADS [BUFFER]], both above 0");
        return EXIT_BAD_INPUT;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data))
        die("WSAStartup");
    floor_port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    floor_listen();
    floor_accepts = CreateIoCompletionPort((HANDLE)floor_listener, NULL, 0, 1);
    if (floor_port == NULL || floor_accepts == NULL)
        die("CreateIoCompletionPort");
    for (unsigned long i = 0; i < threads; i++)
        floor_start(floor_work);
    floor_start(floor_accept_all);
    char line[64];
    while (fgets(line, sizeof line, stdin) && strcmp(line, "stop\n") != 0)
        ;
    return 0;
}
