/* X2: WSAAsyncSelect and WSAEventSelect serve strictly in the order of arrival,
 * select does not. Data arrives on eight connections in a mixed order before
 * anything is taken. Documented: a thread's messages and a port's packets are
 * queues; WSAWaitForMultipleEvents returns the lowest index that is signalled;
 * select and WSAPoll say which sockets are ready, and not since when. */
#include "probe.h"
#include <string.h>

enum { ORDER_SOCKETS = 8, ORDER_GAP_MS = 5 };

static const uint32_t order_sent[ORDER_SOCKETS] = {5, 2, 7, 0, 3, 6, 1, 4};

struct order {
    SOCKET client[ORDER_SOCKETS], server[ORDER_SOCKETS];
    uint32_t found[ORDER_SOCKETS], count;
};

static void order_open(struct order *o)
{
    o->count = 0;
    for (int i = 0; i < ORDER_SOCKETS; i++) {
        SOCKET end[2];
        tcp_pair(end);
        o->client[i] = end[0];
        o->server[i] = end[1];
    }
}

static void order_send(const struct order *o)
{
    for (int i = 0; i < ORDER_SOCKETS; i++) {
        tcp_send(o->client[order_sent[i]], "", 1);
        Sleep(ORDER_GAP_MS);
    }
}

static void order_take(struct order *o, SOCKET sock)
{
    char byte;
    for (uint32_t i = 0; i < ORDER_SOCKETS; i++)
        if (o->server[i] == sock && o->count < ORDER_SOCKETS)
            o->found[o->count++] = i;
    must(recv(sock, &byte, 1, 0) == 1, "recv");
}

static void order_async_select(struct order *o)
{
    HWND window = window_make();
    MSG message;
    for (int i = 0; i < ORDER_SOCKETS; i++)
        must(!WSAAsyncSelect(o->server[i], window, WM_USER, FD_READ),
             "WSAAsyncSelect");
    order_send(o);
    while (window_take(window, &message, PROBE_QUIET_MS))
        order_take(o, (SOCKET)message.wParam);
}

static void order_event_select(struct order *o)
{
    HANDLE event[ORDER_SOCKETS];
    WSANETWORKEVENTS events;
    for (int i = 0; i < ORDER_SOCKETS; i++) {
        event[i] = event_make();
        must(!WSAEventSelect(o->server[i], event[i], FD_READ),
             "WSAEventSelect");
    }
    order_send(o);
    for (;;) {
        const DWORD got = WSAWaitForMultipleEvents(ORDER_SOCKETS, event, FALSE,
                                                   PROBE_QUIET_MS, FALSE);
        must(got != WSA_WAIT_FAILED, "WSAWaitForMultipleEvents");
        if (got == WSA_WAIT_TIMEOUT)
            return;
        const DWORD i = got - WSA_WAIT_EVENT_0;
        must(!WSAEnumNetworkEvents(o->server[i], event[i], &events),
             "WSAEnumNetworkEvents");
        if (events.lNetworkEvents & FD_READ)
            order_take(o, o->server[i]);
    }
}

static void order_port(struct order *o)
{
    static OVERLAPPED io[ORDER_SOCKETS];
    static char byte[ORDER_SOCKETS];
    HANDLE port = port_make();
    for (uint32_t i = 0; i < ORDER_SOCKETS; i++) {
        port_add(port, o->server[i], i);
        receive_pend(o->server[i], &byte[i], 1, &io[i]);
    }
    order_send(o);
    while (o->count < ORDER_SOCKETS) {
        const struct port_done done = port_take(port, PROBE_WAIT_MS);
        if (!done.io)
            return;
        o->found[o->count++] = (uint32_t)done.key;
    }
}

static void order_select(struct order *o)
{
    static fd_set set;
    struct timeval wait = {.tv_sec = PROBE_WAIT_MS / 1000};
    order_send(o);
    FD_ZERO(&set);
    for (int i = 0; i < ORDER_SOCKETS; i++)
        FD_SET(o->server[i], &set);
    must(select(0, &set, NULL, NULL, &wait) >= 0, "select");
    for (u_int i = 0; i < set.fd_count; i++)
        order_take(o, set.fd_array[i]);
}

static void order_poll(struct order *o)
{
    WSAPOLLFD poll[ORDER_SOCKETS];
    order_send(o);
    for (int i = 0; i < ORDER_SOCKETS; i++)
        poll[i] = (WSAPOLLFD){.fd = o->server[i], .events = POLLRDNORM};
    must(WSAPoll(poll, ORDER_SOCKETS, PROBE_WAIT_MS) >= 0, "WSAPoll");
    for (int i = 0; i < ORDER_SOCKETS; i++)
        if (poll[i].revents)
            order_take(o, poll[i].fd);
}

static void order_run(cJSON *out, const uint64_t *unused)
{
    static const struct {
        const char *name, *in_order;
        void (*run)(struct order *);
    } way[] = {
        {"async_select", "async_select_in_order", order_async_select},
        {"event_select", "event_select_in_order", order_event_select},
        {"port", "port_in_order", order_port},
        {"select", "select_in_order", order_select},
        {"poll", "poll_in_order", order_poll},
    };
    (void)unused;
    add_numbers(out, "sent", order_sent, ORDER_SOCKETS);
    for (size_t i = 0; i < sizeof way / sizeof *way; i++) {
        struct order o;
        order_open(&o);
        way[i].run(&o);
        add_numbers(out, way[i].name, o.found, o.count);
        add_bool(out, way[i].in_order,
                 o.count == ORDER_SOCKETS &&
                     memcmp(o.found, order_sent, sizeof order_sent) == 0);
    }
}

const struct probe probe_order_of_events = {
    .name = "order_of_events",
    .claims = "X2",
    .summary = "whether each way of waiting serves in the order of arrival",
    .run = order_run,
};
