/* AcceptEx with a receive buffer.
 * A4: it does not complete before data comes, so silent clients use up the
 *     pending calls. Documented so.
 * A5: SO_CONNECT_TIME of an accept socket tells the seconds since the client
 *     connected, or 0xFFFFFFFF without one, and closing the socket ends its
 *     AcceptEx. Documented for just this case.
 * X9: whether it waits for all of its buffer or for some bytes. Documented: it
 *     completes as soon as any data arrives.
 * X10: while one waits for data, another cannot be posted (documented nowhere).
 * X11: posted while the backlog holds connections, it is done at once. AcceptEx
 *     may return TRUE then; Wine's never does. */
#include "probe.h"
#include "common/errors.h"

enum { FIRST_DATA_SILENT, FIRST_DATA_TIMEOUT_S };

struct first_data {
    SOCKET listener;
    HANDLE port;
    LPFN_ACCEPTEX accept_ex;
    struct pending_accept *accepts;
    uint32_t count;
};

static DWORD first_data_connect_s(SOCKET sock)
{
    DWORD seconds = 0;
    int size = sizeof seconds;
    must(
        !getsockopt(sock, SOL_SOCKET, SO_CONNECT_TIME, (char *)&seconds, &size),
        "getsockopt(SO_CONNECT_TIME)");
    return seconds;
}

static SOCKET first_data_client(struct first_data *f, uint32_t bytes)
{
    char data[ACCEPT_DATA] = {0};
    SOCKET sock = tcp_connect(f->listener);
    if (bytes > 0)
        tcp_send(sock, data, bytes);
    return sock;
}

/* One AcceptEx with a silent client (A4, X10), then one with some data (X9). */
static void first_data_one(struct first_data *f, cJSON *out)
{
    struct pending_accept *silent = &f->accepts[0], *other = &f->accepts[1];
    accept_post(f->accept_ex, f->listener, silent, ACCEPT_DATA);
    add_bool(out, "connect_time_without_client",
             first_data_connect_s(silent->sock) != UINT32_MAX);
    SOCKET client = first_data_client(f, 0);
    add_bool(out, "completed_without_data", port_count(f->port) > 0);
    add_bool(out, "connect_time_while_it_waits",
             first_data_connect_s(silent->sock) != UINT32_MAX);
    accept_post(f->accept_ex, f->listener, other, ACCEPT_DATA);
    first_data_client(f, 10);
    struct port_done done = port_take(f->port, PROBE_WAIT_MS);
    add_bool(out, "second_completed_while_first_waits", done.io == &other->io);
    add_number(out, "buffer_bytes", ACCEPT_DATA);
    add_number(out, "sent_bytes", 10);
    add_number(out, "completed_with_bytes", done.bytes);
    tcp_send(client, "", 1);
    add_bool(out, "completed_by_first_byte",
             port_take(f->port, PROBE_WAIT_MS).io == &silent->io);
}

/* Posts one for each that completes; returns how many clients were served. */
static uint32_t first_data_serve(struct first_data *f)
{
    uint32_t served = 0;
    struct port_done done;
    for (;; served += done.error == 0) {
        done = port_take(f->port, PROBE_QUIET_MS);
        if (!done.io)
            return served;
        accept_post(f->accept_ex, f->listener,
                    (struct pending_accept *)(void *)done.io, ACCEPT_DATA);
    }
}

/* All pending AcceptEx have silent clients: is another served, before and after
 * the sweep (A4, A5)? */
static void first_data_starve(struct first_data *f, cJSON *out, DWORD timeout_s)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < f->count; i++)
        accept_post(f->accept_ex, f->listener, &f->accepts[i], ACCEPT_DATA);
    for (uint32_t i = 0; i < f->count; i++)
        first_data_client(f, 0);
    for (uint32_t i = 0; i < f->count; i++)
        first_data_client(f, 1);
    add_number(out, "silent", f->count);
    add_number(out, "senders", f->count);
    add_number(out, "served_before_sweep", first_data_serve(f));
    Sleep(timeout_s * 1000 + 100);
    for (uint32_t i = 0; i < f->count; i++) {
        const DWORD seconds = first_data_connect_s(f->accepts[i].sock);
        if (seconds == UINT32_MAX || seconds < timeout_s)
            continue;
        found++;
        tcp_close(f->accepts[i].sock);
    }
    add_number(out, "found_by_sweep", found);
    add_number(out, "served_after_sweep", first_data_serve(f));
}

/* Connections first, AcceptEx afterwards, without a buffer (X11). */
static void first_data_late(cJSON *out, uint32_t count)
{
    SOCKET listener = tcp_listen(SOMAXCONN);
    HANDLE port = port_make();
    LPFN_ACCEPTEX accept_ex = accept_ex_find(listener);
    struct pending_accept *accepts = calloc_or_die(count, sizeof *accepts);
    uint32_t at_once = 0;
    port_add(port, listener, 0);
    for (uint32_t i = 0; i < count; i++)
        tcp_connect(listener);
    for (uint32_t i = 0; i < count; i++)
        at_once += accept_post(accept_ex, listener, &accepts[i], 0);
    add_number(out, "backlog_accepts", count);
    add_number(out, "backlog_done_at_once", at_once);
    add_number(out, "backlog_completed", port_count(port));
}

static void first_data_run(cJSON *out, const uint64_t *option)
{
    struct first_data f = {.listener = tcp_listen(SOMAXCONN),
                           .port = port_make(),
                           .count = (uint32_t)option[FIRST_DATA_SILENT]};
    f.accept_ex = accept_ex_find(f.listener);
    f.accepts = calloc_or_die(f.count, sizeof *f.accepts);
    port_add(f.port, f.listener, 0);
    first_data_one(&f, out);
    first_data_starve(&f, out, (DWORD)option[FIRST_DATA_TIMEOUT_S]);
    first_data_late(out, f.count);
}

const struct probe probe_first_data = {
    .name = "first_data",
    .claims = "A4, A5, X9, X10, X11",
    .summary = "AcceptEx with a receive buffer, silent clients, the sweep",
    .options =
        {
            {"--silent", 16, 2, 100,
             "pending AcceptEx calls, and silent clients [16]"},
            {"--timeout-s", 1, 1, 10, "silence that the sweep allows, s [1]"},
        },
    .run = first_data_run,
};
