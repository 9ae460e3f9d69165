/* A1: one burst of clients, more than there are pending AcceptEx calls, is not
 * refused while the backlog has room (15 pending, 50 clients, a backlog of
 * 200). Documented: listen()'s backlog is the queue of connections that nothing
 * has accepted yet; when it is full, connect() fails with WSAECONNREFUSED.
 * Linux below Wine drops the SYN instead: such clients get no answer. */
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"

enum { BURST_PENDING, BURST_CLIENTS, BURST_BACKLOG, BURST_WAIT_MS };

static SOCKET burst_start(const struct sockaddr_in *to)
{
    SOCKET sock = tcp_socket();
    u_long on = 1;
    must(!ioctlsocket(sock, (long)FIONBIO, &on), "ioctlsocket(FIONBIO)");
    must(!connect(sock, (const struct sockaddr *)to, sizeof *to) ||
             WSAGetLastError() == WSAEWOULDBLOCK,
         "connect");
    return sock;
}

/* Waits until each client has its answer or the time is up; closes those that
 * have none, and counts the others. */
static void burst_wait(SOCKET *client, uint32_t clients, uint64_t wait_ms,
                       uint32_t *connected, uint32_t *refused)
{
    const int64_t until_ns = clock_ns() + (int64_t)wait_ms * 1000000;
    struct timeval pause = {.tv_usec = 20000};
    static fd_set writable, failed; /* too large for a stack */
    for (uint32_t left = clients; left > 0 && clock_ns() < until_ns;) {
        FD_ZERO(&writable);
        FD_ZERO(&failed);
        left = 0;
        for (uint32_t i = 0; i < clients; i++)
            if (client[i] != INVALID_SOCKET) {
                FD_SET(client[i], &writable);
                FD_SET(client[i], &failed);
                left++;
            }
        if (left == 0)
            return;
        must(select(0, NULL, &writable, &failed, &pause) >= 0, "select");
        for (uint32_t i = 0; i < clients; i++) {
            const bool bad = FD_ISSET(client[i], &failed);
            if (!bad && !FD_ISSET(client[i], &writable))
                continue;
            *(bad ? refused : connected) += 1;
            client[i] = INVALID_SOCKET; /* it stays open */
        }
    }
    for (uint32_t i = 0; i < clients; i++)
        if (client[i] != INVALID_SOCKET)
            tcp_close(client[i]);
}

static void burst_run(cJSON *out, const uint64_t *option)
{
    const uint32_t pending = (uint32_t)option[BURST_PENDING];
    const uint32_t clients = (uint32_t)option[BURST_CLIENTS];
    uint32_t connected = 0, refused = 0, by_pending, from_backlog = 0;
    SOCKET listener = tcp_listen((int)option[BURST_BACKLOG]);
    HANDLE port = port_make();
    LPFN_ACCEPTEX accept_ex = accept_ex_find(listener);
    struct pending_accept *accepts =
        calloc_or_die(pending + clients + 1, sizeof *accepts);
    SOCKET *client = calloc_or_die(clients, sizeof *client);
    const struct sockaddr_in to = tcp_address(listener);

    port_add(port, listener, 0);
    for (uint32_t i = 0; i < pending; i++)
        accept_post(accept_ex, listener, &accepts[i], 0);
    for (uint32_t i = 0; i < clients; i++)
        client[i] = burst_start(&to);
    burst_wait(client, clients, option[BURST_WAIT_MS], &connected, &refused);
    by_pending = port_count(port);
    do
        accept_post(accept_ex, listener, &accepts[pending + from_backlog], 0);
    while (port_take(port, PROBE_QUIET_MS).io && ++from_backlog < clients);

    add_number(out, "pending", pending);
    add_number(out, "clients", clients);
    add_number(out, "backlog", (double)option[BURST_BACKLOG]);
    add_number(out, "connected", connected);
    add_number(out, "refused", refused);
    add_number(out, "unanswered", clients - connected - refused);
    add_number(out, "accepted_by_pending", by_pending);
    add_number(out, "accepted_from_backlog", from_backlog);
}

const struct probe probe_burst = {
    .name = "burst",
    .claims = "A1",
    .summary = "more clients at once than pending AcceptEx calls",
    .options =
        {
            {"--pending", 15, 0, 1000, "AcceptEx calls posted before [15]"},
            {"--clients", 50, 1, 1000, "clients that connect at once [50]"},
            {"--backlog", 200, 1, 65535, "listen() backlog [200]"},
            {"--wait-ms", 3000, 100, 10000,
             "longest wait for the clients' answers, ms [3000]"},
        },
    .run = burst_run,
};
