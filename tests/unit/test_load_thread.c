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

RUN_TESTS(TEST(test_waiting), TEST(test_calls), TEST(test_saturated),
          TEST(test_threads))
