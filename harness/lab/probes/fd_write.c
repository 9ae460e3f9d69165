/* M4: FD_WRITE comes only after a connect, an accept, or once there is room
 * again after a send that would have blocked. Documented so for WSAAsyncSelect
 * and WSAEventSelect; a program that waits for it before each send hangs. */
#include "probe.h"

enum { FD_WRITE_FILLS = 20 };

static SOCKET fd_write_select(SOCKET sock, HANDLE event)
{
    must(!WSAEventSelect(sock, event, FD_WRITE), "WSAEventSelect");
    return sock;
}

/* Whether FD_WRITE comes. */
static bool fd_write_comes(SOCKET sock, HANDLE event)
{
    WSANETWORKEVENTS events = {0};
    while (event_wait(event, PROBE_QUIET_MS)) {
        must(!WSAEnumNetworkEvents(sock, event, &events),
             "WSAEnumNetworkEvents");
        if (events.lNetworkEvents & FD_WRITE)
            return true;
    }
    return false;
}

static void fd_write_run(cJSON *out, const uint64_t *unused)
{
    static char data[64 * 1024];
    double bytes = 0;
    int sent, fills = 1;
    bool full;
    SOCKET listener = tcp_listen(1);
    const struct sockaddr_in to = tcp_address(listener);
    HANDLE client_event = event_make(), server_event = event_make();
    SOCKET client = fd_write_select(tcp_socket(), client_event);
    (void)unused;

    must(!connect(client, (const struct sockaddr *)&to, sizeof to) ||
             WSAGetLastError() == WSAEWOULDBLOCK,
         "connect");
    add_bool(out, "after_connect", fd_write_comes(client, client_event));
    SOCKET server = accept(listener, NULL, NULL);
    must(server != INVALID_SOCKET, "accept");
    fd_write_select(server, server_event);
    add_bool(out, "after_accept", fd_write_comes(server, server_event));
    must(send(client, data, 1, 0) == 1, "send");
    add_bool(out, "after_send", fd_write_comes(client, client_event));
    do { /* what is sent may move on to the peer's buffer and leave room */
        while ((sent = send(client, data, sizeof data, 0)) > 0)
            bytes += sent;
        must(WSAGetLastError() == WSAEWOULDBLOCK, "send");
        full = !fd_write_comes(client, client_event);
    } while (!full && ++fills < FD_WRITE_FILLS);
    add_number(out, "bytes_until_full", bytes);
    add_number(out, "fills", fills);
    add_bool(out, "while_full", !full);
    while (tcp_readable(server, PROBE_QUIET_MS))
        must(recv(server, data, sizeof data, 0) > 0, "recv");
    add_bool(out, "after_room", fd_write_comes(client, client_event));
}

const struct probe probe_fd_write = {
    .name = "fd_write",
    .claims = "M4",
    .summary = "when FD_WRITE comes",
    .run = fd_write_run,
};
