#include "host.h"

static uint64_t entry_of(const struct error_counts *sum, DWORD code)
{
    for (uint32_t i = 0; i < sum->used; i++)
        if (sum->entry[i].code == code)
            return sum->entry[i].count;
    return 0;
}

static void test_counts_stay_when_a_thread_leaves(void **state)
{
    struct host h;
    uint64_t sum[COUNT_KINDS];
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    struct thread_stats *a = thread_stats_open(&h.srv),
                        *b = thread_stats_open(&h.srv);
    counter_add(&a->counts[COUNT_RECVS], 5);
    counter_add(&b->counts[COUNT_RECVS], 7);
    thread_stats_close(a);
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_RECVS], 12);
    a = thread_stats_open(&h.srv);
    counter_add(&a->counts[COUNT_RECVS], 1);
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_RECVS], 13);
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_RECVS], 13);
    host_close(&h);
}

static void test_every_kind_is_summed(void **state)
{
    struct host h;
    uint64_t sum[COUNT_KINDS];
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    struct thread_stats *a = thread_stats_open(&h.srv),
                        *b = thread_stats_open(&h.srv);
    for (int i = 0; i < COUNT_KINDS; i++) {
        counter_add(&a->counts[i], (uint64_t)i + 1);
        counter_add(&b->counts[i], 100);
    }
    thread_stats_close(b);
    stats_counts(&h.stats, sum);
    for (int i = 0; i < COUNT_KINDS; i++)
        if (i != COUNT_OPENS)
            assert_int_equal(sum[i], i + 101);
    assert_int_equal((int)(sum[COUNT_OPENS] - COUNT_OPENS),
                     -COUNT_UNOPENED); /* the others are taken back */
    host_close(&h);
}

static void test_threads_that_come_and_go_leave_nothing(void **state)
{
    struct host h;
    uint64_t sum[COUNT_KINDS];
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    for (int i = 0; i < 10000; i++) {
        struct thread_stats *w = thread_stats_open(&h.srv);
        assert_non_null(w);
        counter_add(&w->counts[COUNT_OPENS], 1);
        stats_error(w, WSAECONNRESET);
        thread_stats_close(w);
    }
    assert_null(h.stats.threads->next); /* the one made is used again */
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_OPENS], 10000);
    assert_int_equal(entry_of(&h.stats.errors, WSAECONNRESET), 10000);
    host_close(&h);
}

static void test_no_error_is_lost(void **state)
{
    enum { CODES = 90, TIMES = 3 };
    struct host h;
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    struct thread_stats *w = thread_stats_open(&h.srv);
    for (DWORD i = 0; i < CODES * TIMES; i++) {
        stats_error(w, 10000 + i % CODES);
        stats_refusal(w, 20000 + i % CODES);
    }
    for (DWORD i = 0; i < CODES; i++) {
        assert_int_equal(entry_of(&h.stats.errors, 10000 + i), TIMES);
        assert_int_equal(entry_of(&h.stats.refusals, 20000 + i), TIMES);
    }
    assert_int_equal(h.stats.errors.other, 0);
    host_close(&h);
}

static void test_more_codes_than_names_are_other(void **state)
{
    struct host h;
    uint64_t sum[COUNT_KINDS], named = 0;
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    struct thread_stats *w = thread_stats_open(&h.srv);
    for (DWORD i = 0; i < 1000; i++)
        stats_refusal(w, i);
    for (uint32_t i = 0; i < h.stats.refusals.used; i++)
        named += h.stats.refusals.entry[i].count;
    assert_int_equal(named + h.stats.refusals.other, 1000);
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_REFUSED], 1000);
    host_close(&h);
}

static void test_own_refusals_have_names(void **state)
{
    (void)state;
    assert_string_equal(stats_error_name(REFUSED_LIMIT), "connection_limit");
    assert_string_equal(stats_error_name(REFUSED_STOPPING), "stopping");
}

enum { THREADS = 4, ROUNDS = 30000 };

struct party {
    struct host *host;
    bool reader, wrong;
};

static void party_watch(struct party *party)
{
    uint64_t sum[COUNT_KINDS], opens = 0;
    while (opens < (uint64_t)(THREADS - 1) * ROUNDS) {
        stats_counts(&party->host->stats, sum);
        party->wrong |= sum[COUNT_CLOSES] > sum[COUNT_OPENS];
        party->wrong |= sum[COUNT_SEND_BYTES] > sum[COUNT_RECV_BYTES];
        party->wrong |= sum[COUNT_OPENS] + sum[COUNT_UNOPENED] < opens;
        opens = sum[COUNT_OPENS] + sum[COUNT_UNOPENED];
    }
}

static DWORD WINAPI party_run(void *arg)
{
    struct party *party = arg;
    if (party->reader) {
        party_watch(party);
        return 0;
    }
    struct thread_stats *w = thread_stats_open(&party->host->srv);
    for (int i = 0; i < ROUNDS; i++) {
        counter_add(&w->counts[COUNT_OPENS], 1);
        counter_add(&w->counts[COUNT_RECV_BYTES], 10);
        counter_add(&w->counts[COUNT_SEND_BYTES], 10);
        counter_add(&w->counts[i % 3 ? COUNT_CLOSES : COUNT_UNOPENED], 1);
        stats_error(w, (DWORD)i % 11);
        if (i % 100 == 0) {
            thread_stats_close(w);
            w = thread_stats_open(&party->host->srv);
        }
    }
    thread_stats_close(w);
    return 0;
}

static void test_a_reader_sees_causes_before_effects(void **state)
{
    struct host h;
    struct party parties[THREADS];
    uint64_t sum[COUNT_KINDS], errors = 0;
    (void)state;
    host_make(&h, sizeof(struct conn), 64, 1);
    for (int i = 0; i < THREADS; i++)
        parties[i] = (struct party){&h, i == 0, false};
    host_threads(party_run, parties, sizeof *parties, THREADS);
    assert_false(parties[0].wrong);
    stats_counts(&h.stats, sum);
    assert_int_equal(sum[COUNT_CLOSES], (THREADS - 1) * ROUNDS * 2 / 3);
    assert_int_equal(sum[COUNT_OPENS], sum[COUNT_CLOSES]);
    for (uint32_t i = 0; i < h.stats.errors.used; i++)
        errors += h.stats.errors.entry[i].count;
    assert_int_equal(errors, (THREADS - 1) * ROUNDS);
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_stay_when_a_thread_leaves),
        cmocka_unit_test(test_every_kind_is_summed),
        cmocka_unit_test(test_threads_that_come_and_go_leave_nothing),
        cmocka_unit_test(test_no_error_is_lost),
        cmocka_unit_test(test_more_codes_than_names_are_other),
        cmocka_unit_test(test_own_refusals_have_names),
        cmocka_unit_test(test_a_reader_sees_causes_before_effects),
    };
    return cmocka_run_group_tests_name("host_stats", tests, NULL, NULL);
}
