/* Whether the system lets sockets be used again (iocp_reuse): one socket has
 * two connections, of which it sends a byte and takes the peer's FIN. */
#include <stdio.h>
#include "server/host.h"

enum {
    REUSE_ADDRESS = sizeof(SOCKADDR_STORAGE) + 16, /* AcceptEx asks for it */
    REUSE_WAIT_MS = 2000                           /* for each step */
};

struct reuse {
    BOOL (*disconnect)(void *arg, SOCKET sock, OVERLAPPED *io);
    void *arg;
    LPFN_ACCEPTEX accept_ex;
    SOCKET listener, sock, client;
    struct sockaddr_in at;
    HANDLE done;
    const char *step; /* the last one begun */
};

/* An operation of the socket `on` has ended, and well. */
static bool reuse_ended(const struct reuse *r, SOCKET on, OVERLAPPED *io)
{
    DWORD bytes, flags;
    if (WaitForSingleObject(r->done, REUSE_WAIT_MS) == WAIT_OBJECT_0)
        return WSAGetOverlappedResult(on, io, &bytes, FALSE, &flags);
    WSASetLastError(WSAETIMEDOUT);
    return false;
}

static bool reuse_pends(BOOL done)
{
    return done || WSAGetLastError() == WSA_IO_PENDING;
}

static bool reuse_accept(struct reuse *r)
{
    /* Static: an operation that did not end in time may end later. */
    static OVERLAPPED io;
    static char addresses[2 * REUSE_ADDRESS];
    const DWORD wait_ms = REUSE_WAIT_MS;
    DWORD bytes;
    io = (OVERLAPPED){.hEvent = r->done};
    r->step = "AcceptEx";
    if (!reuse_pends(r->accept_ex(r->listener, r->sock, addresses, 0,
                                  REUSE_ADDRESS, REUSE_ADDRESS, &bytes, &io)))
        return false;
    r->step = "connect";
    r->client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (r->client == INVALID_SOCKET ||
        connect(r->client, (struct sockaddr *)&r->at, sizeof r->at) ||
        setsockopt(r->client, SOL_SOCKET, SO_RCVTIMEO, (const char *)&wait_ms,
                   sizeof wait_ms))
        return false;
    r->step = "AcceptEx";
    return reuse_ended(r, r->listener, &io) &&
           !setsockopt(r->sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                       (const char *)&r->listener, sizeof r->listener) &&
           !setsockopt(r->sock, SOL_SOCKET, SO_RCVTIMEO, (const char *)&wait_ms,
                       sizeof wait_ms);
}

/* A life of the socket, from AcceptEx to its disconnect. */
static bool reuse_live(struct reuse *r)
{
    static OVERLAPPED io;
    char byte;
    if (!reuse_accept(r))
        return false;
    r->step = "its send";
    if (send(r->sock, "x", 1, 0) != 1)
        return false;
    r->step = "the peer's receive";
    if (recv(r->client, &byte, 1, 0) != 1 || shutdown(r->client, SD_SEND))
        return false;
    r->step = "its receive";
    if (recv(r->sock, &byte, 1, 0) != 0)
        return false;
    io = (OVERLAPPED){.hEvent = r->done};
    r->step = "its disconnect";
    if (!reuse_pends(r->disconnect(r->arg, r->sock, &io)) ||
        !reuse_ended(r, r->sock, &io))
        return false;
    r->step = "the peer's receive of its FIN";
    if (recv(r->client, &byte, 1, 0) != 0)
        return false;
    closesocket(r->client);
    r->client = INVALID_SOCKET;
    return true;
}

static bool reuse_listen(struct reuse *r)
{
    const DWORD flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    GUID accept_ex = WSAID_ACCEPTEX;
    int size = sizeof r->at;
    DWORD bytes;
    r->step = "a listener";
    r->at = (struct sockaddr_in){.sin_family = AF_INET};
    r->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    r->done = CreateEventW(NULL, FALSE, FALSE, NULL);
    r->listener = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, flags);
    r->sock = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, flags);
    return r->done && r->sock != INVALID_SOCKET &&
           !bind(r->listener, (struct sockaddr *)&r->at, size) &&
           !listen(r->listener, 1) &&
           !getsockname(r->listener, (struct sockaddr *)&r->at, &size) &&
           !WSAIoctl(r->listener, SIO_GET_EXTENSION_FUNCTION_POINTER,
                     &accept_ex, sizeof accept_ex, &r->accept_ex,
                     sizeof r->accept_ex, &bytes, NULL, NULL);
}

const char *sockets_reusable(BOOL (*disconnect)(void *arg, SOCKET sock,
                                                OVERLAPPED *io),
                             void *arg)
{
    static char why[160];
    struct reuse r = {
        .disconnect = disconnect, .arg = arg, .client = INVALID_SOCKET};
    int lives = 0;
    if (reuse_listen(&r))
        while (lives < 2 && reuse_live(&r))
            lives++;
    snprintf(why, sizeof why,
             "sockets are closed, not used again: in the %s life of a socket "
             "%s failed (%s)",
             lives == 0 ? "first" : "second", r.step,
             error_name((uint32_t)WSAGetLastError()));
    closesocket(r.client);
    closesocket(r.sock);
    closesocket(r.listener);
    if (r.done)
        CloseHandle(r.done);
    return lives < 2 ? why : NULL;
}
