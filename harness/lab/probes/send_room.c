/* X4: an overlapped send that fits into the send buffer is done at once, one
 * beyond it is pending until the peer has read. Documented: with room in the
 * buffer the send completes when its bytes are copied there. Sends of one size
 * to a peer that does not read yet; the peer's receive buffer is room, too. */
#include "probe.h"
#include "common/errors.h"

enum { SEND_ROOM_BYTES };
enum { SEND_ROOM_MOST = 64 * 1024 * 1024 };

static void send_room_run(cJSON *out, const uint64_t *option)
{
    const DWORD each = (DWORD)option[SEND_ROOM_BYTES];
    const uint32_t most = SEND_ROOM_MOST / each;
    uint32_t sends = 0, at_once = 0;
    int buffer_bytes = 0, size = sizeof buffer_bytes;
    SOCKET end[2];
    char *data = calloc_or_die(1, each), sink[64 * 1024];
    OVERLAPPED *io = calloc_or_die(most, sizeof *io);

    tcp_pair(end);
    must(!getsockopt(end[0], SOL_SOCKET, SO_SNDBUF, (char *)&buffer_bytes,
                     &size),
         "getsockopt(SO_SNDBUF)");
    /* A pending one may still find room as the peer's buffer grows. */
    for (bool stays = false; sends < most && !stays; sends += !stays) {
        WSABUF buffer = {each, data};
        io[sends].hEvent = event_make();
        const uint32_t code =
            error_of(!WSASend(end[0], &buffer, 1, NULL, 0, &io[sends], NULL));
        if (code && code != WSA_IO_PENDING)
            probe_fail("WSASend", code);
        at_once += code == 0 && at_once == sends;
        stays = code && !event_wait(io[sends].hEvent, PROBE_QUIET_MS);
    }
    add_number(out, "send_bytes", each);
    add_number(out, "send_buffer_bytes", buffer_bytes);
    add_number(out, "sends_at_once", at_once);
    add_number(out, "bytes_at_once", (double)at_once * each);
    add_number(out, "sends_until_full", sends);
    add_bool(out, "then_stays_pending", sends < most);
    if (sends == most)
        return;
    while (!event_wait(io[sends].hEvent, 0) &&
           tcp_readable(end[1], PROBE_WAIT_MS))
        must(recv(end[1], sink, sizeof sink, 0) > 0, "recv");
    add_bool(out, "completed_after_reading",
             event_wait(io[sends].hEvent, PROBE_WAIT_MS));
}

const struct probe probe_send_room = {
    .name = "send_room",
    .claims = "X4",
    .summary = "overlapped sends until the send buffer is full",
    .options = {{"--bytes", 4096, 1024, 1048576, "bytes of each send [4096]"}},
    .run = send_room_run,
};
