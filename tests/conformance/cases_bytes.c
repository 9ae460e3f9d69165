/* Every byte comes back, however it was sent. */
#include "cases.h"
#include "fixture.h"

#include "common/clock.h"

enum {
    BYTES_BUFFER = 4096,
    BYTES_LARGE = 1 << 20,
    BYTES_HALF_CLOSE = 10 * 1024 * 1024,
    BYTES_SLOW = 8 * 1024 * 1024,
    BYTES_SOCKET = 65536
};

static const char bytes_buffer[] = "--buffer 4096";
/* Fixed socket buffers on both sides: the sender must block before the end. */
static const char bytes_small[] = "--buffer 4096 --sndbuf 65536 --rcvbuf 65536";

/* One direction of a client in a thread of its own. */
struct bytes_send {
    struct client *client;
    uint64_t bytes;
    bool then_close;
};

static DWORD WINAPI bytes_send_run(void *arg)
{
    struct bytes_send *s = arg;
    if (client_send(s->client, s->bytes) && s->then_close)
        client_half_close(s->client);
    return 0;
}

void case_one_byte(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    struct client *c = fixture_connect(f);
    for (int i = 0; i < 300; i++)
        fixture_echo(c, 1);
    fixture_finish(c);
    fixture_end(f, SUMS_WHOLE, 1);
}

void case_split(void **state)
{
    static const uint64_t pieces[] = {1, 2, 997, 4000, 1, 4096, 903};
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    struct client *c = fixture_connect(f);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        fixture_send(c, pieces[i]);
        clock_sleep_ms(25);
    }
    fixture_finish(c);
    fixture_end(f, SUMS_WHOLE, 1);
}

/* Many messages in one send, then an echo of each. */
void case_coalesced(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    struct client *c = fixture_connect(f);
    for (int round = 0; round < 4; round++) {
        fixture_send(c, 1000 * 16);
        for (int i = 0; i < 1000 && client_receive(c, 16); i++)
            ;
    }
    fixture_finish(c);
    fixture_end(f, SUMS_WHOLE, 1);
}

/* Sends in a thread of its own, and receives meanwhile. */
static void bytes_through(struct fixture *f, uint64_t bytes, bool then_close)
{
    static struct bytes_send send; /* of a thread that outlives a failure */
    send = (struct bytes_send){fixture_connect(f), bytes, then_close};
    fixture_spawn(f, bytes_send_run, &send);
    client_receive(send.client, bytes);
    fixture_join(f);
    fixture_good(send.client);
    if (!then_close)
        client_half_close(send.client);
    client_drain(send.client);
    fixture_good(send.client);
}

void case_larger_than_buffer(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    bytes_through(f, BYTES_LARGE, false);
    cJSON *final = fixture_stop(f, SUMS_WHOLE, 1);
    require(json_count(final, "recvs") >= BYTES_LARGE / BYTES_BUFFER,
            "more than a buffer was received at once");
    cJSON_Delete(final);
}

/* The FIN goes out long before the echo is complete. */
void case_half_close(void **state)
{
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    bytes_through(f, BYTES_HALF_CLOSE, true);
    fixture_end(f, SUMS_WHOLE, 1);
}

/* Reads nothing for a second: the server's sends block, and others are served
 * on. */
void case_slow_reader(void **state)
{
    static struct bytes_send send;
    struct fixture *f = *state;
    fixture_serve(f, bytes_small);
    send = (struct bytes_send){fixture_connect_small(f, BYTES_SOCKET),
                               BYTES_SLOW, false};
    struct client *other = fixture_connect(f);
    const int64_t silent_until = fixture_deadline(1000);
    fixture_spawn(f, bytes_send_run, &send);
    clock_sleep_ms(300);
    while (clock_ns() < silent_until && client_echo(other, 512))
        clock_sleep_ms(20);
    fixture_good(other);
    require(other->received >= 512 * 5,
            "beside a client that does not read only %llu bytes were echoed",
            (unsigned long long)other->received);
    require(WaitForSingleObject(f->task[0], 0) == WAIT_TIMEOUT,
            "the sender never blocked: this case tests nothing");
    client_receive(send.client, BYTES_SLOW);
    fixture_join(f);
    fixture_finish(send.client);
    fixture_finish(other);
    fixture_end(f, SUMS_WHOLE, 2);
}

void case_reset(void **state)
{
    enum { RESETS = 20 };
    struct fixture *f = *state;
    fixture_serve(f, bytes_buffer);
    struct client *healthy = fixture_connect(f);
    for (int i = 0; i < RESETS; i++) {
        struct client *c = fixture_connect(f);
        if (i % 2)
            client_echo(c, 100); /* the server has met it */
        fixture_send(c, 50000);  /* the echo is never read */
        client_reset(c);
        fixture_echo(healthy, 1000);
    }
    struct client *later = fixture_connect(f);
    fixture_echo(later, 100000);
    fixture_finish(later);
    fixture_finish(healthy);
    fixture_end(f, SUMS_CUT, OPENS_VARY);
}

void case_ipv6(void **state)
{
    struct fixture *f = *state;
    if (!fixture_has_ipv6()) {
        fixture_skip("this machine has no ::1");
        return;
    }
    fixture_serve(f, "--listen [::1]:0");
    require(f->server.address.ss_family == AF_INET6, "no IPv6 address");
    struct client *c = fixture_connect(f);
    fixture_echo(c, 65536);
    fixture_finish(c);
    fixture_end(f, SUMS_WHOLE, 1);
}
