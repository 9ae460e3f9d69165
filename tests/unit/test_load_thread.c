#include <math.h>
#include <stdlib.h>

#include "unit.h"
#include "common/clock.h"
#include "clients/load_thread.h"
#include "clients/load.h"

enum { MS = 1000000 };

static uint64_t rested(const struct load_thread *thread)
{
    return thread_rested(thread, clock_ns());
}

/* A wait counts when it is over, and before. */
static void test_waiting(void **state)
{
    struct load_thread thread = {0};
    uint64_t waited;

    assert_int_equal(rested(&thread), 0);
    thread_rest(&thread);
    clock_sleep_ms(20);
    waited = rested(&thread);
    assert_true(waited >= 19 * MS);
    clock_sleep_ms(20);
    thread_wake(&thread);
    waited = rested(&thread);
    assert_true(waited >= 39 * MS);
    clock_sleep_ms(20);
    assert_int_equal(rested(&thread), waited);
}

/* Thousands of waits that found something ready at once are no rest. */
static void test_calls(void **state)
{
    struct load_thread thread = {0};
    int64_t began = clock_ns();

    for (int i = 0; i < 100000; i++) {
        thread_rest(&thread);
        thread_wake(&thread);
    }
    /* Some were long: another thread had the processor. */
    assert_true(rested(&thread) < (uint64_t)(clock_ns() - began) / 2 + 20 * MS);
}

static void test_saturated(void **state)
{
    assert_true(thread_saturated(7 * MS, 56 * MS, 1000 * MS));
    assert_false(thread_saturated(7 * MS, 57 * MS, 1000 * MS));
    /* There is no window, but no work either. */
    assert_false(thread_saturated(7 * MS, 7 * MS, 0));
    assert_true(thread_saturated(7 * MS, 7 * MS, 1));
}

static void test_threads(void **state)
{
    assert_int_equal(load_threads(1, 100), 1);
    assert_int_equal(load_threads(2, 100), 1);
    assert_int_equal(load_threads(4, 100), 2);
    assert_int_equal(load_threads(64, 100), 32);
    assert_int_equal(load_threads(64, 3), 3);
    assert_int_equal(load_threads(2000, 100000), OPTION_LOAD_THREADS_MAX);
}

/* Clients leave the queue by their time, in whichever order they come. */
static void test_queue(void **state)
{
    enum { CLIENTS = 500, ROUNDS = 20000 };
    struct part part = {0};
    struct client *clients = calloc(CLIENTS, sizeof *clients);
    struct random r = {1};
    int64_t last = 0;

    assert_non_null(clients);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].part = &part;
        client_queue(&clients[i], (int64_t)random_below(&r, 1000));
    }
    for (int i = 0; i < ROUNDS + CLIENTS; i++) {
        struct client *client = part.queue;

        assert_non_null(client);
        assert_true(client->due_ns >= last && client->queued);
        last = client->due_ns;
        part_unqueue(&part);
        assert_false(client->queued);
        if (i < ROUNDS)
            client_queue(client, last + (int64_t)random_below(&r, 1000));
    }
    assert_null(part.queue);
    free(clients);
}

/* --arrivals poisson: intervals whose spread is their mean, known again at the
 * echo, also where not each one is asked for. */
static void test_random_schedule(void **state)
{
    enum { MESSAGES = 200000 };
    const double mean = 1e6;
    struct load_thread thread = {
        .schedule_ns = mean, .random = true, .paced_ns = 7};
    struct client client = {.thread = &thread, .flow.seed = 12345};
    struct due again = {0};
    double squares = 0;
    int64_t last = 7, at = 0;

    for (uint64_t i = 1; i <= MESSAGES; i++) {
        at = client_intended(&client, &client.sent, i);
        assert_true(at >= last);
        squares += (double)(at - last) * (double)(at - last);
        last = at;
        if (i % 64 == 0)
            assert_int_equal(client_intended(&client, &again, i), at);
    }
    assert_true(fabs((double)at / MESSAGES / mean - 1) < 0.02);
    assert_true(fabs(squares / MESSAGES / (2 * mean * mean) - 1) < 0.04);
}

RUN_TESTS(TEST(test_queue), TEST(test_random_schedule), TEST(test_waiting),
          TEST(test_calls), TEST(test_saturated), TEST(test_threads))
