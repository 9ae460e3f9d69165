/* Ends at every moment of a connection's life, beside one that stays whole. */
#include "cases.h"
#include "fixture.h"

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
    fixture_echo(c, 1000);
    return c;
}

static void ends_finish(struct client *c)
{
    fixture_echo(c, 10000);
    fixture_finish(c);
}

/* A client that never reads and sends until nothing goes in any more: the
 * server's send to it is blocked then, and what it sent waits unread. */
static struct client *ends_non_reading(struct fixture *f)
{
    static char scratch[ENDS_PIECE];
    struct client *c = fixture_connect_small(f, ENDS_BUFFERS);
    client_blocking(c, false);
    for (int64_t end = fixture_deadline(ENDS_STUCK_MS); clock_ns() < end;)
        if (client_try_send(c, scratch, sizeof scratch) == CLIENT_MOVED)
            end = fixture_deadline(ENDS_STUCK_MS);
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
    fixture_serve(f, ends_small);
    struct client *healthy = ends_healthy(f), *stuck = ends_non_reading(f);
    require(stuck->sent > ENDS_PIECE,
            "the client that never reads sent little");
    client_half_close(stuck);
    clock_sleep_ms(100);
    fixture_echo(healthy, 1000);
    client_drain(stuck);
    fixture_good(stuck);
    ends_finish(healthy);
    fixture_end(f, SUMS_WHOLE, 2);
}

static void ends_after_accept(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    fixture_await_open(f, 2);
    client_reset(c);
}

static void ends_mid_receive(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    fixture_echo(c, 100);
    fixture_send(c, 1);
    client_reset(c);
}

static void ends_while_waiting(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    fixture_echo(c, 5000);
    client_reset(c);
}

static void ends_mid_send(struct fixture *f)
{
    client_reset(ends_non_reading(f));
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
    struct client *c = ends_non_reading(f);
    client_half_close(c);
    clock_sleep_ms(20);
    client_reset(c);
}

/* Closes the direction it receives by: Windows answers what still comes with
 * a reset, Linux drops it. */
static void ends_receiving(struct fixture *f)
{
    struct client *c = fixture_connect(f);
    client_echo(c, 1000);
    require(!shutdown(c->sock, SD_RECEIVE), "shutdown(SD_RECEIVE): %d",
            WSAGetLastError());
    client_send(c, 20000);
    client_close(c);
}

/* The healthy connection notices nothing. */
static void ends_beside(struct fixture *f, void (*end)(struct fixture *f),
                        unsigned times)
{
    fixture_serve(f, ends_small);
    struct client *healthy = ends_healthy(f);
    while (times-- > 0) {
        end(f);
        fixture_await_open(f, 1);
        fixture_echo(healthy, 1000);
    }
    ends_finish(ends_healthy(f));
    ends_finish(healthy);
    fixture_end(f, SUMS_CUT, OPENS_VARY);
}

#define ENDS_CASE(name, end, times)                                            \
    void case_##name(void **state)                                             \
    {                                                                          \
        ends_beside(*state, end, times);                                       \
    }
ENDS_CASE(half_close_receive, ends_receiving, ENDS_EACH)
ENDS_CASE(reset_after_accept, ends_after_accept, ENDS_EACH)
ENDS_CASE(reset_mid_receive, ends_mid_receive, ENDS_EACH)
ENDS_CASE(reset_while_waiting, ends_while_waiting, ENDS_EACH)
ENDS_CASE(reset_mid_send, ends_mid_send, 1)
ENDS_CASE(reset_while_closing, ends_while_closing, ENDS_EACH)
ENDS_CASE(reset_closing_stuck, ends_closing_stuck, 1)
