/* A3: an event for FD_ACCEPT on the listener is signalled when the pending
 * AcceptEx calls have run out, which is the time to post more. Documented for
 * WSAEventSelect: FD_ACCEPT is recorded when a connection waits to be accepted,
 * and again after an accepting call while more wait. */
#include "probe.h"
#include "common/errors.h"

enum { ACCEPT_EVENT_PENDING, ACCEPT_EVENT_SETTLE_MS };

static void accept_event_run(cJSON *out, const uint64_t *option)
{
    const uint32_t pending = (uint32_t)option[ACCEPT_EVENT_PENDING];
    uint32_t client = 0;
    DWORD wait_ms;
    WSANETWORKEVENTS events = {0};
    SOCKET listener = tcp_listen(SOMAXCONN);
    HANDLE port = port_make();
    HANDLE event = event_make();
    LPFN_ACCEPTEX accept_ex = accept_ex_find(listener);
    struct pending_accept *accepts =
        calloc_or_die(pending + 2, sizeof *accepts);

    port_add(port, listener, 0);
    for (uint32_t i = 0; i < pending; i++)
        accept_post(accept_ex, listener, &accepts[i], 0);
    must(!WSAEventSelect(listener, event, FD_ACCEPT), "WSAEventSelect");
    do { /* where it should come, it gets more time */
        wait_ms = client < pending ? (DWORD)option[ACCEPT_EVENT_SETTLE_MS]
                                   : PROBE_QUIET_MS;
        tcp_connect(listener);
        client++;
    } while (!event_wait(event, wait_ms) && client < pending + 2);

    add_number(out, "pending", pending);
    add_bool(out, "signalled", event_wait(event, 0));
    add_number(out, "signalled_at_client", client);
    add_number(out, "accepted_before", port_count(port));
    /* This resets the event. */
    must(!WSAEnumNetworkEvents(listener, event, &events),
         "WSAEnumNetworkEvents");
    add_bool(out, "fd_accept", (events.lNetworkEvents & FD_ACCEPT) != 0);
    accept_post(accept_ex, listener, &accepts[pending], 0);
    add_number(out, "accepted_after_one_more", port_count(port));
    add_bool(out, "signalled_while_none_waits", event_wait(event, 0));
    tcp_connect(listener);
    add_bool(out, "signalled_again", event_wait(event, PROBE_QUIET_MS));
}

const struct probe probe_accept_event = {
    .name = "accept_event",
    .claims = "A3",
    .summary = "when FD_ACCEPT is signalled beside pending AcceptEx calls",
    .options =
        {
            {"--pending", 15, 1, 1000, "AcceptEx calls posted before [15]"},
            {"--settle-ms", 20, 0, 500,
             "wait for the event after each client, ms [20]"},
        },
    .run = accept_event_run,
};
