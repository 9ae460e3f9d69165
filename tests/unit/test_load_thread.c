#include "unit.h"
#include "common/clock.h"
#include "clients/load_thread.h"
#include "clients/load.h"

enum { MS = 1000000, PERCENT = 95 };

static struct shared shared = {.mix = {.healthy = 1}};

static struct thread_view look_at(const struct load_thread *thread)
{
    struct thread_view view;

    thread_look(thread, clock_ns(), &view);
    return view;
}

/* A wait counts when it is over, and before. */
static void test_waiting(void **state)
{
    struct load_thread thread = {.shared = &shared};
    uint64_t waited;

    assert_int_equal(look_at(&thread).rested_ns, 0);
    thread_rest(&thread);
    clock_sleep_ms(20);
    waited = look_at(&thread).rested_ns;
    assert_true(waited >= 19 * MS);
    clock_sleep_ms(20);
    thread_wake(&thread);
    waited = look_at(&thread).rested_ns;
    assert_true(waited >= 39 * MS);
    clock_sleep_ms(20);
    assert_int_equal(look_at(&thread).rested_ns, waited);
}

/* Thousands of waits that found something ready at once are no rest. */
static void test_calls(void **state)
{
    struct load_thread thread = {.shared = &shared};
    int64_t began = clock_ns();

    for (int i = 0; i < 100000; i++) {
        thread_rest(&thread);
        thread_wake(&thread);
    }
    /* Some were long: another thread had the processor. */
    assert_true(look_at(&thread).rested_ns <
                (uint64_t)(clock_ns() - began) / 2 + 20 * MS);
}

static void test_saturated(void **state)
{
    struct thread_view begin = {.rested_ns = 7 * MS, .echoed = 10};
    struct thread_view end = {.rested_ns = 7 * MS + 49 * MS, .echoed = 11};

    assert_true(thread_saturated(&begin, &end, 1000 * MS, PERCENT));
    end.rested_ns += MS;
    assert_false(thread_saturated(&begin, &end, 1000 * MS, PERCENT));
    /* Without traffic, or at a moment, there is nothing to be late for. */
    end = (struct thread_view){.rested_ns = 7 * MS, .echoed = 10};
    assert_false(thread_saturated(&begin, &end, 1000 * MS, PERCENT));
    end.echoed = 11;
    assert_false(thread_saturated(&begin, &end, 0, PERCENT));
    assert_true(thread_saturated(&begin, &end, 1, PERCENT));
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
