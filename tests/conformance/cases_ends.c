/* Ends at every moment of a connection's life, beside one that stays whole. */
#include "cases.h"
#include "fixture.h"

#include <stdlib.h>
#include "common/clock.h"

enum {
    ENDS_BUFFERS = 65536,
    ENDS_PIECE = 65536,
    ENDS_STUCK_MS = 200, /* nothing goes in any more: the server is stuck */
    ENDS_EACH = 5
};

static const char ends_small[] = "--buffer 4096 --sndbuf 65536 --rcvbuf 65536";

static struct client *ends_healthy(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    client_echo(c, 1000);
    fixture_good(c);
    return c;
}

static void ends_finish(struct client *c)
{
    client_echo(c, 10000);
    if (client_half_close(c))
        client_drain(c);
    fixture_good(c);
}

/* Waits until so many are open: what went before has been seen. */
static void ends_await(struct fixture *f, uint64_t open)
{
    int64_t end = clock_ns() + (int64_t)CLIENT_PATIENCE_MS * 1000000;
    for (;;) {
        cJSON *sample = fixture_mark(f, "ends");
        uint64_t now = json_count(sample, "connections");
        cJSON_Delete(sample);
        if (now == open)
            return;
        require(clock_ns() < end, "%llu connections are open, not %llu",
                (unsigned long long)now, (unsigned long long)open);
        clock_sleep_ms(5);
    }
}

/* A client that never reads and sends until nothing goes in any more: the
 * server's send to it is blocked then, and what it sent waits unread. */
static struct client *ends_deaf(struct fixture *f)
{
    static char scratch[ENDS_PIECE];
    struct client *c = fixture_client(f);
    const int64_t stuck = (int64_t)ENDS_STUCK_MS * 1000000;
    int64_t end;
    if (client_open(c, f->server.address.ss_family) &&
        client_buffers(c, ENDS_BUFFERS) &&
        client_connect(c, &f->server.address, f->server.address_size))
        client_blocking(c, false);
    for (end = clock_ns() + stuck; clock_ns() < end;)
        if (client_try_send(c, scratch, sizeof scratch) == CLIENT_MOVED)
            end = clock_ns() + stuck;
        else
            clock_sleep_ms(5);
    client_blocking(c, true);
    fixture_good(c);
    return c;
}

/* The FIN waits behind bytes that the server cannot take yet. */
void case_fin_in_blocked_send(void **state)
{
    struct fixture *f = *state;
    struct client *healthy, *deaf;
    fixture_serve(f, ends_small);
    healthy = ends_healthy(f);
    deaf = ends_deaf(f);
    require(deaf->sent > ENDS_PIECE, "the deaf client sent nothing");
    client_half_close(deaf);
    clock_sleep_ms(100);
    client_echo(healthy, 1000);
    fixture_good(healthy);
    client_drain(deaf);
    fixture_good(deaf);
    ends_finish(healthy);
    cJSON_Delete(fixture_stop(f, SUMS_WHOLE, 2));
}

static void ends_after_accept(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    ends_await(f, 2);
    client_reset(c);
}

static void ends_mid_receive(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    client_echo(c, 100);
    client_send(c, 1);
    fixture_good(c);
    client_reset(c);
}

static void ends_while_waiting(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    client_echo(c, 5000);
    fixture_good(c);
    client_reset(c);
}

static void ends_mid_send(struct fixture *f)
{
    client_reset(ends_deaf(f));
}

/* The FIN is there, its answer under way. */
static void ends_while_closing(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    client_send(c, 3000);
    client_half_close(c);
    fixture_good(c);
    client_reset(c);
}

/* FIN behind what cannot be sent, then the reset. */
static void ends_closing_stuck(struct fixture *f)
{
    struct client *c = ends_deaf(f);
    client_half_close(c);
    clock_sleep_ms(20);
    client_reset(c);
}

static void ends_reset(struct fixture *f, void (*reset)(struct fixture *f),
                       unsigned times)
{
    struct client *healthy;
    fixture_serve(f, ends_small);
    healthy = ends_healthy(f);
    while (times-- > 0) {
        reset(f);
        ends_await(f, 1);
        client_echo(healthy, 1000);
        fixture_good(healthy);
    }
    ends_finish(ends_healthy(f));
    ends_finish(healthy);
    cJSON_Delete(fixture_stop(f, SUMS_CUT, UINT64_MAX));
}

void case_reset_after_accept(void **state)
{
    ends_reset(*state, ends_after_accept, ENDS_EACH);
}

void case_reset_mid_receive(void **state)
{
    ends_reset(*state, ends_mid_receive, ENDS_EACH);
}

void case_reset_while_waiting(void **state)
{
    ends_reset(*state, ends_while_waiting, ENDS_EACH);
}

void case_reset_mid_send(void **state)
{
    ends_reset(*state, ends_mid_send, 1);
}

void case_reset_while_closing(void **state)
{
    ends_reset(*state, ends_while_closing, ENDS_EACH);
}

void case_reset_closing_stuck(void **state)
{
    ends_reset(*state, ends_closing_stuck, 1);
}

/* Closes the direction it receives by: Windows answers what still comes with
 * a reset, Linux drops it. Either way the others see nothing of it. */
void case_half_close_receive(void **state)
{
    struct fixture *f = *state;
    struct client *healthy;
    int i;
    fixture_serve(f, "--buffer 4096");
    healthy = ends_healthy(f);
    for (i = 0; i < ENDS_EACH; i++) {
        struct client *c = fixture_connect(f);
        client_echo(c, 1000);
        require(!shutdown(c->sock, SD_RECEIVE), "shutdown(SD_RECEIVE): %d",
                WSAGetLastError());
        client_send(c, 20000);
        client_close(c);
        ends_await(f, 1);
        client_echo(healthy, 1000);
        fixture_good(healthy);
    }
    ends_finish(healthy);
    cJSON_Delete(fixture_stop(f, SUMS_CUT, UINT64_MAX));
}
