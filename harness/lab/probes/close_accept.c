/* A6: an accept socket must not be closed before it is connected: what the
 * kernel holds for it stays until a connection comes or the listener closes.
 * Documented is only that closing a socket cancels its pending operations; so
 * each AcceptEx should complete with ERROR_OPERATION_ABORTED, and the non-paged
 * pool should fall back. Wine has no pool. */
#include "probe.h"
#include "common/errors.h"

enum { CLOSE_ACCEPT_COUNT };

static void close_accept_run(cJSON *out, const uint64_t *option)
{
    const uint32_t count = (uint32_t)option[CLOSE_ACCEPT_COUNT];
    uint32_t completed = 0, aborted = 0;
    SOCKET listener = tcp_listen(SOMAXCONN);
    HANDLE port = port_make();
    LPFN_ACCEPTEX accept_ex = accept_ex_find(listener);
    struct pending_accept *accepts = calloc_or_die(count, sizeof *accepts);

    port_add(port, listener, 0);
    add_pool(out, "pool_before_bytes");
    for (uint32_t i = 0; i < count; i++)
        accept_post(accept_ex, listener, &accepts[i], 0);
    add_pool(out, "pool_posted_bytes");
    for (uint32_t i = 0; i < count; i++)
        tcp_close(accepts[i].sock);
    for (struct port_done done = port_take(port, PROBE_QUIET_MS); done.io;
         done = port_take(port, PROBE_QUIET_MS)) {
        completed++;
        aborted += done.error == ERROR_OPERATION_ABORTED;
    }
    add_pool(out, "pool_closed_bytes");
    add_number(out, "closed", count);
    add_number(out, "completed", completed);
    add_number(out, "aborted", aborted);
    tcp_close(listener);
    add_number(out, "completed_with_listener", port_count(port));
    add_pool(out, "pool_listener_closed_bytes");
}

const struct probe probe_close_accept = {
    .name = "close_accept",
    .claims = "A6",
    .summary = "closing the sockets of pending AcceptEx calls",
    .options = {{"--accepts", 32, 1, 10000, "AcceptEx calls [32]"}},
    .run = close_accept_run,
};
