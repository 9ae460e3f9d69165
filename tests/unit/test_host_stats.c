#include "host.h"

static struct thread_stats *open_stats(void)
{
    struct thread_stats *stats = thread_stats_open(&host.srv);
    assert_non_null(stats);
    return stats;
}

static int set_up(void **state)
{
    host_make(sizeof(struct conn), 64, 1, false);
    return 0;
}

static void test_counts_stay_when_a_thread_leaves(void **state)
{
    struct thread_stats *a = open_stats(), *b = open_stats();
    counter_add(&a->counts[COUNT_RECVS], 5);
    counter_add(&b->counts[COUNT_RECVS], 7);
    thread_stats_close(a);
    assert_int_equal(host_count(COUNT_RECVS), 12);
    a = open_stats();
    counter_add(&a->counts[COUNT_RECVS], 1);
    assert_int_equal(host_count(COUNT_RECVS), 13);
    assert_int_equal(host_count(COUNT_RECVS), 13);
}

static void test_every_kind_is_summed(void **state)
{
    struct thread_stats *a = open_stats(), *b = open_stats();
    for (int i = 0; i < COUNT_KINDS; i++) {
        counter_add(&a->counts[i], (uint64_t)i + 1);
        counter_add(&b->counts[i], 100);
    }
    thread_stats_close(b);
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
        counter_add(&stats->counts[COUNT_OPENS], 1);
        stats_error(stats, WSAECONNRESET);
        thread_stats_close(stats);
    }
    assert_null(host.stats.threads->next); /* the one made is used again */
    assert_int_equal(host_count(COUNT_OPENS), 10000);
    assert_int_equal(host_errors(&host.stats.errors, WSAECONNRESET), 10000);
}

static void test_no_error_is_lost(void **state)
{
    enum { CODES = 90, TIMES = 3 };
    struct thread_stats *stats = open_stats();
    for (DWORD i = 0; i < CODES * TIMES; i++) {
        stats_error(stats, 10000 + i % CODES);
        stats_refusal(stats, 20000 + i % CODES);
    }
    for (DWORD i = 0; i < CODES; i++) {
        assert_int_equal(host_errors(&host.stats.errors, 10000 + i), TIMES);
        assert_int_equal(host_errors(&host.stats.refusals, 20000 + i), TIMES);
    }
    assert_int_equal(host.stats.errors.other, 0);
}

static void test_more_codes_than_names_are_other(void **state)
{
    const struct error_counts *refusals = &host.stats.refusals;
    struct thread_stats *stats = open_stats();
    uint64_t named = 0;
    for (DWORD i = 0; i < 1000; i++)
        stats_refusal(stats, i);
    for (uint32_t i = 0; i < refusals->used; i++)
        named += refusals->entry[i].count;
    assert_int_equal(named + refusals->other, 1000);
    assert_int_equal(host_count(COUNT_REFUSED), 1000);
}

static void test_own_refusals_have_names(void **state)
{
    assert_string_equal(stats_error_name(REFUSED_LIMIT), "connection_limit");
    assert_string_equal(stats_error_name(REFUSED_STOPPING), "stopping");
}

enum { THREADS = 4, ROUNDS = 30000 };

struct party {
    bool reader, wrong;
};

static void party_watch(struct party *party)
{
    uint64_t sum[COUNT_KINDS], opens = 0;
    while (opens < (uint64_t)(THREADS - 1) * ROUNDS) {
        stats_counts(&host.stats, sum);
        party->wrong |= sum[COUNT_CLOSES] > sum[COUNT_OPENS];
        party->wrong |= sum[COUNT_SEND_BYTES] > sum[COUNT_RECV_BYTES];
        party->wrong |= sum[COUNT_OPENS] + sum[COUNT_UNOPENED] < opens;
        opens = sum[COUNT_OPENS] + sum[COUNT_UNOPENED];
    }
}

static void party_run(void *arg)
{
    struct party *party = arg;
    if (party->reader) {
        party_watch(party);
        return;
    }
    struct thread_stats *stats = open_stats();
    for (int i = 0; i < ROUNDS; i++) {
        counter_add(&stats->counts[COUNT_OPENS], 1);
        counter_add(&stats->counts[COUNT_RECV_BYTES], 10);
        counter_add(&stats->counts[COUNT_SEND_BYTES], 10);
        counter_add(&stats->counts[i % 3 ? COUNT_CLOSES : COUNT_UNOPENED], 1);
        stats_error(stats, (DWORD)i % 11);
        if (i % 100 == 0) {
            thread_stats_close(stats);
            stats = open_stats();
        }
    }
    thread_stats_close(stats);
}

static void test_a_reader_sees_causes_before_effects(void **state)
{
    struct party parties[THREADS] = {{.reader = true}};
    uint64_t errors = 0;
    host_threads(party_run, parties, sizeof *parties, THREADS);
    assert_false(parties[0].wrong);
    assert_int_equal(host_count(COUNT_CLOSES), (THREADS - 1) * ROUNDS * 2 / 3);
    assert_int_equal(host_count(COUNT_OPENS), host_count(COUNT_CLOSES));
    for (uint32_t i = 0; i < host.stats.errors.used; i++)
        errors += host.stats.errors.entry[i].count;
    assert_int_equal(errors, (THREADS - 1) * ROUNDS);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, host_tear_down)

RUN_TESTS(CASE(test_counts_stay_when_a_thread_leaves),
          CASE(test_every_kind_is_summed),
          CASE(test_threads_that_come_and_go_leave_nothing),
          CASE(test_no_error_is_lost),
          CASE(test_more_codes_than_names_are_other),
          CASE(test_own_refusals_have_names),
          CASE(test_a_reader_sees_causes_before_effects))
