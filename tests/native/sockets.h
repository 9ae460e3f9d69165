/* Winsock's side of the double: the system's own sockets under the names and
 * types that Windows gives them. Included ahead of everything, after
 * common/win.h. Errors are errno's: only their being there matters here. */
#ifndef IOMODELS_NATIVE_SOCKETS_H
#define IOMODELS_NATIVE_SOCKETS_H

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "common/win.h"

typedef unsigned long u_long_on_windows;
#define u_long u_long_on_windows

enum { WSA_FLAG_OVERLAPPED = 1, WSA_FLAG_NO_HANDLE_INHERIT = 128 };
enum { FIONBIO_ON_WINDOWS = 1 };
#define FIONBIO             FIONBIO_ON_WINDOWS
#define SO_EXCLUSIVEADDRUSE SO_REUSEADDR

#define WSAGetLastError()  ((int)errno)
#define WSASetLastError(e) (errno = (e))

static inline SOCKET WSASocketW(int family, int type, int protocol, void *info,
                                unsigned group, DWORD flags)
{
    (void)info;
    (void)group;
    (void)flags;
    return socket(family, type | SOCK_CLOEXEC, protocol);
}

static inline int closesocket(SOCKET s)
{
    return close(s);
}

int ioctlsocket(SOCKET s, long what, u_long *value); /* FIONBIO alone */

/* Windows counts addresses in int. */
static inline int win_getsockname(SOCKET s, struct sockaddr *at, int *length)
{
    socklen_t size = (socklen_t)*length;
    int failed = getsockname(s, at, &size);
    *length = (int)size;
    return failed;
}

static inline int win_getpeername(SOCKET s, struct sockaddr *at, int *length)
{
    socklen_t size = (socklen_t)*length;
    int failed = getpeername(s, at, &size);
    *length = (int)size;
    return failed;
}

static inline int win_connect(SOCKET s, const struct sockaddr *to, int length)
{
    return connect(s, to, (socklen_t)length);
}

static inline int win_bind(SOCKET s, const struct sockaddr *to, int length)
{
    return bind(s, to, (socklen_t)length);
}

static inline int win_getsockopt(SOCKET s, int level, int name, char *value,
                                 int *length)
{
    socklen_t size = (socklen_t)*length;
    int failed = getsockopt(s, level, name, value, &size);
    *length = (int)size;
    return failed;
}

static inline int win_getnameinfo(const struct sockaddr *of, int length,
                                  char *host, size_t host_size, char *port,
                                  size_t port_size, int flags)
{
    return getnameinfo(of, (socklen_t)length, host, (socklen_t)host_size, port,
                       (socklen_t)port_size, flags);
}
#define getsockname win_getsockname
#define getpeername win_getpeername
#define connect     win_connect
#define bind        win_bind
#define getnameinfo win_getnameinfo
#define getsockopt  win_getsockopt

typedef struct pollfd WSAPOLLFD;
#define WSAPoll(fds, count, wait_ms) poll(fds, count, wait_ms)

/* For AcceptEx alone, which is not called here. */
#define SO_UPDATE_ACCEPT_CONTEXT 0x700B
#define SO_PORT_SCALABILITY      0x3006

/* For results that are there at once, which no call here has. */
#define SO_PROTOCOL_INFOW 0x2005
#define XP1_IFS_HANDLES   0x20000
typedef struct {
    DWORD dwServiceFlags1;
} WSAPROTOCOL_INFOW;
#endif
