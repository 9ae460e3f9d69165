/* The floor under the iocp model: an echo server on a completion port with
 * nothing else. The same calls, batches and fairness; no slots, no
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

enum { FLOOR_ACCEPTS = 256, FLOOR_BATCH = 32 }; /* as iocp.c presets them */
enum { FLOOR_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16 };

struct floor_conn {
    OVERLAPPED io;
    SOCKET sock;
    bool sending, done, ended; /* an operation, the connection */
    struct floor_conn *next;
    DWORD from, filled; /* what is still to be sent lies between */
    char buffer[1];     /* floor_buffer */
};

struct floor_accept {
    OVERLAPPED io;
    SOCKET sock;
    char addresses[2 * FLOOR_ADDRESS];
};

static HANDLE floor_port, floor_accepts;
static ULONG floor_workers;
static volatile LONG floor_asleep; /* workers that found nobody in line */
static SRWLOCK floor_lock = SRWLOCK_INIT;
static struct floor_conn *floor_first, **floor_end; /* the line */
static volatile ULONG floor_in_line;
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

/* False: the port will have its end. */
static bool floor_begin(struct floor_conn *c)
{
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
        return false;
    c->ended = failed || !floor_advance(c, bytes);
    return true;
}

struct floor_hand {
    struct floor_conn *conns[2 * FLOOR_BATCH];
    ULONG count;
};

static void floor_change(struct floor_hand *h)
{
    AcquireSRWLockExclusive(&floor_lock);
    for (ULONG n = 0; n < h->count; n++) {
        *(floor_first ? floor_end : &floor_first) = h->conns[n];
        floor_end = &h->conns[n]->next;
        floor_in_line++;
    }
    const ULONG share = (floor_in_line + floor_workers - 1) / floor_workers;
    for (h->count = 0; h->count < share && h->count < FLOOR_BATCH;) {
        h->conns[h->count++] = floor_first;
        floor_first = --floor_in_line > 0 ? floor_first->next : NULL;
    }
    ReleaseSRWLockExclusive(&floor_lock);
}

static void floor_take(struct floor_hand *h)
{
    OVERLAPPED_ENTRY entries[FLOOR_BATCH];
    ULONG count = 0;
    const LONG sleeps = h->count == 0 && floor_in_line == 0;
    InterlockedExchangeAdd(&floor_asleep, sleeps);
    BOOL ok = GetQueuedCompletionStatusEx(floor_port, entries, FLOOR_BATCH,
                                          &count, sleeps ? INFINITE : 0, FALSE);
    InterlockedExchangeAdd(&floor_asleep, -sleeps);
    if (!ok && sleeps)
        die("GetQueuedCompletionStatusEx");
    for (ULONG n = 0; ok && n < count; n++) {
        struct floor_conn *c = (struct floor_conn *)entries[n].lpCompletionKey;
        if (c == NULL)
            continue;
        c->done = entries[n].lpOverlapped != NULL;
        h->conns[h->count++] = c;
    }
    floor_change(h);
    if (floor_in_line > 0 && floor_asleep > 0)
        PostQueuedCompletionStatus(floor_port, 0, 0, NULL);
}

static void floor_result(struct floor_conn *c)
{
    DWORD bytes, flags;
    c->done = false;
    c->ended =
        !WSAGetOverlappedResult(c->sock, &c->io, &bytes, FALSE, &flags) ||
        !floor_advance(c, bytes);
}

static void floor_serve(struct floor_hand *h)
{
    for (int step = 0; step < 3; step++) {
        ULONG left = 0;
        for (ULONG n = 0; n < h->count; n++) {
            struct floor_conn *c = h->conns[n];
            if (c->done)
                floor_result(c);
            if (step == 2 && c->ended)
                floor_close(c);
            else if (step == 2 || c->ended || c->sending != (step == 0) ||
                     floor_begin(c))
                h->conns[left++] = c;
        }
        h->count = left;
    }
}

static DWORD WINAPI floor_work(void *arg)
{
    struct floor_hand hand = {.count = 0};
    (void)arg;
    while (floor_workers > 0) { /* always */
        floor_take(&hand);
        floor_serve(&hand);
    }
    return 0;
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
                              FILE_SKIP_SET_EVENT_ON_HANDLE) ||
        !PostQueuedCompletionStatus(floor_port, 0, (ULONG_PTR)c, NULL))
        floor_close(c);
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
    floor_workers = threads;
    for (unsigned long i = 0; i < threads; i++)
        floor_start(floor_work);
    floor_start(floor_accept_all);
    char line[64];
    while (fgets(line, sizeof line, stdin) && strcmp(line, "stop\n") != 0)
        ;
    return 0;
}
