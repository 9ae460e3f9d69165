#include "cases.h"
#include "fixture.h"

#include "common/clock.h"

enum {
    BYTES_BUFFER = 4096,
    BYTES_LARGE = 1 << 20,
    BYTES_HALF_CLOSE = 10 * 1024 * 1024,
    BYTES_SLOW = 8 * 1024 * 1024,
};

static const char bytes_buffer[] = "--buffer 4096";
/* Fixed socket buffers on both sides: the sender must block before the end. */
static const char bytes_small[] = "--buffer 4096 --sndbuf 65536 --rcvbuf 65536";

/* One direction of a client in a thread of its own. */
struct bytes_send {
    struct client *client;
    uint64_t bytes;
};

static DWORD WINAPI bytes_send_run(void *arg)
{
    struct bytes_send *s = arg;
    client_send(s->client, s->bytes);
    return 0;
}

static DWORD WINAPI bytes_send_close_run(void *arg)
{
    struct bytes_send *s = arg;
    if (client_send(s->client, s->bytes))
        client_half_close(s->client);
    return 0;
}

/* FIN for FIN, after every byte. */
static void bytes_finish(struct client *c)
{
    if (client_half_close(c))
        client_drain(c);
    fixture_good(c);
}

void case_one_byte(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    int i;
    fixture_serve(f, bytes_buffer);
    c = fixture_connect(f);
    for (i = 0; i < 300 && client_echo(c, 1); i++)
        ;
    fixture_good(c);
    bytes_finish(c);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 1));
}

void case_split(void **state)
{
    static const uint64_t pieces[] = {1, 2, 997, 4000, 1, 4096, 903};
    struct fixture *f = *state;
    struct client *c;
    size_t i;
    fixture_serve(f, bytes_buffer);
    c = fixture_connect(f);
    for (i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        client_send(c, pieces[i]);
        clock_sleep_ms(25);
    }
    client_receive(c, c->sent);
    fixture_good(c);
    bytes_finish(c);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 1));
}

/* Many messages in one send, then an echo of each. */
void case_coalesced(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    int i, round;
    fixture_serve(f, bytes_buffer);
    c = fixture_connect(f);
    for (round = 0; round < 4; round++) {
        client_send(c, 1000 * 16);
        for (i = 0; i < 1000 && client_receive(c, 16); i++)
            ;
    }
    fixture_good(c);
    bytes_finish(c);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 1));
}

void case_larger_than_buffer(void **state)
{
    struct fixture *f = *state;
    static struct bytes_send send;
    cJSON *final;
    fixture_serve(f, bytes_buffer);
    send.client = fixture_connect(f);
    send.bytes = BYTES_LARGE;
    fixture_spawn(f, bytes_send_run, &send);
    client_receive(send.client, BYTES_LARGE);
    fixture_join(f);
    fixture_good(send.client);
    bytes_finish(send.client);
    final = fixture_stop(f, SUMS_WHOLE, 1);
    require(json_count(final, "recvs") >= BYTES_LARGE / BYTES_BUFFER,
            "more than a buffer was received at once");
    cJSON_Delete(final);
}

/* The FIN goes out long before the echo is complete. */
void case_half_close(void **state)
{
    struct fixture *f = *state;
    static struct bytes_send send;
    fixture_serve(f, bytes_buffer);
    send.client = fixture_connect(f);
    send.bytes = BYTES_HALF_CLOSE;
    fixture_spawn(f, bytes_send_close_run, &send);
    client_receive(send.client, BYTES_HALF_CLOSE);
    fixture_join(f);
    client_drain(send.client);
    fixture_good(send.client);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 1));
}

/* Deaf for a second: the server's sends block, and others are served on. */
void case_slow_reader(void **state)
{
    struct fixture *f = *state;
    static struct bytes_send send;
    struct client *other;
    int64_t deaf_until;
    fixture_serve(f, bytes_small);
    send.client = fixture_client(f);
    require(client_open(send.client, f->server.address.ss_family) &&
                client_buffers(send.client, 65536),
            "%s", client_fault(send.client)->text);
    client_connect(send.client, &f->server.address, f->server.address_size);
    fixture_good(send.client);
    send.bytes = BYTES_SLOW;
    other = fixture_connect(f);
    deaf_until = clock_ns() + 1000000000;
    fixture_spawn(f, bytes_send_run, &send);
    clock_sleep_ms(300);
    while (clock_ns() < deaf_until && client_echo(other, 512))
        clock_sleep_ms(20);
    fixture_good(other);
    require(other->received >= 512 * 5,
            "beside a deaf client only %llu bytes were echoed",
            (unsigned long long)other->received);
    require(WaitForSingleObject(f->task[0], 0) == WAIT_TIMEOUT,
            "the sender never blocked: this case tests nothing");
    client_receive(send.client, BYTES_SLOW);
    fixture_join(f);
    fixture_good(send.client);
    bytes_finish(send.client);
    bytes_finish(other);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 2));
}

void case_reset(void **state)
{
    enum { RESETS = 20 };
    struct fixture *f = *state;
    struct client *healthy, *later;
    int i;
    fixture_serve(f, bytes_buffer);
    healthy = fixture_connect(f);
    for (i = 0; i < RESETS; i++) {
        struct client *c = fixture_connect(f);
        if (i % 2)
            client_echo(c, 100); /* the server has met it */
        client_send(c, 50000);   /* the echo is never read */
        fixture_good(c);
        client_reset(c);
        client_echo(healthy, 1000);
        fixture_good(healthy);
    }
    later = fixture_connect(f);
    client_echo(later, 100000);
    bytes_finish(later);
    bytes_finish(healthy);
    cJSON_Delete(fixture_stop(f, SUMS_CUT, UINT64_MAX));
}

void case_ipv6(void **state)
{
    struct fixture *f = *state;
    struct client *c;
    if (!fixture_has_ipv6()) {
        fixture_skip("this machine has no ::1");
        return;
    }
    fixture_serve(f, "--listen [::1]:0");
    require(f->server.address.ss_family == AF_INET6, "no IPv6 address");
    c = fixture_connect(f);
    client_echo(c, 65536);
    fixture_good(c);
    bytes_finish(c);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 1));
}
