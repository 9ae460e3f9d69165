/* A plain completion port loop, after the documented design of the Windows
 * SDK's samples iocpserver and iocpserverex: one port, two workers a processor
 * that each take one completion at a time, one AcceptEx pending that a worker
 * renews, one operation a connection; every completion passes through the port.
 *
 *     port_loop
 *
 * It listens on a free port of 127.0.0.1, prints the server's `listening` line
 * and runs until its standard input says `stop` or closes. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/errors.h"
#include "common/win.h"

enum { LOOP_BUFFER = 4096, LOOP_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16 };

struct loop_conn {
    OVERLAPPED io;
    SOCKET sock;
    bool sending;
    WSABUF rest; /* what is still to be sent */
    char buffer[LOOP_BUFFER];
};

static HANDLE loop_port;
static SOCKET loop_listener;
static LPFN_ACCEPTEX loop_accept_ex;
static struct {
    OVERLAPPED io;
    SOCKET sock;
    char addresses[2 * LOOP_ADDRESS];
} loop_accept;

static void loop_close(struct loop_conn *c)
{
    closesocket(c->sock);
    free(c);
}

static void loop_begin(struct loop_conn *c)
{
    DWORD flags = 0;
    memset(&c->io, 0, sizeof c->io);
    int failed =
        c->sending ? WSASend(c->sock, &c->rest, 1, NULL, 0, &c->io, NULL)
                   : WSARecv(c->sock, &c->rest, 1, NULL, &flags, &c->io, NULL);
    if (failed && WSAGetLastError() != WSA_IO_PENDING)
        loop_close(c);
}

static void loop_receive(struct loop_conn *c)
{
    c->sending = false;
    c->rest = (WSABUF){LOOP_BUFFER, c->buffer};
    loop_begin(c);
}

static void loop_done(struct loop_conn *c, DWORD bytes)
{
    if (bytes == 0) {
        loop_close(c);
    } else if (!c->sending) {
        c->sending = true;
        c->rest = (WSABUF){bytes, c->buffer};
        loop_begin(c);
    } else if (bytes < c->rest.len) {
        c->rest.buf += bytes;
        c->rest.len -= bytes;
        loop_begin(c);
    } else {
        loop_receive(c);
    }
}

static void loop_post_accept(void)
{
    DWORD bytes;
    memset(&loop_accept.io, 0, sizeof loop_accept.io);
    loop_accept.sock = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                                  WSA_FLAG_OVERLAPPED);
    if (loop_accept.sock == INVALID_SOCKET ||
        (!loop_accept_ex(loop_listener, loop_accept.sock, loop_accept.addresses,
                         0, LOOP_ADDRESS, LOOP_ADDRESS, &bytes,
                         &loop_accept.io) &&
         WSAGetLastError() != WSA_IO_PENDING))
        die("AcceptEx");
}

static void loop_accepted(bool ok)
{
    const int on = 1;
    const SOCKET sock = loop_accept.sock;
    struct loop_conn *c = calloc(1, sizeof *c);
    loop_post_accept();
    if (c == NULL)
        die("calloc");
    c->sock = sock;
    if (!ok ||
        setsockopt(sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   (const char *)&loop_listener, sizeof loop_listener) ||
        setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, (const char *)&on,
                   sizeof on) ||
        !CreateIoCompletionPort((HANDLE)sock, loop_port, (ULONG_PTR)c, 0))
        loop_close(c);
    else
        loop_receive(c);
}

static DWORD WINAPI loop_work(void *arg)
{
    (void)arg;
    for (;;) {
        DWORD bytes;
        ULONG_PTR key;
        OVERLAPPED *io = NULL;
        BOOL ok =
            GetQueuedCompletionStatus(loop_port, &bytes, &key, &io, INFINITE);
        if (io == NULL)
            die("GetQueuedCompletionStatus");
        struct loop_conn *c = (struct loop_conn *)key;
        if (c == NULL)
            loop_accepted(ok);
        else if (ok)
            loop_done(c, bytes);
        else
            loop_close(c);
    }
}

static void loop_listen(void)
{
    GUID accept_ex = WSAID_ACCEPTEX;
    SOCKADDR_IN address = {.sin_family = AF_INET};
    int size = sizeof address;
    DWORD bytes;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    loop_listener = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                               WSA_FLAG_OVERLAPPED);
    loop_port = CreateIoCompletionPort((HANDLE)loop_listener, NULL, 0, 0);
    if (loop_listener == INVALID_SOCKET || loop_port == NULL ||
        bind(loop_listener, (SOCKADDR *)&address, size) ||
        listen(loop_listener, SOMAXCONN) ||
        getsockname(loop_listener, (SOCKADDR *)&address, &size) ||
        WSAIoctl(loop_listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &accept_ex,
                 sizeof accept_ex, &loop_accept_ex, sizeof loop_accept_ex,
                 &bytes, NULL, NULL))
        die("listen");
    printf("{\"event\":\"listening\",\"address\":\"127.0.0.1\",\"port\":%u}\n",
           ntohs(address.sin_port));
    fflush(stdout);
}

int main(void)
{
    SYSTEM_INFO system;
    WSADATA data;
    program_name_set("port_loop");
    if (WSAStartup(MAKEWORD(2, 2), &data))
        die("WSAStartup");
    GetSystemInfo(&system);
    loop_listen();
    loop_post_accept();
    for (DWORD n = 0; n < 2 * system.dwNumberOfProcessors; n++) {
        HANDLE thread = CreateThread(NULL, 0, loop_work, NULL, 0, NULL);
        if (thread == NULL)
            die("CreateThread");
        CloseHandle(thread);
    }
    char line[64];
    while (fgets(line, sizeof line, stdin) && strcmp(line, "stop\n") != 0)
        ;
    return 0;
}
