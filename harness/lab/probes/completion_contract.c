/* X1: an operation that fails at once queues no completion packet; one that
 * succeeds at once, or is pending, always queues one. Documented so, and that
 * FILE_SKIP_COMPLETION_PORT_ON_SUCCESS takes away the packet of a success at
 * once, not that of a pending operation. A program that frees an OVERLAPPED by
 * its packet depends on this. */
#include "probe.h"

struct contract {
    HANDLE port;
    SOCKET end[2];
    OVERLAPPED io;
    char byte;
};

static void contract_add(struct contract *c, cJSON *out, const char *key,
                         uint32_t code)
{
    cJSON *found = cJSON_AddObjectToObject(out, key);
    add_number(found, "code", code);
    add_number(found, "packets", port_count(c->port));
}

static uint32_t contract_receive(struct contract *c, SOCKET sock)
{
    WSABUF buffer = {1, &c->byte};
    DWORD bytes, flags = 0;
    c->io = (OVERLAPPED){0};
    return error_of(!WSARecv(sock, &buffer, 1, &bytes, &flags, &c->io, NULL));
}

static uint32_t contract_send(struct contract *c)
{
    WSABUF buffer = {1, &c->byte};
    DWORD bytes;
    c->io = (OVERLAPPED){0};
    return error_of(!WSASend(c->end[1], &buffer, 1, &bytes, 0, &c->io, NULL));
}

static void contract_success(struct contract *c, cJSON *out,
                             const char *at_once, const char *pending)
{
    tcp_send(c->end[0], "", 1);
    if (!tcp_readable(c->end[1], PROBE_WAIT_MS))
        probe_fail("WSARecv", WAIT_TIMEOUT);
    contract_add(c, out, at_once, contract_receive(c, c->end[1]));
    const uint32_t code = contract_receive(c, c->end[1]);
    tcp_send(c->end[0], "", 1);
    contract_add(c, out, pending, code);
}

static void contract_run(cJSON *out, const uint64_t *unused)
{
    struct contract c = {.port = port_make()};
    SOCKET unconnected = tcp_socket();
    (void)unused;
    tcp_pair(c.end);
    port_add(c.port, c.end[1], 0);
    port_add(c.port, unconnected, 0);
    contract_add(&c, out, "receive_failed_at_once",
                 contract_receive(&c, unconnected));
    contract_success(&c, out, "success_at_once", "pending");
    must(SetFileCompletionNotificationModes(
             (HANDLE)c.end[1], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS),
         "SetFileCompletionNotificationModes");
    contract_success(&c, out, "skip_success_at_once", "skip_pending");
    must(!shutdown(c.end[1], SD_SEND), "shutdown");
    contract_add(&c, out, "send_failed_at_once", contract_send(&c));
}

const struct probe probe_completion_contract = {
    .name = "completion_contract",
    .claims = "X1",
    .summary = "which operations queue a completion packet",
    .run = contract_run,
};
