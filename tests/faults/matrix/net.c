#include "net.h"

#include "common/clock.h"
#include "common/die.h"

#ifdef _WIN32
#define NET_POLL_ENTRY               WSAPOLLFD
#define NET_POLL(entries, count, ms) WSAPoll(entries, (ULONG)(count), ms)
#define NET_BYTES(size)              ((int)(size))
#define NET_SIZE                     int
#define SHUT_WR                      SD_SEND
#else
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#define NET_POLL_ENTRY               struct pollfd
#define NET_POLL(entries, count, ms) poll(entries, (nfds_t)(count), ms)
#define NET_BYTES(size)              (size)
#define NET_SIZE                     socklen_t
#define closesocket                  close
#endif

void net_prepare(void)
{
#ifdef _WIN32
    WSADATA data;
    if (WSAStartup(MAKEWORD(2, 2), &data))
        die("WSAStartup");
#endif
}

static bool net_would_block(void)
{
#ifdef _WIN32
    return WSAGetLastError() == WSAEWOULDBLOCK;
#else
    return errno == EAGAIN || errno == EINPROGRESS;
#endif
}

static bool net_unblock(NET_SOCKET s)
{
#ifdef _WIN32
    u_long on = 1;
    return ioctlsocket(s, (long)FIONBIO, &on) == 0;
#else
    /* Before a server is started in the meantime: it must not inherit it. */
    return fcntl(s, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(s, F_SETFD, FD_CLOEXEC) == 0;
#endif
}

NET_SOCKET net_connect(const struct endpoint *to, int receive_buffer)
{
    const struct sockaddr *address = (const struct sockaddr *)&to->address;
    NET_SOCKET s = socket(to->address.ss_family, SOCK_STREAM, IPPROTO_TCP);
    if (s == NET_NONE)
        return NET_NONE;
    if (receive_buffer)
        setsockopt(s, SOL_SOCKET, SO_RCVBUF, (const char *)&receive_buffer,
                   sizeof receive_buffer);
    if (net_unblock(s) &&
        (connect(s, address, (NET_SIZE)to->size) == 0 || net_would_block()))
        return s;
    closesocket(s);
    return NET_NONE;
}

int net_send(NET_SOCKET s, const void *from, size_t size)
{
#ifdef _WIN32
    int flags = 0;
#else
    int flags = MSG_NOSIGNAL;
#endif
    int sent = (int)send(s, from, NET_BYTES(size), flags);
    if (sent >= 0)
        return sent;
#ifdef _WIN32
    if (WSAGetLastError() == WSAENOTCONN) /* connecting still */
        return NET_WAIT;
#endif
    return net_would_block() ? NET_WAIT : NET_ENDED;
}

int net_recv(NET_SOCKET s, void *to, size_t size)
{
    int received = (int)recv(s, to, NET_BYTES(size), 0);
    if (received >= 0)
        return received;
#ifdef _WIN32
    if (WSAGetLastError() == WSAENOTCONN)
        return NET_WAIT;
#endif
    return net_would_block() ? NET_WAIT : NET_ENDED;
}

void net_finish(NET_SOCKET s)
{
    shutdown(s, SHUT_WR);
}

void net_close(NET_SOCKET s, bool abort)
{
    struct linger now = {1, 0};
    if (abort)
        setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&now, sizeof now);
    closesocket(s);
}

void net_wait(struct net_watch *watches, size_t count, int wait_ms)
{
    NET_POLL_ENTRY entries[NET_WATCHES];
    for (size_t i = 0; i < count; i++) {
        short asked = (short)((watches[i].send ? POLLOUT : 0) |
                              (watches[i].recv ? POLLIN : 0));
        entries[i] = (NET_POLL_ENTRY){.fd = watches[i].sock, .events = asked};
    }
    if (count == 0)
        clock_sleep_ms((uint32_t)wait_ms);
    else
        NET_POLL(entries, count, wait_ms);
    for (size_t i = 0; i < count; i++) {
        int news = count ? entries[i].revents : 0;
        bool ended = (news & (POLLERR | POLLHUP | POLLNVAL)) != 0;
        watches[i].send = watches[i].send && (ended || (news & POLLOUT));
        watches[i].recv = watches[i].recv && (ended || (news & POLLIN));
    }
}
