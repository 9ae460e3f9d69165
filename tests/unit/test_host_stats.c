#include "host.h"

static struct thread_stats *open_stats(void)
{
    struct thread_stats *stats = thread_stats_open(&host.srv);
    assert_non_null(stats);
    return stats;
}

static int set_up(void **state)
{
    host_make(sizeof(struct conn), 64, 1, 1, false);
    return 0;
}

static void test_counts_stay_when_a_thread_leaves(void **state)
{
    struct thread_stats *a = open_stats(), *b = open_stats();
    for (int i = 0; i < COUNT_KINDS; i++) {
        sync_add(&a->counts[i], (uint64_t)i + 1);
        sync_add(&b->counts[i], 90);
    }
    thread_stats_close(b);
    b = open_stats();
    for (int i = 0; i < COUNT_KINDS; i++)
        sync_add(&b->counts[i], 10);
    for (int i = 0; i < COUNT_KINDS; i++)
        if (i != COUNT_OPENS)
            assert_int_equal(host_count((enum count)i), i + 101);
    assert_int_equal((int)(host_count(COUNT_OPENS) - COUNT_OPENS),
                     -COUNT_UNOPENED); /* the others are taken back */
}

static void test_threads_that_come_and_go_leave_nothing(void **state)
{
    for (int i = 0; i < 10000; i++) {
        struct thread_stats *stats = open_stats();
        sync_add(&stats->counts[COUNT_OPENS], 1);
        stats_error(stats, WSAECONNRESET);
        thread_stats_close(stats);
    }
    assert_null(host.stats.threads->next); /* the one made is used again */
    assert_int_equal(host_count(COUNT_OPENS), 10000);
    assert_int_equal(host_errors(&host.stats.errors, WSAECONNRESET), 10000);
}

/* More codes than there is room for are other errors. */
static void test_no_error_is_lost(void **state)
{
    enum { CODES = 90, TIMES = 3, MANY = 1000 };
    const struct error_counts *refusals = &host.stats.refusals;
    uint64_t named = 0;
    struct thread_stats *stats = open_stats();
    for (DWORD i = 0; i < CODES * TIMES; i++)
        stats_error(stats, 10000 + i % CODES);
    for (DWORD i = 0; i < MANY; i++)
        stats_refusal(stats, i);
    for (DWORD i = 0; i < CODES; i++)
        assert_int_equal(host_errors(&host.stats.errors, 10000 + i), TIMES);
    assert_int_equal(host.stats.errors.other, 0);
    for (uint32_t i = 0; i < refusals->used; i++)
        named += refusals->entry[i].count;
    assert_int_equal(named + refusals->other, MANY);
    assert_int_equal(host_count(COUNT_REFUSED), MANY);
    assert_string_equal(stats_error_name(REFUSED_LIMIT), "connection_limit");
    assert_string_equal(stats_error_name(REFUSED_STOPPING), "stopping");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, host_tear_down)

RUN_TESTS(CASE(test_counts_stay_when_a_thread_leaves),
          CASE(test_threads_that_come_and_go_leave_nothing),
          CASE(test_no_error_is_lost))
