/* Sockets without overlapped I/O. */
#include "faults.h"

static SOCKET winsock_opened(SOCKET s)
{
    if (s != INVALID_SOCKET)
        fault_open(FAULT_SOCKETS);
    return s;
}

SOCKET fault_accept(const struct fault_here *here, SOCKET s,
                    struct sockaddr *from, int *size)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        if (fault.error == WSAEWOULDBLOCK)
            fault_tell(s, FD_ACCEPT);
        WSASetLastError((int)fault.error);
        return INVALID_SOCKET;
    }
    return winsock_opened(accept(s, from, size));
}

SOCKET fault_socket(const struct fault_here *here, int family, int type,
                    int protocol)
{
    return fault_fails(here) ? INVALID_SOCKET
                             : winsock_opened(socket(family, type, protocol));
}

SOCKET fault_wsa_socket(const struct fault_here *here, int family, int type,
                        int protocol, WSAPROTOCOL_INFOW *info, GROUP group,
                        DWORD flags)
{
    return fault_fails(here) ? INVALID_SOCKET
                             : winsock_opened(WSASocketW(family, type, protocol,
                                                         info, group, flags));
}

int fault_closesocket(const struct fault_here *here, SOCKET s)
{
    if (fault_fails(here))
        return SOCKET_ERROR;
    /* Before: the number may be another's as soon as it is closed. */
    fault_forget(s);
    int failed = closesocket(s);
    if (!failed)
        fault_close(FAULT_SOCKETS);
    return failed;
}

int fault_recv(const struct fault_here *here, SOCKET s, char *to, int size,
               int flags)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        if (fault.error == WSAEWOULDBLOCK)
            fault_tell(s, FD_READ);
        WSASetLastError((int)fault.error);
        return SOCKET_ERROR;
    }
    return recv(s, to, fault.kind == FAULT_SHORT && size > 1 ? 1 : size, flags);
}

int fault_send(const struct fault_here *here, SOCKET s, const char *from,
               int size, int flags)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        if (fault.error == WSAEWOULDBLOCK)
            fault_tell(s, FD_WRITE);
        WSASetLastError((int)fault.error);
        return SOCKET_ERROR;
    }
    return send(s, from, fault.kind == FAULT_SHORT && size > 1 ? 1 : size,
                flags);
}

static void winsock_reverse(fd_set *set)
{
    for (u_int i = 0; set && i < set->fd_count / 2; i++) {
        SOCKET s = set->fd_array[i];
        set->fd_array[i] = set->fd_array[set->fd_count - 1 - i];
        set->fd_array[set->fd_count - 1 - i] = s;
    }
}

/* No order is promised for the sockets that a set comes back with. */
int fault_select(const struct fault_here *here, int count, fd_set *read,
                 fd_set *write, fd_set *except, struct timeval *wait)
{
    struct fault fault = fault_ask(here);
    if (fault.kind == FAULT_FAIL) {
        WSASetLastError((int)fault.error);
        return SOCKET_ERROR;
    }
    int ready = select(count, read, write, except, wait);
    if (fault.kind == FAULT_LATE && ready > 0) {
        fd_set *sets[] = {read, write, except};
        for (int i = 0; i < 3; i++)
            if (sets[i])
                sets[i]->fd_count = 0;
        return 0;
    }
    if (fault.kind == FAULT_REORDER && ready > 0) {
        winsock_reverse(read);
        winsock_reverse(write);
        winsock_reverse(except);
    }
    return ready;
}

int fault_bind(const struct fault_here *here, SOCKET s,
               const struct sockaddr *at, int size)
{
    return fault_fails(here) ? SOCKET_ERROR : bind(s, at, size);
}

int fault_listen(const struct fault_here *here, SOCKET s, int backlog)
{
    return fault_fails(here) ? SOCKET_ERROR : listen(s, backlog);
}

int fault_connect(const struct fault_here *here, SOCKET s,
                  const struct sockaddr *to, int size)
{
    return fault_fails(here) ? SOCKET_ERROR : connect(s, to, size);
}

int fault_getsockname(const struct fault_here *here, SOCKET s,
                      struct sockaddr *at, int *size)
{
    return fault_fails(here) ? SOCKET_ERROR : getsockname(s, at, size);
}

int fault_getpeername(const struct fault_here *here, SOCKET s,
                      struct sockaddr *at, int *size)
{
    return fault_fails(here) ? SOCKET_ERROR : getpeername(s, at, size);
}

int fault_getsockopt(const struct fault_here *here, SOCKET s, int level,
                     int name, char *value, int *size)
{
    return fault_fails(here) ? SOCKET_ERROR
                             : getsockopt(s, level, name, value, size);
}

int fault_setsockopt(const struct fault_here *here, SOCKET s, int level,
                     int name, const char *value, int size)
{
    return fault_fails(here) ? SOCKET_ERROR
                             : setsockopt(s, level, name, value, size);
}

int fault_ioctlsocket(const struct fault_here *here, SOCKET s, long command,
                      u_long *value)
{
    return fault_fails(here) ? SOCKET_ERROR : ioctlsocket(s, command, value);
}

int fault_wsa_poll(const struct fault_here *here, WSAPOLLFD *fds, ULONG count,
                   int wait_ms)
{
    return fault_fails(here) ? SOCKET_ERROR : WSAPoll(fds, count, wait_ms);
}
