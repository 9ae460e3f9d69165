/* D4: a blocking send with SO_SNDBUF = 0 returns only when the peer's TCP has
 * acknowledged it, so one send at a time is very slow. Times of small sends
 * with and without a send buffer. X5: acknowledged is not delivered: a large
 * one returns although the peer's program never reads. Documented: the
 * completion of a send does not say that the data arrived. The peer's receive
 * buffer must hold it. SO_SNDBUF = 0 is Linux's least buffer under Wine, so
 * that these sends return before any acknowledgement there. */
#include "probe.h"
#include "common/clock.h"
#include "common/errors.h"

enum { ACK_BYTES, ACK_REPEATS };
enum { ACK_SMALL_BYTES = 1024 };

struct ack_sends {
    int buffer_bytes;
    double us[64], large_us;
    uint32_t large_code;
    u_long waiting_bytes;
};

static double ack_send(SOCKET sock, const char *data, uint32_t bytes,
                       uint32_t *code)
{
    const int64_t begin_ns = clock_ns();
    *code = error_of(send(sock, data, (int)bytes, 0) == (int)bytes);
    return (double)(clock_ns() - begin_ns) / 1000;
}

static void ack_sends(struct ack_sends *a, bool buffered, uint32_t bytes,
                      uint32_t repeats)
{
    const int none = 0;
    const DWORD wait_ms = PROBE_WAIT_MS;
    int size = sizeof a->buffer_bytes;
    SOCKET small[2], large[2];
    char *data = calloc_or_die(1, bytes);
    tcp_pair(small);
    tcp_pair(large);
    const SOCKET sender[2] = {small[0], large[0]};
    for (int i = 0; i < 2; i++)
        must((buffered || !setsockopt(sender[i], SOL_SOCKET, SO_SNDBUF,
                                      (const char *)&none, sizeof none)) &&
                 !setsockopt(sender[i], SOL_SOCKET, SO_SNDTIMEO,
                             (const char *)&wait_ms, sizeof wait_ms) &&
                 !getsockopt(sender[i], SOL_SOCKET, SO_SNDBUF,
                             (char *)&a->buffer_bytes, &size),
             "setsockopt");
    for (uint32_t i = 0; i < repeats; i++) {
        uint32_t code;
        a->us[i] = ack_send(small[0], data, ACK_SMALL_BYTES, &code);
        if (code)
            probe_fail("send", code);
    }
    a->large_us = ack_send(large[0], data, bytes, &a->large_code);
    must(!ioctlsocket(large[1], FIONREAD, &a->waiting_bytes),
         "ioctlsocket(FIONREAD)");
}

static void ack_run(cJSON *out, const uint64_t *option)
{
    const uint32_t bytes = (uint32_t)option[ACK_BYTES];
    const uint32_t repeats = (uint32_t)option[ACK_REPEATS];
    struct ack_sends none = {0}, some = {0};
    ack_sends(&none, false, bytes, repeats);
    ack_sends(&some, true, bytes, repeats);
    add_number(out, "send_buffer_bytes", none.buffer_bytes);
    add_number(out, "bytes", bytes);
    add_bool(out, "returned", none.large_code == 0);
    add_number(out, "send_code", none.large_code);
    add_number(out, "send_us", none.large_us);
    add_number(out, "peer_read_bytes", 0);
    add_number(out, "peer_waiting_bytes", none.waiting_bytes);
    add_number(out, "small_bytes", ACK_SMALL_BYTES);
    add_number(out, "small_send_us", median(none.us, repeats));
    add_number(out, "usual_send_buffer_bytes", some.buffer_bytes);
    add_number(out, "usual_send_us", some.large_us);
    add_number(out, "usual_small_send_us", median(some.us, repeats));
}

const struct probe probe_ack_is_not_delivery = {
    .name = "ack_is_not_delivery",
    .claims = "D4, X5",
    .summary = "blocking sends with SO_SNDBUF = 0 to a peer that never reads",
    .options = {{"--bytes", 65536, 1024, 1048576,
                 "bytes of the large send [65536]"},
                {"--repeats", 16, 1, 32, "small sends [16]"}},
    .run = ack_run,
};
